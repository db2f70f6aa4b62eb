// Secret: bytes that are wiped when they go, cannot be printed, and compare in constant time.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sally {

// Overwrites `bytes` in a way the compiler keeps.
void wipe(MutableBytes bytes);

// Equality in time that depends on the lengths alone.
[[nodiscard]] bool constant_time_equal(ByteView a, ByteView b);

class Secret {
 public:
  Secret() = default;
  // Copies `bytes`; the caller wipes its own copy where it has one.
  explicit Secret(std::string_view bytes) : bytes_(bytes) {}
  // Takes the string's storage; a short string's inline bytes are wiped behind it.
  static Secret take(std::string&& bytes);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] Secret clone() const { return Secret(bytes_); }

  // The bytes themselves: the one call by which they leave this type. Every use is one grep away.
  [[nodiscard]] std::string_view reveal() const { return bytes_; }

  friend bool operator==(const Secret& a, const Secret& b) {
    return constant_time_equal(as_bytes(a.bytes_), as_bytes(b.bytes_));
  }

 private:
  std::string bytes_;
};

}  // namespace sally
