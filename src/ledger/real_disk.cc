#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <span>
#include <system_error>

#include "base/unique_fd.h"
#include "ledger/disk.h"

namespace sally::ledger {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

Error failed(std::string_view what, const fs::path& path, int error) {
  const ErrorKind kind = error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo;
  return Error(kind, fmt::format("cannot {} `{}`: {}", what, path.string(), std::strerror(error)));
}

Result<UniqueFd> open_fd(std::string_view what, const fs::path& path, int flags) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, kFileMode));
  if (fd.get() < 0) {
    return failed(what, path, errno);
  }
  return fd;
}

Result<uint64_t> size_of(int fd, const fs::path& path) {
  struct stat found{};
  if (::fstat(fd, &found) != 0) {
    return failed("look at", path, errno);
  }
  return static_cast<uint64_t>(found.st_size);
}

// The bytes from `offset` into `out`, at most `length`.
Result<> read_some(int fd, const fs::path& path, uint64_t offset, size_t length, std::string& out) {
  out.resize(length);
  size_t done = 0;
  while (done < length) {
    const ssize_t count =
        ::pread(fd, out.data() + done, length - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno != EINTR) {
      return failed("read", path, errno);
    }
    if (count == 0) {
      break;
    }
    done += static_cast<size_t>(std::max<ssize_t>(count, 0));
  }
  out.resize(done);
  return ok();
}

class RealFile final : public DiskFile {
 public:
  RealFile(UniqueFd fd, fs::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<> write(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count =
          ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0) {
        if (errno == EINTR) {
          continue;
        }
        return failed("write", path_, errno);
      }
      bytes.remove_prefix(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return ok();
  }
  Result<> read(uint64_t offset, size_t length, std::string& out) const override {
    // No more than there is: a length may come from a damaged file.
    TRY(const uint64_t bytes, size());
    const uint64_t left = bytes > offset ? bytes - offset : 0;
    return read_some(fd_.get(), path_, offset, std::min<uint64_t>(length, left), out);
  }
  Result<uint64_t> size() const override { return size_of(fd_.get(), path_); }
  Result<> sync() override {
    return ::fdatasync(fd_.get()) == 0 ? ok() : Result<>(failed("sync", path_, errno));
  }

 private:
  UniqueFd fd_;
  fs::path path_;
};

class RealMapping final : public DiskMapping {
 public:
  RealMapping(std::byte* bytes, size_t size) : bytes_(bytes, size) {}
  RealMapping(const RealMapping&) = delete;
  RealMapping& operator=(const RealMapping&) = delete;
  ~RealMapping() override { ::munmap(bytes_.data(), bytes_.size()); }
  MutableBytes bytes() override { return bytes_; }

 private:
  MutableBytes bytes_;
};

class RealLock final : public DiskLock {
 public:
  explicit RealLock(UniqueFd fd) : fd_(std::move(fd)) {}

 private:
  UniqueFd fd_;
};

// Memory from which a device takes bytes without a copy of the kernel's in between.
class DirectBuffer {
 public:
  // Of every device's block, in memory and on disk.
  static constexpr size_t kBlock = 4096;
  static constexpr size_t kBytes = size_t{256} << 10;

  // A piece of at most kBytes.
  [[nodiscard]] std::span<const std::byte> fill(std::string_view piece) {
    if (bytes_ == nullptr) {
      bytes_.reset(new (std::align_val_t{kBlock}) std::byte[kBytes]);
    }
    std::memcpy(bytes_.get(), piece.data(), piece.size());
    return {bytes_.get(), piece.size()};
  }

 private:
  struct Free {
    void operator()(std::byte* bytes) const {
      ::operator delete[](bytes, std::align_val_t{kBlock});
    }
  };
  std::unique_ptr<std::byte[], Free> bytes_;
};

class RealDisk final : public Disk {
 public:
  Result<std::unique_ptr<DiskFile>> create(const Path& path) override {
    TRY(UniqueFd fd, open_fd("make", path, O_RDWR | O_CREAT | O_TRUNC));
    return std::make_unique<RealFile>(std::move(fd), path);
  }

  Result<> write_file(const Path& path, std::string_view bytes) override {
    constexpr size_t kWorthIt = size_t{64} << 10;
    if (bytes.size() < kWorthIt || !write_directly(path, bytes)) {
      return Disk::write_file(path, bytes);
    }
    return ok();
  }

  Result<std::unique_ptr<DiskFile>> open(const Path& path) override {
    TRY(UniqueFd fd, open_fd("open", path, O_RDONLY));
    return std::make_unique<RealFile>(std::move(fd), path);
  }

