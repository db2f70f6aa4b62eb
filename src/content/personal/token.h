// Tokens: one pass that cuts a text into runs of letters and digits, and notes the words that say
// what a number near them may be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "content/personal/context.h"

namespace sally::content::personal {

// The class of an octet. Everything that is not ASCII counts as a letter of words.
enum class OctetClass : uint8_t { kOther, kDigit, kUpper, kLower, kHigh };
[[nodiscard]] OctetClass class_of(char octet);
[[nodiscard]] inline bool is_alnum(char octet) {
  const OctetClass octet_class = class_of(octet);
  return octet_class != OctetClass::kOther && octet_class != OctetClass::kHigh;
}

// A run of ASCII letters and digits, or of letters of which some are not ASCII.
struct Token {
  size_t begin = 0;
  size_t end = 0;
  uint32_t shape = 0;  // extend_shape over its characters
  uint32_t digits = 0;
  uint32_t uppers = 0;
  uint32_t lowers = 0;
  bool high = false;  // holds something that is not ASCII

  [[nodiscard]] size_t size() const { return end - begin; }
};

// The shape of a text is its hash with `9` for digits and `A` for letters.
constexpr uint32_t kShapeFactor = 0x01000193U;
constexpr uint32_t extend_shape(uint32_t shape, char symbol) {
  return shape * kShapeFactor + static_cast<unsigned char>(symbol);
}

// A word of context.def in the text.
struct ContextHit {
  size_t token = 0;  // its (last) word
  const ContextWords::Meaning* meaning = nullptr;
};

struct Tokens {
  std::vector<Token> tokens;
  std::vector<ContextHit> hits;
};

// Fills `out`, which was cleared.
void cut(std::string_view text, const ContextWords& words, Tokens& out);

}  // namespace sally::content::personal
