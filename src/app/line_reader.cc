#include "app/line_reader.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/text.h"

namespace sally::app {
namespace {

std::string name_of(const std::string& path) {
  return path == "-" ? "standard input" : "`" + printable(path) + "`";
}

Result<InputFile> open_input(const std::string& path) {
  if (path == "-") {
    return InputFile(stdin);
  }
  InputFile file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) {
    const int why = errno;
    return Error(
        why == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo,
        fmt::format("cannot read {}: {}", name_of(path), std::generic_category().message(why)));
  }
  return file;
}

}  // namespace

void CloseInput::operator()(std::FILE* file) const {
  if (file != stdin) {
    std::fclose(file);
  }
}

Result<LineReader> LineReader::open(const std::string& path, size_t most) {
  TRY(InputFile file, open_input(path));
  return LineReader(std::move(file), name_of(path), most);
}

Result<std::optional<std::string>> LineReader::next() {
  ++number_;
  std::string line;
  for (;;) {
    const int c = ::getc_unlocked(file_.get());
    if (c == EOF) {
      if (std::ferror(file_.get()) != 0) {
        return Error(ErrorKind::kIo, fmt::format("cannot read {}, line {}", path_, number_));
      }
      return line.empty() ? std::nullopt : std::optional(std::move(line));
    }
    if (c == '\n') {
      return std::optional(std::move(line));
    }
    if (line.size() == most_) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("{}, line {}: more than {} octets", path_, number_, most_));
    }
    line.push_back(static_cast<char>(c));
  }
}

Result<std::string> read_text(const std::string& path, size_t most) {
  TRY(const InputFile file, open_input(path));
  std::string text;
  std::array<char, 65'536> piece{};
  while (const size_t got = std::fread(piece.data(), 1, piece.size(), file.get())) {
    if (text.size() + got > most) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("{}: more than {} octets", name_of(path), most), "give it in parts");
    }
    text.append(piece.data(), got);
  }
  if (std::ferror(file.get()) != 0) {
    return Error(ErrorKind::kIo, fmt::format("cannot read {}", name_of(path)));
  }
  return text;
}

}  // namespace sally::app
