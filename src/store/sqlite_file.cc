#include "store/sqlite_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace sally::store {
namespace {

constexpr mode_t kOthers = 077;
constexpr off_t kSmallestDatabase = 512;  // SQLite's smallest page

std::string reason(int code) {
  return std::generic_category().message(code);
}

Result<UniqueFd> take_turn(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX) != 0) {
    const int code = errno;
    return Error(code == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo,
                 fmt::format("cannot use the folder `{}`: {}", printable(folder), reason(code)));
  }
  return fd;
}

}  // namespace

FileIdentity identity_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? FileIdentity{status.st_dev, status.st_ino}
                                            : FileIdentity{};
}

Result<ClaimedFile> claim_file(const std::string& given, IfMissing if_missing,
                               const FileWords& words) {
  std::error_code failed;
  std::string path = std::filesystem::absolute(given, failed).string();
  if (failed || given.empty()) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` is no path", printable(given)));
  }
  TRY(UniqueFd turn, take_turn(path));
  if (if_missing == IfMissing::kCreate) {
    // Made here and not by SQLite, for its mode; the files beside it inherit that mode.
    const UniqueFd made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made.get() < 0 && errno != EEXIST) {
      return Error(ErrorKind::kIo, fmt::format("cannot make the {} `{}`: {}", words.noun,
                                               printable(path), reason(errno)));
    }
  }
  // Never opened a second time outside SQLite: closing it would drop the locks SQLite holds.
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    const int code = errno;
    const bool missing = code == ENOENT;
    return Error(
        missing ? ErrorKind::kNotFound : ErrorKind::kIo,
        fmt::format("cannot open the {} `{}`: {}", words.noun, printable(path), reason(code)),
        missing ? std::string(words.missing) : "");
  }
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorKind::kUsage, fmt::format("`{}` is not a regular file", printable(path)));
  }
  if ((status.st_mode & kOthers) != 0) {
    return Error(ErrorKind::kDenied,
                 fmt::format("the {} `{}` is open to others (mode {:04o})", words.noun,
                             printable(path), status.st_mode & 07777),
                 fmt::format("chmod 600 {}", printable(path)));
  }
  if (status.st_size > 0 && status.st_size < kSmallestDatabase) {
    // SQLite would take it for an empty one.
    return Error(ErrorKind::kCorrupt,
                 fmt::format("the {} `{}` is empty", words.noun, printable(path)),
                 std::string(words.damaged));
  }
  return ClaimedFile{std::move(path), FileIdentity{status.st_dev, status.st_ino}, std::move(turn)};
}

}  // namespace sally::store
