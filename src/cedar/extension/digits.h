// Runs of ASCII digits: what decimals, durations and prefixes are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sally::cedar {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The digits at the start of `text`, which then starts behind them.
constexpr std::string_view take_digits(std::string_view& text) {
  size_t size = 0;
  while (size < text.size() && is_digit(text[size])) {
    ++size;
  }
  const std::string_view out = text.substr(0, size);
  text.remove_prefix(size);
  return out;
}

// The number that `digits` (only digits) write; nullopt beyond 64 bits.
constexpr std::optional<uint64_t> digits_value(std::string_view digits) {
  uint64_t out = 0;
  for (const char c : digits) {
    if (__builtin_mul_overflow(out, uint64_t{10}, &out) ||
        __builtin_add_overflow(out, static_cast<uint64_t>(c - '0'), &out)) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace sally::cedar
