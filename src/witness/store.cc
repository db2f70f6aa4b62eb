#include "witness/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "verifier/note.h"
#include "verifier/tile.h"

namespace sally::witness {
namespace {

Error os_error(std::string_view what, const std::filesystem::path& path) {
  return Error(ErrorKind::kIo, fmt::format("cannot {} `{}`: {}", what, printable(path.string()),
                                           std::generic_category().message(errno)));
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(fd, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote < 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  return true;
}

}  // namespace

Result<Store> Store::open(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  UniqueFd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) {
    return os_error("open the folder", folder);
  }
  UniqueFd lock(::openat(directory.get(), "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) {
    return os_error("lock", folder);
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error(ErrorKind::kConflict,
                   fmt::format("another witness works in `{}`", printable(folder.string())),
                   "two of them with one memory each would cosign a fork");
    }
    return os_error("lock", folder);
  }
  return Store(folder, std::move(lock), std::move(directory));
}

std::filesystem::path Store::path_of(std::string_view origin) const {
  // An origin may hold anything but a line feed; its digest is a file name.
  return folder_ / (to_hex(crypto::sha256(as_bytes(origin))) + ".checkpoint");
}

Result<std::optional<std::string>> Store::load(std::string_view origin) const {
  Bytes bytes;
  const Result<> read = verifier::read_file(path_of(origin), verifier::kMaxNote, bytes);
  if (!read.ok()) {
    return read.error().kind() == ErrorKind::kNotFound
               ? Result<std::optional<std::string>>(std::optional<std::string>())
               : read.error();
  }
  return std::optional(std::string(as_text(bytes)));
}

Result<> Store::save(std::string_view origin, std::string_view checkpoint) const {
  const std::filesystem::path path = path_of(origin);
  const std::filesystem::path fresh = path.string() + ".new";
  {
    const UniqueFd fd(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd || !write_all(fd.get(), checkpoint) || ::fsync(fd.get()) != 0) {
      return os_error("write", fresh);
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    return os_error("replace", path);
  }
  return ::fsync(directory_.get()) == 0 ? ok() : Result<>(os_error("sync", folder_));
}

}  // namespace sally::witness
