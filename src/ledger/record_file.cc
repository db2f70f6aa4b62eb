#include "ledger/record_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <utility>

namespace sally::ledger {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = size_t{256} * 1024;
constexpr size_t kSeqDigits = 20;

Error io_error(std::string_view what, const fs::path& path, int code = errno) {
  const auto kind = code == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo;
  return Error(kind, fmt::format("cannot {} `{}`: {}", what, path.string(),
                                 std::generic_category().message(code)));
}

// The last line end among the first `size` octets; npos where there is none.
size_t last_line_end(const std::string& text, size_t size) {
  const void* const at = ::memrchr(text.data(), '\n', size);
  return at == nullptr ? std::string::npos
                       : static_cast<size_t>(static_cast<const char*>(at) - text.data());
}

Error too_long(const ReadFile& file) {
  return Error(ErrorKind::kCorrupt,
               fmt::format("`{}` has a line of over {} bytes", file.path().string(), kMaxLine));
}

class PosixRecordFile final : public RecordFile {
 public:
  PosixRecordFile(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  ~PosixRecordFile() override { ::close(fd_); }

  Result<size_t> write(std::string_view bytes) override {
    ssize_t written = 0;
    do {
      written = ::write(fd_, bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
    if (written <= 0) {
      return io_error("write", path_);
    }
    return static_cast<size_t>(written);
  }

  Result<> truncate(uint64_t size) override {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
      return io_error("truncate", path_);
    }
    return ok();
  }

  Result<> sync() override {
    if (::fdatasync(fd_) != 0) {
      return io_error("sync", path_);
    }
    return ok();
  }

 private:
  int fd_;
  fs::path path_;
};

}  // namespace

Result<std::unique_ptr<RecordFile>> open_record_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return io_error("open", path);
  }
  return std::unique_ptr<RecordFile>(std::make_unique<PosixRecordFile>(fd, path));
}

Result<ReadFile> ReadFile::open(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return io_error("open", path);
  }
  return ReadFile(fd, path);
}

ReadFile::ReadFile(ReadFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

ReadFile& ReadFile::operator=(ReadFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

ReadFile::~ReadFile() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<uint64_t> ReadFile::size() const {
  struct stat facts{};
  if (::fstat(fd_, &facts) != 0) {
    return io_error("look at", path_);
  }
  return static_cast<uint64_t>(facts.st_size);
}

Result<std::pair<uint64_t, uint64_t>> ReadFile::identity() const {
  struct stat facts{};
  if (::fstat(fd_, &facts) != 0) {
    return io_error("look at", path_);
  }
  return std::pair<uint64_t, uint64_t>(facts.st_dev, facts.st_ino);
}

Result<> ReadFile::read(uint64_t offset, size_t length, std::string& out) const {
  out.resize(length);
  size_t have = 0;
  while (have < length) {
    const ssize_t got =
        ::pread(fd_, out.data() + have, length - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno != EINTR) {
      return io_error("read", path_);
    }
    if (got == 0) {
      break;
    }
    have += got > 0 ? static_cast<size_t>(got) : 0;
  }
  out.resize(have);
  return ok();
}

Result<RecordLock> RecordLock::take(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return io_error("open", path);
  }
  RecordLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Error(ErrorKind::kConflict,
                 fmt::format("another process holds the record's lock `{}`", path.string()),
                 "stop the other sallyport, or give this one a record of its own");
  }
  return lock;
}

RecordLock::RecordLock(RecordLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RecordLock::~RecordLock() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

Result<> sync_folder(const fs::path& folder) {
  const fs::path path = folder.empty() ? fs::path(".") : folder;
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return io_error("open", path);
  }
  const int failed = ::fsync(fd) != 0 ? errno : 0;
  ::close(fd);
  if (failed != 0) {
    return io_error("sync", path, failed);
  }
  return ok();
}

fs::path rotated_name(const fs::path& path, uint64_t seq) {
  return fs::path(fmt::format("{}.{:0{}}", path.string(), seq, kSeqDigits));
}

Result<std::vector<RotatedFile>> rotated_files(const fs::path& path) {
  std::vector<RotatedFile> files;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const std::string prefix = path.filename().string() + ".";
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(prefix) || name.size() != prefix.size() + kSeqDigits) {
      continue;
    }
    uint64_t seq = 0;
    const char* const last = name.data() + name.size();
    const auto [stop, bad] = std::from_chars(name.data() + prefix.size(), last, seq);
    if (bad == std::errc() && stop == last) {
      files.push_back({at->path(), seq});
    }
  }
  if (error) {
    return io_error("list", folder, error.value());
  }
  std::ranges::sort(files, {}, &RotatedFile::first_seq);
  return files;
}

Result<BackwardLines> BackwardLines::at_end(const ReadFile& file) {
  BackwardLines lines(file);
  TRY(lines.start_, file.size());
  const uint64_t size = lines.start_;
  size_t end = std::string::npos;
  while ((end = last_line_end(lines.window_, lines.window_.size())) == std::string::npos &&
         lines.start_ > 0) {
    if (lines.window_.size() > kMaxLine) {
      return too_long(file);
    }
    TRY_OK(lines.extend());
  }
  lines.end_ = end == std::string::npos ? 0 : end + 1;  // without a line end there is no line
  lines.torn_ = size - lines.start_ - lines.end_;
  return lines;
}

Result<> BackwardLines::extend() {
  const size_t more = static_cast<size_t>(std::min<uint64_t>(kChunk, start_));
  std::string before;
  TRY_OK(file_->read(start_ - more, more, before));
  if (before.size() != more) {
    return Error(ErrorKind::kIo,
                 fmt::format("`{}` became shorter while it was read", file_->path().string()));
  }
  start_ -= more;
  window_.erase(end_);
  window_.insert(0, before);
  end_ += more;
  return ok();
}

Result<std::optional<BackwardLines::Line>> BackwardLines::next() {
  while (end_ > 0 || start_ > 0) {
    const size_t before = end_ < 2 ? std::string::npos : last_line_end(window_, end_ - 1);
    if (before == std::string::npos && start_ > 0) {
      if (end_ > kMaxLine) {
        return too_long(*file_);
      }
      TRY_OK(extend());
      continue;
    }
    const size_t begin = before == std::string::npos ? 0 : before + 1;
    const Line line{std::string_view(window_).substr(begin, end_ - 1 - begin), start_ + begin};
    if (line.text.size() > kMaxLine) {
      return too_long(*file_);
    }
    end_ = begin;
    return std::optional<Line>(line);
  }
  return std::optional<Line>();
}

Result<std::optional<std::string_view>> ForwardLines::next() {
  size_t searched = used_;
  while (true) {
    const size_t end = window_.find('\n', searched);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(window_).substr(used_, end - used_);
      if (line.size() > kMaxLine) {
        return too_long(*file_);
      }
      at_ += line.size() + 1;
      used_ = end + 1;
      return std::optional<std::string_view>(line);
    }
    window_.erase(0, used_);
    used_ = 0;
    searched = window_.size();
    if (window_.size() > kMaxLine) {
      return too_long(*file_);
    }
    TRY_OK(file_->read(at_ + window_.size(), kChunk, chunk_));
    if (chunk_.empty()) {
      return std::optional<std::string_view>();
    }
    window_ += chunk_;
  }
}

}  // namespace sally::ledger
