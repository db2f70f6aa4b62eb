// RecordFile: the disk as a parameter, and how the files of a record lie beside one another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::ledger {

// A file being appended to. Failures are kIo with the operating system's words.
class RecordFile {
 public:
  RecordFile() = default;
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;
  virtual ~RecordFile() = default;
  // Appends at the end; may write less than asked, never nothing.
  [[nodiscard]] virtual Result<size_t> write(std::string_view bytes) = 0;
  // Cuts the file to its first `size` bytes.
  [[nodiscard]] virtual Result<> truncate(uint64_t size) = 0;
  // Waits until what was written lies on the disk. May be called while another thread writes.
  [[nodiscard]] virtual Result<> sync() = 0;
};

using OpenRecordFile =
    std::function<Result<std::unique_ptr<RecordFile>>(const std::filesystem::path&)>;

// Opens for appending; creates what is not there, readable by the owner alone.
Result<std::unique_ptr<RecordFile>> open_record_file(const std::filesystem::path& path);

// The file open for reading; closes itself.
class ReadFile {
 public:
  // kNotFound, kIo.
  static Result<ReadFile> open(const std::filesystem::path& path);
  ReadFile(ReadFile&& other) noexcept;
  ReadFile& operator=(ReadFile&& other) noexcept;
  ReadFile(const ReadFile&) = delete;
  ReadFile& operator=(const ReadFile&) = delete;
  ~ReadFile();

  [[nodiscard]] Result<uint64_t> size() const;
  // The bytes from `offset`, at most `length`; fewer only at the end of the file.
  [[nodiscard]] Result<> read(uint64_t offset, size_t length, std::string& out) const;
  // Equal for two files exactly when they are the same file on the disk.
  [[nodiscard]] Result<std::pair<uint64_t, uint64_t>> identity() const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  ReadFile(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::filesystem::path path_;
};

// An exclusive lock of one process, held as long as the object lives.
class RecordLock {
 public:
  // kConflict while another process holds it.
  static Result<RecordLock> take(const std::filesystem::path& path);
  RecordLock(RecordLock&& other) noexcept;
  RecordLock& operator=(RecordLock&&) = delete;
  RecordLock(const RecordLock&) = delete;
  RecordLock& operator=(const RecordLock&) = delete;
  ~RecordLock();

 private:
  explicit RecordLock(int fd) : fd_(fd) {}
  int fd_;
};

// Makes renames and new names in `folder` durable.
Result<> sync_folder(const std::filesystem::path& folder);

// The name that the file at `path` gets when it is rotated and its first event has number `seq`.
std::filesystem::path rotated_name(const std::filesystem::path& path, uint64_t seq);

struct RotatedFile {
  std::filesystem::path path;
  uint64_t first_seq;
};
// The rotated files of the record at `path`, oldest first.
Result<std::vector<RotatedFile>> rotated_files(const std::filesystem::path& path);

// No line of a record is longer.
inline constexpr size_t kMaxLine = size_t{1} << 20;

// Lines from the end of a file to its beginning.
class BackwardLines {
 public:
  // Begins at the end the file has now. `file` outlives the object.
  static Result<BackwardLines> at_end(const ReadFile& file);

  struct Line {
    std::string_view text;  // without its end; valid until the next call
    uint64_t offset;
  };
  // The next whole line; nullopt at the beginning. kCorrupt for one longer than kMaxLine.
  [[nodiscard]] Result<std::optional<Line>> next();
  // How many bytes stand behind the last line end.
  [[nodiscard]] uint64_t torn_bytes() const { return torn_; }

 private:
  explicit BackwardLines(const ReadFile& file) : file_(&file) {}
  // Brings more of the file in before what `window_` holds.
  Result<> extend();

  const ReadFile* file_;
  std::string window_;  // the file from `start_`
  uint64_t start_ = 0;
  size_t end_ = 0;  // bytes of window_ that were not given out yet
  uint64_t torn_ = 0;
};

// Lines from an offset towards the end of a file that may grow.
class ForwardLines {
 public:
  explicit ForwardLines(const ReadFile& file, uint64_t offset = 0) : file_(&file), at_(offset) {}

  // The next whole line; nullopt when there is none yet: asking again later may find it. kCorrupt
  // for one longer than kMaxLine.
  [[nodiscard]] Result<std::optional<std::string_view>> next();
  // Where the next line begins.
  [[nodiscard]] uint64_t offset() const { return at_; }
  // How many bytes were seen behind the last line end.
  [[nodiscard]] uint64_t torn_bytes() const { return window_.size() - used_; }

 private:
  const ReadFile* file_;
  uint64_t at_;
  std::string window_;  // the file from at_ - used_
  size_t used_ = 0;
  std::string chunk_;
};

}  // namespace sally::ledger
