#include "content/names/token.h"

#include <algorithm>

namespace sally::content::names {
namespace {

constexpr uint32_t kMaxPiece = 1U << 20;  // octets
constexpr uint64_t kWordSeed = 0xCBF29CE484222325U;

bool is_letter(CharClass what) {
  return what == CharClass::kUpper || what == CharClass::kLower || what == CharClass::kUncased;
}

// What was seen of a word so far.
struct Word {
  uint32_t uppers = 0;
  uint32_t lowers = 0;
  uint32_t uncased = 0;
  uint32_t digits = 0;
  bool upper_first = false;
  uint64_t hash = kWordSeed;

  void add(char32_t c, CharClass what, Token& token) {
    if (token.length == 0) {
      upper_first = what == CharClass::kUpper;
    }
    uppers += what == CharClass::kUpper ? 1 : 0;
    lowers += what == CharClass::kLower ? 1 : 0;
    uncased += what == CharClass::kUncased ? 1 : 0;
    digits += what == CharClass::kDigit ? 1 : 0;
    const char32_t lower = what == CharClass::kDigit ? U'0' : lower_of(c);
    hash = (hash ^ lower) * 0x100000001B3U;
    const uint64_t unit = lower & 0xFFFF;
    if (token.length < 4) {
      token.head |= unit << (16 * token.length);
    }
    token.tail = token.tail << 16 | unit;
    token.length = static_cast<uint8_t>(std::min(token.length + 1, 255));
  }

  [[nodiscard]] Shape shape() const {
    if (digits > 0 && uppers + lowers + uncased > 0) {
      return Shape::kAlnum;
    }
    if (digits > 0) {
      return static_cast<Shape>(static_cast<uint32_t>(Shape::kDigit1) + std::min(digits, 6U) - 1);
    }
    if (uppers + lowers == 0) {
      return Shape::kUncased;
    }
    if (uppers == 0) {
      return Shape::kLower;
    }
    if (lowers == 0) {
      return uppers == 1 ? Shape::kInitial : Shape::kUpper;
    }
    return upper_first && uppers == 1 ? Shape::kCapital : Shape::kMixed;
  }
};

// Where a piece that is full is cut: behind a line end or full stop of its second half.
size_t cut_of(const std::vector<Token>& tokens, size_t first, std::string_view piece) {
  for (size_t i = tokens.size(); i-- > first + kMaxTokens / 2;) {
    const Token& token = tokens[i];
    if (token.shape == Shape::kNewline ||
        (token.shape == Shape::kMark && piece[token.begin] == '.')) {
      return i + 1;
    }
  }
  return tokens.size();
}

}  // namespace

size_t tokenise(std::string_view text, size_t from, std::vector<Token>& out) {
  const std::string_view piece = text.substr(from, kMaxPiece);
  const size_t first = out.size();
  bool space = true;
  bool newline = true;  // one that would say nothing new
  size_t at = 0;
  while (at < piece.size() && out.size() - first < kMaxTokens) {
    Character c = character_at(piece, at);
    CharClass what = class_of(c.value);
    if (what == CharClass::kSpace) {
      if ((c.value == '\n' || c.value == '\r') && !newline) {
        Token token;
        token.begin = static_cast<uint32_t>(at);
        token.end = token.begin + 1;
        token.shape = Shape::kNewline;
        token.word = kWordSeed;
        out.push_back(token);
        newline = true;
      }
      space = true;
      at += c.length;
      continue;
    }
    Token token;
    token.begin = static_cast<uint32_t>(at);
    token.space_before = space;
    Word word;
    word.add(c.value, what, token);
    at += c.length;
    if (what == CharClass::kIdeo || what == CharClass::kOther) {
      token.shape = what == CharClass::kIdeo ? Shape::kIdeo : Shape::kMark;
    } else {
      while (at < piece.size()) {
        c = character_at(piece, at);
        what = class_of(c.value);
        if (!is_letter(what) && what != CharClass::kDigit) {
          break;
        }
        word.add(c.value, what, token);
        at += c.length;
      }
      token.shape = word.shape();
    }
    token.word = mixed(word.hash, 1);
    token.end = static_cast<uint32_t>(at);
    out.push_back(token);
    space = false;
    newline = false;
  }
  if (from + at == text.size()) {
    return text.size();
  }
  if (out.size() - first == kMaxTokens) {
    out.resize(cut_of(out, first, piece));
    at = out.back().end;
  }
  return from + at;
}

uint64_t word_hash(std::string_view word) {
  std::vector<Token> tokens;
  tokenise(word, 0, tokens);
  return tokens.size() == 1 ? tokens[0].word : 0;
}

}  // namespace sally::content::names
