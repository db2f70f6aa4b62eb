#include "app/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace sally::app {
namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::kNone:
      return "";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kGrey:
      return "\x1b[90m";
    case Colour::kBold:
      return "\x1b[1m";
  }
  return "";
}

std::string painted(bool on, Colour colour, std::string_view text) {
  return on && colour != Colour::kNone ? fmt::format("{}{}\x1b[0m", code_of(colour), text)
                                       : std::string(text);
}

}  // namespace

Console Console::standard() {
  const char* off = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool able = terminal != nullptr && std::string_view(terminal) != "dumb";
  const bool wanted = able && (off == nullptr || *off == '\0');
  return Console({.out = stdout,
                  .err = stderr,
                  .colour_out = wanted && ::isatty(STDOUT_FILENO) == 1,
                  .colour_err = wanted && ::isatty(STDERR_FILENO) == 1,
                  .terminal_err = able && ::isatty(STDERR_FILENO) == 1});
}

void Console::out(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), streams_.out);
}
void Console::err(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), streams_.err);
}
void Console::flush() {
  std::fflush(streams_.out);
}

void Console::fail(const Error& error) {
  flush();
  err(fmt::format("{} {}\n", painted(streams_.colour_err, Colour::kRed, "sallyport:"),
                  error.message()));
  if (!error.hint().empty()) {
    err(fmt::format("hint: {}\n", error.hint()));
  }
}

std::string Console::paint(Colour colour, std::string_view text) const {
  return painted(streams_.colour_out, colour, text);
}

size_t width_of(std::string_view text) {
  size_t width = 0;
  bool escape = false;
  for (const char c : text) {
    if (c == '\x1b') {
      escape = true;
    } else if (escape) {
      escape = c != 'm';
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
      ++width;
    }
  }
  return width;
}

std::string Table::to_string() const {
  std::vector<size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) {
        out.append(widths[i] - width_of(row[i]) + 2, ' ');
      }
    }
    while (out.ends_with(' ')) {
      out.pop_back();
    }
    out += '\n';
  }
  return out;
}

}  // namespace sally::app
