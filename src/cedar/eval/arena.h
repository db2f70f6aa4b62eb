// Arena: memory that is taken piece by piece and given back as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sally::cedar {

// One thread uses it. What it gives lives until reset(), rewind() or its end, and is never
// destroyed, only forgotten. Moving it keeps what was given valid.
class Arena {
 public:
  // Never more than `bytes`, taken at once.
  static Arena fixed(size_t bytes) {
    Arena out;
    out.add_chunk(bytes);
    return out;
  }
  // Grows as it is asked to: for what is built once and then only read.
  static Arena growing() {
    Arena out;
    out.grows_ = true;
    return out;
  }

  // Room for `count` objects, not yet constructed; null where the limit is reached.
  template <typename T>
  [[nodiscard]] T* allocate(size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlignment);
    // NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers is meant where T is one.
    constexpr size_t kSize = sizeof(T);
    if (count > SIZE_MAX / 2 / kSize) {
      return nullptr;
    }
    return static_cast<T*>(take((count * kSize + kAlignment - 1) / kAlignment * kAlignment));
  }
  // A copy; false where the limit is reached.
  [[nodiscard]] bool copy(std::string_view text, std::string_view& out) {
    char* at = allocate<char>(text.size());
    if (at == nullptr) {
      return false;
    }
    if (!text.empty()) {
      std::memcpy(at, text.data(), text.size());
    }
    out = {at, text.size()};
    return true;
  }

  // Gives everything back; of a fixed arena only.
  void reset() { next_ = chunks_.front().get(); }
  // Gives back what was taken since mark(); of a fixed arena only.
  [[nodiscard]] std::byte* mark() const { return next_; }
  void rewind(std::byte* mark) { next_ = mark; }

 private:
  static constexpr size_t kAlignment = 8;
  static constexpr size_t kChunk = size_t{64} << 10;

  Arena() = default;
  void add_chunk(size_t bytes) {
    chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(bytes));
    next_ = chunks_.back().get();
    end_ = next_ + bytes;
  }
  void* take(size_t bytes) {
    if (next_ == nullptr || static_cast<size_t>(end_ - next_) < bytes) {
      if (!grows_) {
        return nullptr;
      }
      add_chunk(bytes > kChunk ? bytes : kChunk);
    }
    void* out = next_;
    next_ += bytes;
    return out;
  }

  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  bool grows_ = false;
};

}  // namespace sally::cedar
