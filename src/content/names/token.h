// Token: a word, a number, a mark or a character of a text without spaces between words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "content/names/characters.h"

namespace sally::content::names {

// What a token looks like.
enum class Shape : uint8_t {
  kLower,    // word
  kCapital,  // Word
  kInitial,  // W
  kUpper,    // WORD
  kMixed,    // wORd, McWord
  kUncased,  // of a script without case
  kIdeo,     // one character of Han, Kana or Hangul
  kDigit1,   // 7
  kDigit2,   // 71
  kDigit3,   // 710
  kDigit4,   // 7100
  kDigit5,   // 71000
  kDigits,   // more of them
  kAlnum,    // digits and letters: 70a, SW1A
  kMark,     // one character of any other kind
  kNewline,  // the first line end of a row of them
  kEdge,     // before the first token and behind the last
};

struct Token {
  uint32_t begin = 0;  // octets, in the piece of text that was looked at
  uint32_t end = 0;
  uint64_t word = 0;  // hash of the lower-case form; every digit counts as 0
  uint64_t head = 0;  // the first four characters, lower case, 16 bits each, the first one lowest
  uint64_t tail = 0;  // the last four characters, the last one lowest
  uint32_t gazetteer = 0;  // WordFlag of the word; set by the tagger
  uint32_t phrase = 0;     // PhraseFlag of this and the next, or the one before and this
  Shape shape = Shape::kEdge;
  uint8_t length = 0;         // characters, at most 255
  bool space_before = false;  // white space or the text's begin
  bool is_core = false;       // may be part of a name by itself
};

inline constexpr size_t kMaxTokens = 512;

// A hash of two.
constexpr uint64_t mixed(uint64_t a, uint64_t b) {
  const uint64_t x = (a ^ (b * 0x9E3779B97F4A7C15U)) * 0xFF51AFD7ED558CCDU;
  return x ^ (x >> 29);
}

// Appends the tokens of the next piece of `text` from `from`, at most kMaxTokens; a piece that does
// not reach the text's end ends at a line end or a full stop where there is one in its second half.
// Returns where the next piece begins. Offsets count from `from`; a piece is less than 2^32 octets
// (a longer word or gap is cut).
size_t tokenise(std::string_view text, size_t from, std::vector<Token>& out);

// The hash that Token::word has for a word by itself; 0 where it is not one token.
[[nodiscard]] uint64_t word_hash(std::string_view word);

}  // namespace sally::content::names
