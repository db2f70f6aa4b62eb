// Ring: memory shared with a file, into which one thread puts entries and from which another takes
// them. What was put survives the process, for the memory is the kernel's cache of the file.
//
// A record stands at its position, counted from 0 without end; its place in the file is the
// position modulo the size. It carries its length, the generation of the ring (a random number of
// each opening of the log), its position, and a CRC-32C over all of it. So neither what an
// earlier round or an earlier process left, nor what was copied or made durable in part, is ever
// taken for an entry.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "ledger/disk.h"

namespace sally::ledger {

// Reads records; also from a ring that a dead process left.
class RingView {
 public:
  RingView(ByteView memory, uint64_t generation) : memory_(memory), generation_(generation) {}
  // Appends the entry at `position` to `out` and gives the position behind it; nullopt, and `out`
  // as it was, where no whole record of this generation stands there.
  [[nodiscard]] std::optional<uint64_t> read(uint64_t position, std::string& out) const;

 private:
  void copy_out(uint64_t position, void* to, size_t count) const;
  ByteView memory_;
  uint64_t generation_;
};

class Ring {
 public:
  // The bytes a record of `size` bytes takes.
  static size_t record_bytes(size_t size);
  // The least size of a ring: room for two of the longest entries.
  static constexpr size_t kLeastBytes = size_t{160} << 10;

  Ring(std::unique_ptr<DiskMapping> mapping, uint64_t generation);

  // The putting thread. Whether there was room for `entry`.
  [[nodiscard]] bool put(std::string_view entry);
  // The position behind the last record that was put.
  [[nodiscard]] uint64_t put_position() const { return put_.load(std::memory_order_acquire); }

  // The taking thread. As RingView::read; what was read stays until it is freed.
  [[nodiscard]] std::optional<uint64_t> read(uint64_t position, std::string& out) const {
    return view_.read(position, out);
  }
  // From any one thread at a time: the bytes before `position` may be used again.
  void free_to(uint64_t position) { freed_.store(position, std::memory_order_release); }
  [[nodiscard]] uint64_t freed() const { return freed_.load(std::memory_order_acquire); }
  [[nodiscard]] size_t size() const { return memory_.size(); }

 private:
  void copy_in(uint64_t position, const void* from, size_t count);

  std::unique_ptr<DiskMapping> mapping_;
  MutableBytes memory_;
  uint64_t generation_;
  RingView view_;
  alignas(64) std::atomic<uint64_t> put_{0};
  alignas(64) std::atomic<uint64_t> freed_{0};
};

}  // namespace sally::ledger
