// The two directions of a stream's body, between the frames and the coroutine that reads or writes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "net/buffer.h"

namespace sally::net::http2 {

// Growing bytes with 64 readable ones behind the end (simdjson's padding).
class PaddedBuffer {
 public:
  static constexpr size_t kSlack = 64;

  void append(ByteView bytes);
  // Makes room for `size` bytes in all, so that the appends up to there do not allocate.
  void reserve(size_t size);
  void clear() { size_ = 0; }
  // Gives the memory back where it is more than `keep` bytes.
  void shrink(size_t keep);
  [[nodiscard]] size_t size() const { return size_; }
  // Valid until the next call that is not const. The slack behind it reads as zeros.
  [[nodiscard]] ByteView view() const;

 private:
  std::unique_ptr<std::byte[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;  // without the slack
};

// What arrives. Bounded by the flow-control window: the peer may send no more than was taken.
class InBody {
 public:
  // `expected`: the declared length, or 0. At most 64 KiB are reserved on the peer's word.
  void append(ByteView bytes, uint64_t expected);
  void finish() { finished_ = true; }
  [[nodiscard]] bool finished() const { return finished_; }
  // Bytes that arrived in all.
  [[nodiscard]] uint64_t total() const { return total_; }
  // Bytes that arrived and were not taken.
  [[nodiscard]] size_t waiting() const { return whole_taken_ ? 0 : fresh_.size(); }
  // The whole body, once it has all arrived and no piece was taken. Counts as taken.
  std::optional<ByteView> whole();
  // What is waiting; valid until the next call.
  ByteView take();
  // Throws away what is waiting and returns how much that was.
  size_t discard();
  void clear();

 private:
  PaddedBuffer fresh_;
  PaddedBuffer lent_;
  uint64_t total_ = 0;
  bool finished_ = false;
  bool pieces_taken_ = false;
  bool whole_taken_ = false;
};

// What leaves: a small buffer, so that short writes complete at once and share a frame, and one
// loan for a write that does not fit, so that long ones are not copied twice.
class OutBody {
 public:
  static constexpr size_t kBuffer = 16 * 1024;

  // Copies `bytes` where they fit behind what waits already.
  bool try_buffer(ByteView bytes);
  // Queues `bytes` without a copy. They stay valid until lent() is false.
  void lend(ByteView bytes) { loan_ = bytes; }
  [[nodiscard]] bool lent() const { return !loan_.empty(); }
  [[nodiscard]] size_t waiting() const { return buffer_.size() - at_ + loan_.size(); }
  // Moves `count` (at most waiting()) bytes to the end of `out`.
  void take(Buffer& out, size_t count);
  // Drops everything, the loan too.
  void clear();

 private:
  PaddedBuffer buffer_;
  size_t at_ = 0;  // the first byte of the buffer that waits
  ByteView loan_;
};

}  // namespace sally::net::http2
