#include "vet/file_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sally::vet {
namespace {

Error failed(std::string_view what) {
  return Error(ErrorKind::kIo, fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

}  // namespace

Result<std::unique_ptr<FileInput>> FileInput::open(const std::string& path) {
  // Without O_NONBLOCK a named pipe would wait for a writer.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    return failed("cannot be opened");
  }
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) {
    return failed("cannot be looked at");
  }
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorKind::kIo, "is no regular file");
  }
  return std::unique_ptr<FileInput>(
      new FileInput(std::move(fd), static_cast<uint64_t>(status.st_size)));
}

Result<> FileInput::read(uint64_t offset, MutableBytes to) const {
  if (offset > size_ || to.size() > size_ - offset) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("ends at octet {} in the middle of something", size_));
  }
  while (!to.empty()) {
    const ssize_t got = ::pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return failed("cannot be read");
    }
    if (got == 0) {
      return Error(ErrorKind::kIo, "became shorter while it was read");
    }
    to = to.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
  return ok();
}

}  // namespace sally::vet
