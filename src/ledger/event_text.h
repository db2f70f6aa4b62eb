// Text from outside as the inside of an entry: bounded, escaped, written through a bare pointer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sally::ledger {

// What one byte of text may become: `\u001b`.
inline constexpr size_t kEscapedBytes = 6;
// The room that put_text needs for a text cut at `most` bytes.
constexpr size_t room_of_text(size_t most) {
  return most * kEscapedBytes + 2;
}

// Writes `text` as a JSON string, with its quotes, to `to`, and gives the end. Of more than `most`
// bytes (at least 4) the first ones are kept, whole characters, and `…` put behind, `most` bytes in
// all. Escaped are, beyond what JSON asks for, all that could move, hide or break a line where the
// entry is shown: C1 controls, U+2028 and U+2029, byte order marks and what turns the direction of
// writing. Invalid UTF-8 becomes U+FFFD. `to` has room for room_of_text(most).
char* put_text_slowly(char* to, std::string_view text, size_t most);

// `text` without what could move, hide or break a line: the same is written as `\u001b`, everything
// else stays as it is.
[[nodiscard]] std::string shown(std::string_view text);

namespace detail {

constexpr uint64_t kOnes = 0x0101010101010101U;
constexpr uint64_t kTops = 0x8080808080808080U;

// Not 0 where an octet is zero. Exact as a yes or no.
constexpr uint64_t zero_octets(uint64_t word) {
  return (word - kOnes) & ~word & kTops;
}
// Not 0 unless all 8 octets stand in a JSON string as they are: 0x20..0x7E without `"` and `\`.
constexpr uint64_t special_octets(uint64_t word) {
  return (word & kTops) | ((word - kOnes * 0x20) & ~word & kTops) |
         zero_octets(word ^ (kOnes * '"')) | zero_octets(word ^ (kOnes * '\\')) |
         zero_octets(word ^ (kOnes * 0x7F));
}

template <typename Word>
Word load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Copies `text` as it is; whether nothing in it had to be escaped.
[[gnu::always_inline]] inline bool put_plain(char* to, const char* from, size_t size) {
  uint64_t special = 0;
  if (size >= 8) {
    for (size_t i = 0; i + 8 <= size; i += 8) {
      const auto word = load<uint64_t>(from + i);
      special |= special_octets(word);
      std::memcpy(to + i, &word, 8);
    }
    const auto last = load<uint64_t>(from + size - 8);
    special |= special_octets(last);
    std::memcpy(to + size - 8, &last, 8);
  } else if (size >= 4) {
    const auto first = load<uint32_t>(from);
    const auto last = load<uint32_t>(from + size - 4);
    special = special_octets(uint64_t{first} | uint64_t{last} << 32);
    std::memcpy(to, &first, 4);
    std::memcpy(to + size - 4, &last, 4);
  } else if (size > 0) {
    const auto octet = [from](size_t i) { return uint64_t{static_cast<uint8_t>(from[i])}; };
    special = special_octets((kOnes * ' ' << 24) | octet(0) | octet(size / 2) << 8 |
                             octet(size - 1) << 16);
    to[size - 1] = from[size - 1];
    to[size / 2] = from[size / 2];
    to[0] = from[0];
  }
  return special == 0;
}

}  // namespace detail

[[gnu::always_inline]] inline char* put_text(char* to, std::string_view text, size_t most) {
  if (text.size() <= most) [[likely]] {
    if (detail::put_plain(to + 1, text.data(), text.size())) [[likely]] {
      *to = '"';
      to[1 + text.size()] = '"';
      return to + text.size() + 2;
    }
  }
  return put_text_slowly(to, text, most);
}

}  // namespace sally::ledger
