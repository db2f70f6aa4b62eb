// FF1 (NIST SP 800-38G, algorithms 7 and 8): encryption that keeps length and alphabet.
//
//   TRY(const Ff1 ff1, Ff1::make(key, 10));
//   TRY_OK(ff1.encrypt(digits, tweak));   // each 0 to 9, in place
//
// The same value under the same key and tweak gives the same: that is the use of it, and what it
// tells. Who may ask for many encryptions learns a small domain by heart.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::crypto {

// A key and a radix. Every thread may use it at once.
class Ff1 {
 public:
  static constexpr unsigned kMostRadix = 36;
  static constexpr size_t kMostNumerals = 64;
  static constexpr size_t kMostTweak = 256;
  // SP 800-38G revision 1: radix to the power of the length is at least this.
  static constexpr uint64_t kLeastDomain = 1'000'000;

  // kUsage when `key` has not 16, 24 or 32 bytes, or for a radix that is not 2 to kMostRadix.
  static Result<Ff1> make(const Secret& key, unsigned radix);
  Ff1(Ff1&&) noexcept;
  Ff1& operator=(Ff1&&) noexcept;
  Ff1(const Ff1&) = delete;
  Ff1& operator=(const Ff1&) = delete;
  ~Ff1();

  // Whether so many numerals make a domain that is large enough, and not too long.
  [[nodiscard]] bool fits(size_t numerals) const;
  // In place; each numeral is below the radix. kUsage where they do not fit, one is not, or the
  // tweak is longer than kMostTweak.
  [[nodiscard]] Result<> encrypt(std::span<uint8_t> numerals, ByteView tweak) const;
  [[nodiscard]] Result<> decrypt(std::span<uint8_t> numerals, ByteView tweak) const;

 private:
  struct State;
  explicit Ff1(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sally::crypto
