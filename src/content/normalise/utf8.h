// decode_utf8: one code point of a text that may be anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sally::content {

// What an octet is that begins no code point.
inline constexpr uint32_t kInvalid = 0xFFFFFFFF;

struct Decoded {
  uint32_t code = kInvalid;
  uint32_t length = 1;  // in octets
};

// The code point at `at` < text.size() (RFC 3629: no surrogates, no overlong forms); kInvalid of
// length 1 where there is none.
[[nodiscard]] inline Decoded decode_utf8(std::string_view text, size_t at) {
  const auto octet = [&](size_t i) {
    return at + i < text.size() ? static_cast<uint32_t>(static_cast<uint8_t>(text[at + i])) : 0U;
  };
  const auto follows = [&](size_t i) { return (octet(i) & 0xC0U) == 0x80U; };
  const uint32_t first = octet(0);
  if (first < 0x80) {
    return {first, 1};
  }
  if (first >= 0xC2 && first < 0xE0 && follows(1)) {
    return {(first & 0x1FU) << 6 | (octet(1) & 0x3FU), 2};
  }
  if (first >= 0xE0 && first < 0xF0 && follows(1) && follows(2)) {
    const uint32_t code = (first & 0x0FU) << 12 | (octet(1) & 0x3FU) << 6 | (octet(2) & 0x3FU);
    return code >= 0x800 && (code < 0xD800 || code > 0xDFFF) ? Decoded{code, 3} : Decoded{};
  }
  if (first >= 0xF0 && first < 0xF5 && follows(1) && follows(2) && follows(3)) {
    const uint32_t code = (first & 0x07U) << 18 | (octet(1) & 0x3FU) << 12 |
                          (octet(2) & 0x3FU) << 6 | (octet(3) & 0x3FU);
    return code >= 0x10000 && code < 0x110000 ? Decoded{code, 4} : Decoded{};
  }
  return {};
}

// Appends `code`, a scalar value.
inline void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0U | code >> 6));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | code >> 12));
    out.push_back(static_cast<char>(0x80U | (code >> 6 & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  } else {
    out.push_back(static_cast<char>(0xF0U | code >> 18));
    out.push_back(static_cast<char>(0x80U | (code >> 12 & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code >> 6 & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  }
}

constexpr bool is_ascii_digit(uint32_t code) {
  return code - '0' < 10;
}
constexpr bool is_ascii_letter(uint32_t code) {
  return (code | 0x20U) - 'a' < 26;
}
constexpr bool is_ascii_alnum(uint32_t code) {
  return is_ascii_digit(code) || is_ascii_letter(code);
}
// The value of a hex digit, or -1.
constexpr int hex_value(char c) {
  const auto code = static_cast<uint8_t>(c);
  if (is_ascii_digit(code)) {
    return c - '0';
  }
  const uint32_t letter = (code | 0x20U) - 'a';
  return letter < 6 ? static_cast<int>(letter) + 10 : -1;
}

// The first octet at or behind `from` that is not ASCII; text.size() where there is none.
[[nodiscard]] size_t find_non_ascii(std::string_view text, size_t from);

}  // namespace sally::content
