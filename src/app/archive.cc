#include "app/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/text.h"
#include "base/unique_fd.h"
#include "ledger/disk.h"

namespace sally::app {
namespace fs = std::filesystem;
namespace {

constexpr char kFile = 'F';
constexpr char kEnd = 'E';
constexpr size_t kBuffer = 65'536;

Error os_error(std::string_view what, const fs::path& path) {
  return Error(ErrorKind::kIo, fmt::format("cannot {} `{}`: {}", what, printable(path.string()),
                                           std::generic_category().message(errno)));
}

Error corrupt(std::string_view what) {
  return Error(ErrorKind::kCorrupt, fmt::format("the backup is damaged: {}", what));
}

Result<> write_all(int fd, ByteView bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote < 0) {
      return os_error("write", path);
    }
    bytes = bytes.subspan(static_cast<size_t>(wrote));
  }
  return ok();
}

// Fills `into`, or fails: an archive does not end in the middle of something.
Result<> fill(const std::function<Result<size_t>(MutableBytes)>& source, MutableBytes into) {
  TRY(const size_t got, source(into));
  return got == into.size() ? ok() : corrupt("it ends too early");
}

}  // namespace

bool is_archive_name(std::string_view name) {
  if (name.empty() || name.size() > kMostArchiveName) {
    return false;
  }
  while (true) {
    const size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    const bool plain =
        !part.empty() && part != "." && part != ".." && std::ranges::all_of(part, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '.' || c == '_' || c == '-';
        });
    if (!plain || end == name.size()) {
      return plain;
    }
    name.remove_prefix(end + 1);
  }
}

Result<> ArchiveWriter::head(std::string_view name, uint64_t size) {
  if (!is_archive_name(name)) {
    return Error(ErrorKind::kConflict,
                 fmt::format("`{}` cannot be part of a backup", printable(name)),
                 "it is no file of ours: move it away");
  }
  std::string out(1, kFile);
  out += static_cast<char>(name.size() >> 8);
  out += static_cast<char>(name.size());
  out += name;
  for (int shift = 56; shift >= 0; shift -= 8) {
    out += static_cast<char>(size >> shift);
  }
  ++files_;
  bytes_ += size;
  return sink_(as_bytes(out));
}

Result<> ArchiveWriter::add(std::string_view name, std::string_view bytes) {
  TRY_OK(head(name, bytes.size()));
  return sink_(as_bytes(bytes));
}

Result<> ArchiveWriter::add_file(std::string_view name, const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) {
    return errno == ENOENT ? ok() : Result<>(os_error("read", path));
  }
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return os_error("read", path);
  }
  return add_from(name, static_cast<uint64_t>(status.st_size),
                  [&](uint64_t offset, size_t count) -> Result<std::string> {
                    std::string buffer(count, '\0');
                    ssize_t got = 0;
                    do {
                      got = ::pread(fd.get(), buffer.data(), count, static_cast<off_t>(offset));
                    } while (got < 0 && errno == EINTR);
                    if (got < 0) {
                      return os_error("read", path);
                    }
                    buffer.resize(static_cast<size_t>(got));
                    return buffer;
                  });
}

Result<> ArchiveWriter::add_from(std::string_view name, uint64_t size, const Read& read) {
  TRY_OK(head(name, size));
  for (uint64_t at = 0; at < size;) {
    TRY(const std::string piece, read(at, std::min<uint64_t>(kBuffer, size - at)));
    if (piece.empty()) {
      return Error(ErrorKind::kUnavailable,
                   fmt::format("`{}` became shorter meanwhile", printable(name)), "try again");
    }
    TRY_OK(sink_(as_bytes(piece)));
    at += piece.size();
  }
  return ok();
}

Result<> ArchiveWriter::add_folder(std::string_view name, const fs::path& folder,
                                   const Wanted& wanted) {
  std::vector<fs::path> paths;
  std::error_code failed;
  if (!fs::exists(folder, failed)) {
    return ok();
  }
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code gone;
    if (at->is_regular_file(gone) && !at->is_symlink(gone) &&
        (!wanted || wanted(at->path().lexically_relative(folder)))) {
      paths.push_back(at->path());
    }
  }
  if (failed) {
    return Error(ErrorKind::kIo,
                 fmt::format("cannot list `{}`: {}", printable(folder.string()), failed.message()));
  }
  std::ranges::sort(paths);
  for (const fs::path& path : paths) {
    TRY_OK(add_file(fmt::format("{}/{}", name, path.lexically_relative(folder).generic_string()),
                    path));
  }
  return ok();
}

Result<> ArchiveWriter::finish() {
  return sink_(as_bytes(std::string_view(&kEnd, 1)));
}

Result<Extracted> extract(const std::function<Result<size_t>(MutableBytes)>& source,
                          const fs::path& folder) {
  Extracted out;
  std::vector<std::byte> buffer(kBuffer);
  for (;;) {
    std::array<std::byte, 1> type;
    TRY_OK(fill(source, type));
    if (as_text(type).front() == kEnd) {
      TRY(const size_t more, source(type));
      if (more != 0) {
        return corrupt("something follows its end");
      }
      TRY_OK(ledger::real_disk().sync_tree(folder));
      return out;
    }
    if (as_text(type).front() != kFile) {
      return corrupt("something in it is no file");
    }
    std::array<std::byte, 2> length;
    TRY_OK(fill(source, length));
    const size_t name_size =
        std::to_integer<size_t>(length[0]) << 8 | std::to_integer<size_t>(length[1]);
    if (name_size > kMostArchiveName) {
      return corrupt("the name of a file is too long");
    }
    std::string name(name_size, '\0');
    TRY_OK(fill(source, std::as_writable_bytes(std::span(name))));
    if (!is_archive_name(name)) {
      return corrupt(fmt::format("`{}` may not be the name of a file", printable(name)));
    }
    std::array<std::byte, 8> number;
    TRY_OK(fill(source, number));
    uint64_t left = 0;
    for (const std::byte octet : number) {
      left = left << 8 | std::to_integer<uint64_t>(octet);
    }
    const fs::path path = folder / name;
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    const UniqueFd fd(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) {
      return errno == EEXIST ? corrupt(fmt::format("`{}` stands in it twice", printable(name)))
                             : os_error("make", path);
    }
    ++out.files;
    out.bytes += left;
    while (left > 0) {
      const MutableBytes part = MutableBytes(buffer).first(std::min<uint64_t>(buffer.size(), left));
      TRY_OK(fill(source, part));
      TRY_OK(write_all(fd.get(), part, path));
      left -= part.size();
    }
  }
}

}  // namespace sally::app
