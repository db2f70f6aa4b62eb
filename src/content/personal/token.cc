#include "content/personal/token.h"

#include <array>

namespace sally::content::personal {
namespace {

constexpr auto kClasses = [] {
  std::array<OctetClass, 256> classes{};
  for (size_t i = 0; i < 256; ++i) {
    classes[i] = i >= '0' && i <= '9'   ? OctetClass::kDigit
                 : i >= 'A' && i <= 'Z' ? OctetClass::kUpper
                 : i >= 'a' && i <= 'z' ? OctetClass::kLower
                 : i >= 0x80            ? OctetClass::kHigh
                                        : OctetClass::kOther;
  }
  return classes;
}();

OctetClass class_at(std::string_view text, size_t at) {
  return kClasses[static_cast<unsigned char>(text[at])];
}

// The length of a character that is a word of its own (CJK, Kana, Hangul, Thai); 0 otherwise.
size_t ideograph_at(std::string_view text, size_t at) {
  if (text.size() - at < 3) {
    return 0;
  }
  const auto first = static_cast<unsigned char>(text[at]);
  const auto second = static_cast<unsigned char>(text[at + 1]);
  return (first >= 0xE3 && first <= 0xED) || (first == 0xE0 && (second == 0xB8 || second == 0xB9))
             ? 3
             : 0;
}

// A capital letter of two octets (Latin-1, Greek, Cyrillic) as its small one; others as they are.
struct Pair {
  unsigned char first;
  unsigned char second;
};
Pair folded(unsigned char first, unsigned char second) {
  const auto up = [second](unsigned by) { return static_cast<unsigned char>(second + by); };
  const auto down = [second](unsigned by) { return static_cast<unsigned char>(second - by); };
  switch (first) {
    case 0xC3:  // À to Þ
      return {first, second >= 0x80 && second <= 0x9E && second != 0x97 ? up(0x20) : second};
    case 0xCE:  // Α to Ο, Π to Ω
      if (second >= 0x91 && second <= 0x9F) {
        return {first, up(0x20)};
      }
      return second >= 0xA0 && second <= 0xA9 ? Pair{0xCF, down(0x20)} : Pair{first, second};
    case 0xD0:  // Ѐ to Џ, А to П, Р to Я
      if (second >= 0x80 && second <= 0x8F) {
        return {0xD1, up(0x10)};
      }
      if (second >= 0x90 && second <= 0x9F) {
        return {first, up(0x20)};
      }
      return second >= 0xA0 && second <= 0xAF ? Pair{0xD1, down(0x20)} : Pair{first, second};
    default:
      return {first, second};
  }
}

// Looks words up in the order in which they stand.
class WordLooker {
 public:
  WordLooker(const ContextWords& words, Tokens& out) : words_(words), out_(out) {}

  void see(uint32_t hash, size_t token) {
    if (const auto* meaning = words_.find(hash); meaning != nullptr) {
      if (!meaning->groups.empty()) {
        out_.hits.push_back({token, meaning});
      }
      if (meaning->ends_pair) {
        const auto* pair = words_.find(pair_of(previous_, hash));
        if (pair != nullptr && !pair->groups.empty()) {
          out_.hits.push_back({token, pair});
        }
      }
    }
    previous_ = hash;
  }

 private:
  const ContextWords& words_;
  Tokens& out_;
  uint32_t previous_ = 0;
};

}  // namespace

OctetClass class_of(char octet) {
  return kClasses[static_cast<unsigned char>(octet)];
}

void cut(std::string_view text, const ContextWords& words, Tokens& out) {
  WordLooker looker(words, out);
  out.tokens.reserve(text.size() / 5 + 8);
  size_t at = 0;
  while (at < text.size()) {
    OctetClass now = class_at(text, at);
    if (now == OctetClass::kOther) {
      ++at;
      continue;
    }
    Token token;
    token.begin = at;
    const size_t index = out.tokens.size();
    uint32_t part = kWordStart;   // since the last change from lower to upper case
    uint32_t whole = kWordStart;  // since the token's beginning
    bool parted = false;
    OctetClass before = OctetClass::kOther;
    while (true) {
      const auto octet = static_cast<unsigned char>(text[at]);
      if (now == OctetClass::kDigit) {
        if (token.digits == 0 && whole != kWordStart) {
          looker.see(whole, index);  // `MRN` in `MRN1234567`
        }
        ++token.digits;
        token.shape = extend_shape(token.shape, '9');
      } else if (now == OctetClass::kHigh) {
        token.high = true;
        if (ideograph_at(text, at) != 0) {
          if (part != kWordStart) {
            looker.see(part, index);
          }
          const uint32_t character = extend_word(
              extend_word(extend_word(kWordStart, octet), static_cast<unsigned char>(text[at + 1])),
              static_cast<unsigned char>(text[at + 2]));
          looker.see(character, index);
          part = kWordStart;
          whole = kWordStart;
          at += 2;
        } else if ((octet == 0xC3 || octet == 0xCE || octet == 0xD0) && at + 1 < text.size() &&
                   class_at(text, at + 1) == OctetClass::kHigh) {
          const Pair pair = folded(octet, static_cast<unsigned char>(text[at + 1]));
          part = extend_word(extend_word(part, pair.first), pair.second);
          whole = extend_word(extend_word(whole, pair.first), pair.second);
          ++at;
        } else {
          part = extend_word(part, octet);
          whole = extend_word(whole, octet);
        }
      } else {
        const bool upper = now == OctetClass::kUpper;
        token.uppers += upper ? 1 : 0;
        token.lowers += upper ? 0 : 1;
        token.shape = extend_shape(token.shape, 'A');
        if (upper && before == OctetClass::kLower && token.digits == 0) {
          looker.see(part, index);
          part = kWordStart;
          parted = true;
        }
        const auto lower = static_cast<unsigned char>(upper ? octet | 0x20U : octet);
        part = extend_word(part, lower);
        whole = extend_word(whole, lower);
      }
      before = now;
      if (++at >= text.size()) {
        break;
      }
      now = class_at(text, at);
      // A digit beside something that is not ASCII begins a token of its own.
      if (now == OctetClass::kOther || (now == OctetClass::kHigh && token.digits > 0) ||
          (now == OctetClass::kDigit && token.high)) {
        break;
      }
    }
    token.end = at;
    if (token.digits == 0 || (token.digits <= 2 && token.uppers + token.lowers > token.digits)) {
      if (part != kWordStart) {
        looker.see(part, index);
      }
      if (parted) {
        looker.see(whole, index);
      }
    }
    out.tokens.push_back(token);
  }
}

}  // namespace sally::content::personal
