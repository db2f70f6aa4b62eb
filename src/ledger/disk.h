// Disk: the file system as a parameter, so that a test can tear, lose and reorder what was not made
// durable. Failures are kIo in the operating system's words; kNotFound where a file is not there.
//
// What a crash of the machine may do, and what the ledger is written against: a write that was not
// followed by sync() is there, not there, or there in part, in any order; so is a mapped page that
// the kernel wrote back or not; a name that was made, renamed or removed is so only after
// sync_folder() of its folder. A crash of the process alone loses nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sally::ledger {

// An open file, read and written at places. Two threads may use it at once, in different
// places.
class DiskFile {
 public:
  DiskFile() = default;
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;
  virtual ~DiskFile() = default;
  // All of `bytes` at `offset`. After a failure any part of it may stand there.
  [[nodiscard]] virtual Result<> write(uint64_t offset, std::string_view bytes) = 0;
  // The bytes from `offset` into `out`, at most `length`; fewer only at the end of the file.
  [[nodiscard]] virtual Result<> read(uint64_t offset, size_t length, std::string& out) const = 0;
  [[nodiscard]] virtual Result<uint64_t> size() const = 0;
  // Waits until the file's bytes and size are durable. After a failure nothing that was written
  // since the last success may be believed, not even when a later call succeeds.
  [[nodiscard]] virtual Result<> sync() = 0;
};

// A file mapped into memory, shared with the kernel's cache of it: what is written there outlives
// the process. All of its blocks exist, so that writing to it cannot fail.
class DiskMapping {
 public:
  DiskMapping() = default;
  DiskMapping(const DiskMapping&) = delete;
  DiskMapping& operator=(const DiskMapping&) = delete;
  virtual ~DiskMapping() = default;
  [[nodiscard]] virtual MutableBytes bytes() = 0;
};

// What is held while the object lives.
class DiskLock {
 public:
  DiskLock() = default;
  DiskLock(const DiskLock&) = delete;
  DiskLock& operator=(const DiskLock&) = delete;
  virtual ~DiskLock() = default;
};

class Disk {
 public:
  using Path = std::filesystem::path;

  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  // A new, empty file, for its owner's eyes alone; what stood there is replaced.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskFile>> create(const Path& path) = 0;
  // The same with these bytes, which nobody is about to read: large ones go past the kernel's cache
  // where the file system can do it, so that a log does not displace what is read.
  [[nodiscard]] virtual Result<> write_file(const Path& path, std::string_view bytes) {
    TRY(const auto file, create(path));
    return file->write(0, bytes);
  }
  // What stands there, for reading and syncing.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskFile>> open(const Path& path) = 0;
  // The file at `path`, of `size` bytes: made of zeros where it is not there or has another size.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskMapping>> map(const Path& path, size_t size) = 0;
  // At most one process holds it. kConflict.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskLock>> lock(const Path& path) = 0;

  // Replaces what stands at `to`.
  [[nodiscard]] virtual Result<> rename(const Path& from, const Path& to) = 0;
  // A file or an empty folder; what is not there is no failure.
  [[nodiscard]] virtual Result<> remove(const Path& path) = 0;
  // With the folders above it; what is there is no failure.
  [[nodiscard]] virtual Result<> make_folder(const Path& path) = 0;
  // Makes the names in it durable.
  [[nodiscard]] virtual Result<> sync_folder(const Path& path) = 0;
  // Makes everything below it durable, files and names: one call for many files. After a failure as
  // with DiskFile::sync().
  [[nodiscard]] virtual Result<> sync_tree(const Path& path) = 0;
  // The names in a folder, sorted; none where it is not there.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const Path& path) = 0;
  // A whole file. kTooLarge above `most` bytes.
  [[nodiscard]] virtual Result<std::string> read_file(const Path& path, size_t most) = 0;
};

// The machine's own.
[[nodiscard]] Disk& real_disk();

}  // namespace sally::ledger
