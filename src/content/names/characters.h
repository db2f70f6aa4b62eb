// Characters as the tagger sees them: UTF-8 read leniently, a coarse class, a simple lower case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sally::content::names {

enum class CharClass : uint8_t {
  kSpace,
  kUpper,    // a cased letter, upper or title case
  kLower,    // a cased letter, lower case
  kUncased,  // a letter or mark of a script without case
  kIdeo,     // of a script that is tagged by the character: Han, Kana, Hangul
  kDigit,
  kOther,  // punctuation, symbols, octets that are no UTF-8
};

struct Character {
  char32_t value = 0;   // U+FFFD for an octet that is no UTF-8
  uint32_t length = 1;  // octets
};

// The character at `at` < text.size(). Never reads behind the text.
[[nodiscard]] Character character_at(std::string_view text, size_t at);

[[nodiscard]] CharClass class_of(char32_t c);
// The simple lower case of Latin, Greek, Cyrillic and Armenian letters; everything else as it is.
[[nodiscard]] char32_t lower_of(char32_t c);

}  // namespace sally::content::names
