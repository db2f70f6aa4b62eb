#include "corpus/cedar/tree.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <memory>

namespace sally::cedar {
namespace {

using std::filesystem::path;

constexpr size_t kMaxFile = size_t{64} << 20;
constexpr size_t kMaxBytes = size_t{4} << 30;
constexpr size_t kMaxFiles = 1'000'000;
constexpr std::array<std::string_view, 6> kArchives = {".tar",    ".tar.xz", ".txz",
                                                       ".tar.gz", ".tgz",    ".zip"};

bool is_archive(std::string_view name) {
  return std::ranges::any_of(kArchives, [&](std::string_view end) { return name.ends_with(end); });
}

struct CloseArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

Error archive_error(archive* from, const path& file) {
  const char* text = archive_error_string(from);
  return Error(ErrorKind::kInvalidInput, text != nullptr ? text : "not an archive")
      .in(file.string());
}

}  // namespace

std::string folder_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

std::string_view name_of_file(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view stem_of(std::string_view path, std::string_view suffix) {
  const std::string_view name = name_of_file(path);
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : std::string_view{};
}

const std::string* Tree::find(const std::string& path) const {
  const auto it = files_.find(path);
  return it == files_.end() ? nullptr : &it->second;
}

std::string Tree::resolve(std::string_view from, std::string_view name) {
  std::error_code ignored;
  for (std::string folder = folder_of(from); !folder.empty(); folder = folder_of(folder)) {
    const std::string path = folder + "/" + std::string(name);
    if (files_.contains(path)) {
      return path;
    }
    if (std::filesystem::is_regular_file(path, ignored) && add_file(path).ok()) {
      return path;
    }
  }
  return {};
}

Result<> Tree::keep(std::string path, std::string text) {
  bytes_ += text.size();
  if (bytes_ > kMaxBytes || files_.size() >= kMaxFiles) {
    return Error(ErrorKind::kTooLarge, "too much to judge at once").in(path);
  }
  files_.insert_or_assign(std::move(path), std::move(text));
  return ok();
}

Result<> Tree::add_file(const path& file) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed || size > kMaxFile) {
    return Error(failed ? ErrorKind::kIo : ErrorKind::kTooLarge, "cannot be read")
        .in(file.string());
  }
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.good() && !in.eof()) {
    return Error(ErrorKind::kIo, "cannot be read").in(file.string());
  }
  return keep(file.lexically_normal().string(), std::move(text));
}

Result<> Tree::add_archive(const path& file) {
  const std::unique_ptr<archive, CloseArchive> in(archive_read_new());
  archive_read_support_filter_all(in.get());
  archive_read_support_format_all(in.get());
  constexpr size_t kBlock = 65'536;
  if (archive_read_open_filename(in.get(), file.c_str(), kBlock) != ARCHIVE_OK) {
    return archive_error(in.get(), file);
  }
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(in.get(), &entry);
    if (status == ARCHIVE_EOF) {
      return ok();
    }
    if (status != ARCHIVE_OK) {
      return archive_error(in.get(), file);
    }
    const char* name = archive_entry_pathname_utf8(entry);
    if (archive_entry_filetype(entry) != AE_IFREG || name == nullptr) {
      continue;
    }
    const int64_t size = archive_entry_size(entry);
    if (size < 0 || static_cast<uint64_t>(size) > kMaxFile) {
      return Error(ErrorKind::kTooLarge, "a member is over 64 MiB").in(file.string()).in(name);
    }
    std::string text(static_cast<size_t>(size), '\0');
    if (archive_read_data(in.get(), text.data(), text.size()) != size) {
      return archive_error(in.get(), file);
    }
    TRY_OK(keep((file.parent_path() / name).lexically_normal().string(), std::move(text)));
  }
}

Result<> Tree::add(const path& given) {
  std::error_code failed;
  const path root = std::filesystem::canonical(given, failed);
  if (failed) {
    return Error(ErrorKind::kNotFound, failed.message()).in(given.string());
  }
  const auto add_one = [this](const path& file) {
    return is_archive(file.string()) ? add_archive(file) : add_file(file);
  };
  if (!std::filesystem::is_directory(root)) {
    return add_one(root);
  }
  auto it = std::filesystem::recursive_directory_iterator(root, failed);
  while (!failed && it != std::filesystem::recursive_directory_iterator()) {
    if (it->is_regular_file()) {
      TRY_OK(add_one(it->path()));
    }
    it.increment(failed);
  }
  return failed ? Result<>(Error(ErrorKind::kIo, failed.message()).in(given.string())) : ok();
}

}  // namespace sally::cedar
