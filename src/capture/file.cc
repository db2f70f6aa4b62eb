#include "capture/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace sally::capture {
namespace {

constexpr mode_t kOthers = 077;

Error os_error(std::string_view what, const std::filesystem::path& path) {
  const int code = errno;
  return Error(code == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo,
               fmt::format("cannot {} `{}`: {}", what, printable(path.string()),
                           std::generic_category().message(code)));
}

int flags_of(Access access) {
  switch (access) {
    case Access::kRead:
      return O_RDONLY;
    case Access::kWrite:
      return O_RDWR;
    case Access::kCreate:
      return O_RDWR | O_CREAT;
  }
  return O_RDONLY;
}

}  // namespace

Result<File> File::open(const std::filesystem::path& path, Access access) {
  const int fd = ::open(path.c_str(), flags_of(access) | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return os_error("open", path);
  }
  File file(fd, path);
  struct stat status{};
  if (::fstat(fd, &status) != 0) {
    return os_error("open", path);
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & kOthers) != 0) {
    return Error(ErrorKind::kDenied,
                 fmt::format("`{}` is not a file of its owner alone (mode {:04o})",
                             printable(path.string()), status.st_mode & 07777),
                 fmt::format("chmod 600 {}", printable(path.string())));
  }
  return file;
}

File::File(File&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}
File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}
File::~File() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Error File::failed(std::string_view what) const {
  return os_error(what, path_);
}

Result<uint64_t> File::size() const {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) {
    return failed("measure");
  }
  return static_cast<uint64_t>(status.st_size);
}

Result<bool> File::in_place() const {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) {
    return failed("look at");
  }
  return status.st_nlink > 0;
}

Result<size_t> File::read(uint64_t offset, MutableBytes into) const {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t got =
        ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return failed("read");
    }
    if (got == 0) {
      break;
    }
    done += static_cast<size_t>(got);
  }
  return done;
}

Result<> File::write(uint64_t offset, ByteView bytes) const {
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote < 0) {
      return failed("write");
    }
    bytes = bytes.subspan(static_cast<size_t>(wrote));
    offset += static_cast<uint64_t>(wrote);
  }
  return ok();
}

Result<> File::truncate(uint64_t size) const {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
    return failed("cut");
  }
  return ok();
}

Result<> File::lock_shared() const {
  if (::flock(fd_, LOCK_SH) != 0) {
    return failed("lock");
  }
  return ok();
}

Result<> File::lock_alone() const {
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error(ErrorKind::kConflict,
                   fmt::format("another process uses `{}`", printable(path_.string())),
                   "stop the gate first");
    }
    return failed("lock");
  }
  return ok();
}

Result<> File::sync() const {
  if (::fdatasync(fd_) != 0) {
    return failed("sync");
  }
  return ok();
}

Result<> sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  Result<> out = synced ? ok() : os_error("sync", folder);
  if (fd >= 0) {
    ::close(fd);
  }
  return out;
}

Result<> File::move_to(const std::filesystem::path& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) {
    return failed("put in place");
  }
  path_ = path;
  return sync_folder(path.parent_path());
}

Result<> replace_file(const std::filesystem::path& path, std::string_view text) {
  TRY(File file, File::open(path.string() + ".new", Access::kCreate));
  TRY_OK(file.truncate(0));
  TRY_OK(file.write(0, as_bytes(text)));
  TRY_OK(file.sync());
  return file.move_to(path);
}

Result<std::string> read_file(const std::filesystem::path& path, size_t most) {
  TRY(const File file, File::open(path, Access::kRead));
  TRY(const uint64_t size, file.size());
  if (size > most) {
    return Error(ErrorKind::kTooLarge,
                 fmt::format("`{}` is larger than {} bytes", printable(path.string()), most));
  }
  std::string out(size, '\0');
  TRY(const size_t got, file.read(0, std::as_writable_bytes(std::span(out))));
  out.resize(got);
  return out;
}

}  // namespace sally::capture
