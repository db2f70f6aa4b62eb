// What the readers of context share: secrets that no prefix gives away, but the words before them
// (`api_key = `, `my password is `).
//
// A secret is told by at most kLookBack octets before it and by itself, so that a stream that is
// looked at in segments needs to keep no more.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/finding.h"

namespace sally::content {

// Octets before a value that are looked at.
inline constexpr size_t kLookBack = 192;
// Octets of the longest value.
inline constexpr size_t kMaxValue = 256;

// A value that is a secret.
struct Candidate {
  size_t begin = 0;
  size_t end = 0;
  std::string_view rule;  // of a table: outlives everything
  Severity severity = Severity::kHigh;
  float score = 0;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};
using Candidates = std::vector<Candidate>;

// A text that may be asked for what stands behind its end.
struct Window {
  std::string_view text;

  [[nodiscard]] size_t size() const { return text.size(); }
  // `\0` behind the end.
  [[nodiscard]] char at(size_t i) const { return i < text.size() ? text[i] : '\0'; }
};

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
[[nodiscard]] constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool is_letter(char c) {
  return is_upper(c) || is_lower(c);
}
[[nodiscard]] constexpr bool is_alnum(char c) {
  return is_digit(c) || is_letter(c);
}
[[nodiscard]] constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
[[nodiscard]] constexpr bool is_space(char c) {
  return is_blank(c) || c == '\n' || c == '\r';
}
[[nodiscard]] constexpr bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}
// Part of a word of another script.
[[nodiscard]] constexpr bool is_high(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace sally::content
