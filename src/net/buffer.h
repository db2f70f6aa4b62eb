// Buffer: a block of memory for bytes of the network, from a pool per thread.
//
// A connection that waits holds none; one is taken when there is something to read and given back
// when it is empty. Every block has 64 bytes behind its capacity that may be read (simdjson's
// padding). What a block held is wiped when it is given back: credentials travel through here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/bytes.h"

namespace sally::net {

class Buffer {
 public:
  static constexpr size_t kSlack = 64;
  static constexpr size_t kRead = size_t{16} * 1024 - kSlack;  // the capacity that reads start with
  static constexpr size_t kLargeRead = size_t{64} * 1024 - kSlack;

  Buffer() = default;
  // At least `capacity` bytes, rounded up to a size the pool keeps; beyond 64 KB to the next power.
  explicit Buffer(size_t capacity);
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer(std::move(other)).swap(*this);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] size_t capacity() const { return capacity_; }
  // The bytes in use: [begin, end).
  [[nodiscard]] MutableBytes bytes() const { return {data_ + begin_, end_ - begin_}; }
  [[nodiscard]] size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] MutableBytes space() const { return {data_ + end_, capacity_ - end_}; }

  // `count` bytes of space() were filled.
  void commit(size_t count) {
    end_ += count;
    touched_ = std::max(touched_, end_);
  }
  // The first `count` bytes are used up. They stay where they are.
  void consume(size_t count) { begin_ += count; }
  // Copies `bytes` behind those in use; room is made first.
  void append(ByteView bytes);
  // Makes room for `count` more bytes: by moving to the front, or into a larger block.
  void reserve(size_t count);
  // A copy of the bytes in use in the smallest block that holds them and `room` more.
  [[nodiscard]] Buffer fitted(size_t room) const;
  // Gives the block back.
  void release() { Buffer().swap(*this); }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(touched_, other.touched_);
  }

  std::byte* data_ = nullptr;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t touched_ = 0;  // no byte at or behind this one was written
};

}  // namespace sally::net
