#include "vet/container/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace sally::vet::container {
namespace {

Error failed(std::string_view what) {
  return Error(ErrorKind::kIo, fmt::format("{}: {}", what, std::generic_category().message(errno)),
               "set TMPDIR to a folder with room");
}

// A file that no name leads to, so that nothing stays behind.
Result<UniqueFd> unnamed_file() {
  const char* chosen = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  const std::array<std::string, 3> folders = {chosen == nullptr ? "" : chosen, "/var/tmp", "/tmp"};
  for (const std::string& folder : folders) {
    if (folder.empty()) {
      continue;
    }
    UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file) {
      return file;
    }
    std::string name = folder + "/sallyport-XXXXXX";  // where the file system knows no O_TMPFILE
    file = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
    if (file) {
      ::unlink(name.c_str());
      return file;
    }
  }
  return failed("no temporary file can be made");
}

Result<> write_all(int file, uint64_t at, ByteView octets) {
  while (!octets.empty()) {
    const ssize_t count = ::pwrite(file, octets.data(), octets.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return failed("what was unpacked cannot be kept in a temporary file");
    }
    octets = octets.subspan(static_cast<size_t>(count));
    at += static_cast<uint64_t>(count);
  }
  return ok();
}

}  // namespace

Result<> Spool::to_file() {
  TRY(file_, unnamed_file());
  TRY_OK(write_all(file_.get(), 0, memory_));
  memory_ = Bytes();
  return ok();
}

Result<> Spool::append(ByteView octets) {
  if (!file_ && octets.size() > kInMemory - memory_.size()) {
    TRY_OK(to_file());
  }
  if (file_) {
    TRY_OK(write_all(file_.get(), size_, octets));
  } else {
    memory_.insert(memory_.end(), octets.begin(), octets.end());
  }
  size_ += octets.size();
  return ok();
}

Result<> Spool::read(uint64_t offset, MutableBytes to) const {
  if (offset > size_ || to.size() > size_ - offset) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("ends at octet {} in the middle of something", size_));
  }
  if (!file_) {
    std::ranges::copy(ByteView(memory_).subspan(static_cast<size_t>(offset), to.size()),
                      to.begin());
    return ok();
  }
  while (!to.empty()) {
    const ssize_t count = ::pread(file_.get(), to.data(), to.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return failed("what was unpacked cannot be read back");
    }
    to = to.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return ok();
}

}  // namespace sally::vet::container
