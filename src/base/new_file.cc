#include "base/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace sally {
namespace {

Error refused(const std::string& path, int reason) {
  return Error(ErrorKind::kIo, fmt::format("cannot write `{}`: {}", printable(path),
                                           std::generic_category().message(reason)));
}

}  // namespace

NewFile::NewFile(std::string path, std::string fresh, UniqueFd file)
    : path_(std::move(path)), fresh_(std::move(fresh)), file_(std::move(file)) {}

NewFile::~NewFile() {
  if (file_) {
    ::unlink(fresh_.c_str());
  }
}

Result<NewFile> NewFile::create(std::string path) {
  std::string fresh = path + ".new";
  if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) {
    return refused(fresh, errno);
  }
  constexpr mode_t kByUmask = 0666;
  UniqueFd file(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kByUmask));
  if (!file) {
    return refused(fresh, errno);
  }
  return NewFile(std::move(path), std::move(fresh), std::move(file));
}

Result<> NewFile::write(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t wrote = ::write(file_.get(), octets.data(), octets.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return refused(path_, wrote < 0 ? errno : EIO);
    }
    octets.remove_prefix(static_cast<size_t>(wrote));
  }
  return ok();
}

Result<> NewFile::set_mode(unsigned mode) {
  return ::fchmod(file_.get(), mode) == 0 ? ok() : Result<>(refused(path_, errno));
}

Result<> NewFile::put_in_place() {
  if (std::rename(fresh_.c_str(), path_.c_str()) != 0) {
    return refused(path_, errno);
  }
  file_ = UniqueFd();
  return ok();
}

}  // namespace sally
