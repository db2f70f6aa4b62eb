// ByteRing: records of bytes from one thread to another, bounded, without a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sally::telemetry {

// One thread pushes, one thread pops.
class ByteRing {
 public:
  // `bytes` is a power of two.
  explicit ByteRing(size_t bytes);
  ByteRing(const ByteRing&) = delete;
  ByteRing& operator=(const ByteRing&) = delete;
  ~ByteRing() = default;

  // Copies the record, which stands for `items` things. False: no room, nothing was copied.
  bool push(std::string_view record, uint32_t items);
  // Appends the oldest record to `out`; how many items it stands for. 0: there is none.
  uint32_t pop(std::string& out);

 private:
  struct Head {
    uint32_t size;
    uint32_t items;
  };
  void write(uint64_t at, const char* from, size_t size);
  void read(uint64_t at, char* to, size_t size) const;

  const size_t size_;
  std::unique_ptr<char[]> data_;
  // Bytes ever written and read. On cache lines of their own: each has one writer.
  alignas(64) std::atomic<uint64_t> written_{0};
  alignas(64) std::atomic<uint64_t> consumed_{0};
};

}  // namespace sally::telemetry
