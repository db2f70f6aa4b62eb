#include "crypto/keyfile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/encoding.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace sally::crypto {
namespace {

constexpr size_t kLine = 2 * kKeyFileBytes + 1;  // the digits and a line feed
constexpr mode_t kOthers = 077;

Error os_error(ErrorKind kind, std::string_view what, const std::string& path) {
  return Error(kind, fmt::format("{} `{}`: {}", what, printable(path),
                                 std::generic_category().message(errno)));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0) {
      if (errno == EINTR) {
        continue;
      }
      return false;
    }
    text.remove_prefix(static_cast<size_t>(wrote));
  }
  return true;
}

// Makes the new name itself durable.
bool sync_folder_of(const std::string& path) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) {
    folder = ".";
  }
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && ::fsync(fd.get()) == 0;
}

Secret secret_of(MutableBytes bytes) {
  Secret out{as_text(bytes)};
  wipe(bytes);
  return out;
}

}  // namespace

Result<Secret> create_key_file(const std::string& path, Random& random) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    if (errno == EEXIST) {
      return Error(ErrorKind::kConflict,
                   fmt::format("the key file `{}` already exists", printable(path)),
                   "a key is never overwritten; move the old file away if it is not needed");
    }
    return os_error(ErrorKind::kIo, "cannot create the key file", path);
  }
  std::array<std::byte, kKeyFileBytes> key;
  random.fill(key);
  const Secret line = Secret::take(to_hex(key) + '\n');
  // The mode given to open(2) is cut by the umask, never widened; fchmod makes it exactly 0600.
  if (::fchmod(fd.get(), 0600) != 0 || !write_all(fd.get(), line.reveal()) ||
      ::fsync(fd.get()) != 0 || !sync_folder_of(path)) {
    wipe(key);
    Error error = os_error(ErrorKind::kIo, "cannot write the key file", path);
    ::unlink(path.c_str());
    return error;
  }
  return secret_of(key);
}

Result<Secret> read_key_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) {
    return os_error(errno == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo,
                    "cannot read the key file", path);
  }
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) {
    return os_error(ErrorKind::kIo, "cannot read the key file", path);
  }
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorKind::kDenied, fmt::format("`{}` is not a regular file", printable(path)));
  }
  if ((status.st_mode & kOthers) != 0) {
    return Error(ErrorKind::kDenied,
                 fmt::format("the key file `{}` is open to others (mode {:04o})", printable(path),
                             status.st_mode & 07777),
                 fmt::format("chmod 600 {}", printable(path)));
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return Error(ErrorKind::kDenied,
                 fmt::format("the key file `{}` belongs to another user", printable(path)),
                 "it must belong to the user that runs sallyport, or to root");
  }
  std::array<char, kLine + 1> text;  // one more than fits, so that a longer file is noticed
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return os_error(ErrorKind::kIo, "cannot read the key file", path);
    }
    if (got == 0) {
      break;
    }
    length += static_cast<size_t>(got);
  }
  std::optional<Bytes> key;
  if (length == kLine && text[kLine - 1] == '\n') {
    key = from_hex({text.data(), kLine - 1});
  }
  wipe(std::as_writable_bytes(std::span(text)));
  if (!key) {
    return Error(ErrorKind::kCorrupt,
                 fmt::format("`{}` is no key file: expected one line of 64 hexadecimal digits",
                             printable(path)),
                 "make a new one with `openssl rand -hex 32`, or restore the old from a backup");
  }
  return secret_of(*key);
}

}  // namespace sally::crypto
