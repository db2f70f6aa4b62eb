// Input: octets that can be read from any place, and a reader that walks them from front to back.
//
// What a scanner reads may be a file of 100 GB, a member of an archive or what came out of a
// compressor; its parsers see all of them as an Input and never hold more than a window of it.
//
//   InputReader in(input);
//   TRY(const uint64_t length, in.little<uint64_t>());
//   TRY(const ByteView header, in.take(length));   // refused where it is not there, before memory
//   grows TRY_OK(in.skip(tensor_octets));                // nothing is read
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "base/bytes.h"
#include "base/result.h"

namespace sally::formats {

// Safe to read from several threads at once.
class Input {
 public:
  Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  virtual ~Input() = default;

  [[nodiscard]] virtual uint64_t size() const = 0;
  // Fills `to` with what stands from `offset` on. kInvalidInput where that reaches past size();
  // kIo where the file underneath cannot be read or has become shorter.
  virtual Result<> read(uint64_t offset, MutableBytes to) const = 0;
};

// Octets in memory, which outlive it.
class MemoryInput : public Input {
 public:
  explicit MemoryInput(ByteView bytes) : bytes_(bytes) {}
  explicit MemoryInput(std::string_view text) : bytes_(as_bytes(text)) {}
  [[nodiscard]] uint64_t size() const override { return bytes_.size(); }
  Result<> read(uint64_t offset, MutableBytes to) const override;

 private:
  ByteView bytes_;
};

// A part of another input, which outlives it.
class PartOfInput : public Input {
 public:
  // `length` octets from `offset` on; cut to what there is.
  PartOfInput(const Input& whole, uint64_t offset, uint64_t length);
  [[nodiscard]] uint64_t size() const override { return length_; }
  Result<> read(uint64_t offset, MutableBytes to) const override;

 private:
  const Input& whole_;
  uint64_t offset_;
  uint64_t length_;
};

// Everything in `input` as one text. kTooLarge above `most`.
Result<std::string> read_all(const Input& input, uint64_t most);
// The first octets of `input`, at most `most`.
Result<Bytes> head_of(const Input& input, size_t most);

// Walks an input from front to back through a window. The input outlives it.
class InputReader {
 public:
  // The most that take() gives at once.
  static constexpr size_t kMostAtOnce = size_t{256} << 20;

  explicit InputReader(const Input& input, uint64_t from = 0);

  // Octets from the beginning of the input.
  [[nodiscard]] uint64_t position() const { return window_from_ + next_; }
  [[nodiscard]] uint64_t remaining() const { return size_ - position(); }
  [[nodiscard]] bool at_end() const { return remaining() == 0; }

  // The next `count` octets. The view is good until the next call. kInvalidInput where there are
  // fewer, with nothing taken; kTooLarge above kMostAtOnce.
  Result<ByteView> take(uint64_t count) {
    if (count <= filled_ - next_) [[likely]] {
      const ByteView view(window_.data() + next_, static_cast<size_t>(count));
      next_ += view.size();
      return view;
    }
    return take_more(count);
  }
  // As take(), but nothing is taken.
  Result<ByteView> peek(uint64_t count) {
    TRY(const ByteView view, take(count));
    next_ -= view.size();
    return view;
  }
  Result<> skip(uint64_t count);
  // The octets before the next `end`, which is taken too. kInvalidInput where there is none;
  // kTooLarge where it is not among the next `most` octets.
  Result<ByteView> take_until(std::byte end, size_t most);

  // A number as it lies there, the lowest octet first.
  template <typename T>
    requires std::is_arithmetic_v<T>
  Result<T> little() {
    static_assert(std::endian::native == std::endian::little);
    TRY(const ByteView view, take(sizeof(T)));
    T value;
    std::memcpy(&value, view.data(), sizeof(T));
    return value;
  }
  // The same with the highest octet first.
  template <typename T>
    requires std::is_integral_v<T>
  Result<T> big() {
    TRY(const ByteView view, take(sizeof(T)));
    std::array<std::byte, sizeof(T)> turned;
    for (size_t i = 0; i < sizeof(T); ++i) {
      turned[i] = view[sizeof(T) - 1 - i];
    }
    return std::bit_cast<T>(turned);
  }

 private:
  Result<ByteView> take_more(uint64_t count);

  const Input& input_;
  uint64_t size_;
  uint64_t window_from_;  // where in the input the window begins
  Bytes window_;
  size_t filled_ = 0;
  size_t next_ = 0;
};

}  // namespace sally::formats