  Result<std::unique_ptr<DiskMapping>> map(const Path& path, size_t size) override {
    TRY(const UniqueFd fd, open_fd("make", path, O_RDWR | O_CREAT));
    TRY(const uint64_t has, size_of(fd.get(), path));
    if (has != size && ::ftruncate(fd.get(), 0) != 0) {
      return failed("empty", path, errno);
    }
    // Every block now: a page that finds no room later would end the process.
    if (const int error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); error != 0) {
      return failed("make room for", path, error);
    }
    void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (at == MAP_FAILED) {
      return failed("map", path, errno);
    }
    return std::make_unique<RealMapping>(static_cast<std::byte*>(at), size);
  }

  Result<std::unique_ptr<DiskLock>> lock(const Path& path) override {
    TRY(UniqueFd fd, open_fd("lock", path, O_RDWR | O_CREAT));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) {
        return failed("lock", path, errno);
      }
      return Error(
          ErrorKind::kConflict,
          fmt::format("another process writes the ledger in `{}`", path.parent_path().string()),
          "stop the other `sallyport serve`, or give this one a `ledger.folder` of its "
          "own");
    }
    return std::make_unique<RealLock>(std::move(fd));
  }

  Result<> rename(const Path& from, const Path& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? ok() : Result<>(failed("rename", from, errno));
  }

  Result<> remove(const Path& path) override {
    if (::remove(path.c_str()) != 0 && errno != ENOENT) {
      return failed("remove", path, errno);
    }
    return ok();
  }

  Result<> make_folder(const Path& path) override {
    if (path.empty() || ::mkdir(path.c_str(), kFolderMode) == 0 || errno == EEXIST) {
      return ok();
    }
    if (errno != ENOENT) {
      return failed("make", path, errno);
    }
    TRY_OK(make_folder(path.parent_path()));
    return ::mkdir(path.c_str(), kFolderMode) == 0 || errno == EEXIST
               ? ok()
               : Result<>(failed("make", path, errno));
  }

  Result<> sync_folder(const Path& path) override {
    TRY(const UniqueFd fd, open_fd("open", path, O_RDONLY | O_DIRECTORY));
    return ::fsync(fd.get()) == 0 ? ok() : Result<>(failed("sync", path, errno));
  }

  Result<> sync_tree(const Path& path) override {
    // The whole file system at once: far cheaper than hundreds of files one by one.
    TRY(const UniqueFd fd, open_fd("open", path, O_RDONLY | O_DIRECTORY));
    return ::syncfs(fd.get()) == 0 ? ok() : Result<>(failed("sync", path, errno));
  }

  Result<std::vector<std::string>> list(const Path& path) override {
    std::vector<std::string> out;
    std::error_code error;
    fs::directory_iterator at(path, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      out.push_back(at->path().filename().string());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return failed("list", path, error.value());
    }
    std::ranges::sort(out);
    return out;
  }

  Result<std::string> read_file(const Path& path, size_t most) override {
    TRY(const UniqueFd fd, open_fd("open", path, O_RDONLY));
    TRY(const uint64_t size, size_of(fd.get(), path));
    if (size > most) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("`{}` has {} bytes, more than {}", path.string(), size, most));
    }
    std::string out;
    TRY_OK(read_some(fd.get(), path, 0, size, out));
    return out;
  }

 private:
  // Whether it could be done; where not, for whatever reason, the ordinary way shows the error.
  bool write_directly(const Path& path, std::string_view bytes) {
    const UniqueFd fd(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, kFileMode));
    if (fd.get() < 0) {
      return false;
    }
    const size_t whole = bytes.size() / DirectBuffer::kBlock * DirectBuffer::kBlock;
    {
      const std::lock_guard lock(direct_mutex_);
      for (size_t at = 0; at < whole; at += DirectBuffer::kBytes) {
        const size_t count = std::min(whole - at, DirectBuffer::kBytes);
        const auto piece = direct_.fill(bytes.substr(at, count));
        if (::pwrite(fd.get(), piece.data(), count, static_cast<off_t>(at)) !=
            static_cast<ssize_t>(count)) {
          return false;
        }
      }
    }
    // The last block is not whole: the ordinary way, which is cheaper than cutting it off.
    const std::string_view rest = bytes.substr(whole);
    return ::fcntl(fd.get(), F_SETFL, 0) == 0 &&
           ::pwrite(fd.get(), rest.data(), rest.size(), static_cast<off_t>(whole)) ==
               static_cast<ssize_t>(rest.size());
  }

  std::mutex direct_mutex_;
  DirectBuffer direct_;
};

}  // namespace

Disk& real_disk() {
  static RealDisk disk;
  return disk;
}

}  // namespace sally::ledger
