// File: reading and writing at places in a file. For the files of this room.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace sally::capture {

enum class Access : uint8_t {
  kRead,    // as it is
  kWrite,   // to change what is there
  kCreate,  // makes it, empty and for the owner alone, where there is none
};

// Failures are kIo with the operating system's words, kNotFound where the file must be there, and
// kDenied where others than the owner may read it.
class File {
 public:
  static Result<File> open(const std::filesystem::path& path, Access access);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  [[nodiscard]] Result<uint64_t> size() const;
  // Whether it still has a name: another may have been put in its place since it was opened.
  [[nodiscard]] Result<bool> in_place() const;
  // Fills `into` from `offset`; gives how many bytes there were: fewer only at the end of the file.
  [[nodiscard]] Result<size_t> read(uint64_t offset, MutableBytes into) const;
  [[nodiscard]] Result<> write(uint64_t offset, ByteView bytes) const;
  [[nodiscard]] Result<> truncate(uint64_t size) const;
  // Locks that last as long as the file is open: shared with others that share it, or alone
  // (kConflict where another has it open).
  [[nodiscard]] Result<> lock_shared() const;
  [[nodiscard]] Result<> lock_alone() const;
  // Waits until what was written lies on the disk.
  [[nodiscard]] Result<> sync() const;
  // Renames it, over what stands there; on the disk when the call returns.
  [[nodiscard]] Result<> move_to(const std::filesystem::path& path);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  File(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}
  [[nodiscard]] Error failed(std::string_view what) const;
  int fd_;
  std::filesystem::path path_;
};

// Puts a file of this text at `path`, for its owner alone, whole or not at all, on the disk when
// the call returns.
[[nodiscard]] Result<> replace_file(const std::filesystem::path& path, std::string_view text);
// The whole text, of at most `most` bytes. kTooLarge, and as File.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, size_t most);
// Makes new names in `folder` durable.
[[nodiscard]] Result<> sync_folder(const std::filesystem::path& folder);

// Numbers as they stand in the files of this room: little-endian.
inline void put_u32(std::byte* at, uint32_t value) {
  for (int i = 0; i < 4; ++i) {
    at[i] = static_cast<std::byte>(value >> (8 * i));
  }
}
inline void put_u64(std::byte* at, uint64_t value) {
  for (int i = 0; i < 8; ++i) {
    at[i] = static_cast<std::byte>(value >> (8 * i));
  }
}
inline uint32_t get_u32(const std::byte* at) {
  uint32_t out = 0;
  for (int i = 0; i < 4; ++i) {
    out |= std::to_integer<uint32_t>(at[i]) << (8 * i);
  }
  return out;
}
inline uint64_t get_u64(const std::byte* at) {
  return get_u32(at) | uint64_t{get_u32(at + 4)} << 32;
}

}  // namespace sally::capture
