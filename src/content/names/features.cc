#include "content/names/features.h"

#include <algorithm>

namespace sally::content::names {
namespace {

constexpr uint32_t kNameFlags = flag(WordBit::kGiven) | flag(WordBit::kSurname) |
                                flag(WordBit::kPlace) | flag(WordBit::kRegion) |
                                flag(WordBit::kOrganization) | flag(WordBit::kStreet) |
                                flag(WordBit::kTitle) | flag(WordBit::kLegalForm);
constexpr uint32_t kSureFlags = flag(WordBit::kGivenCommon) | flag(WordBit::kPlaceLarge) |
                                flag(WordBit::kRegion) | flag(WordBit::kTitle) |
                                flag(WordBit::kStreet);
// What neighbours say to each other: fewer bits, so that the pairs are seen often.
constexpr uint32_t kCoarseFlags = kNameFlags | flag(WordBit::kCommon);

bool is_word(Shape shape) {
  return shape <= Shape::kUncased;
}

Case case_of(std::span<const Token> tokens) {
  size_t upper = 0;
  size_t lower = 0;
  for (const Token& token : tokens) {
    upper += token.shape == Shape::kCapital || token.shape == Shape::kInitial ||
                     token.shape == Shape::kUpper || token.shape == Shape::kMixed
                 ? 1
                 : 0;
    lower += token.shape == Shape::kCapital || token.shape == Shape::kLower ||
                     token.shape == Shape::kMixed
                 ? 1
                 : 0;
  }
  if (upper == 0) {
    return lower == 0 ? Case::kNone : Case::kLower;
  }
  return lower == 0 && upper > 1 ? Case::kUpper : Case::kMixed;
}

bool is_core(const Token& token, Case letters) {
  switch (token.shape) {
    case Shape::kMark:
    case Shape::kNewline:
    case Shape::kEdge:
      return false;
    case Shape::kLower: {
      const bool is_common = (token.gazetteer & flag(WordBit::kCommon)) != 0;
      if (letters == Case::kLower) {
        return is_common ? (token.gazetteer & kSureFlags) != 0 : token.length >= 3;
      }
      return !is_common && (token.gazetteer & kNameFlags) != 0;
    }
    case Shape::kCapital:
    case Shape::kInitial:
    case Shape::kUpper:
    case Shape::kMixed:
    case Shape::kUncased:
    case Shape::kIdeo:
    case Shape::kDigit1:
    case Shape::kDigit2:
    case Shape::kDigit3:
    case Shape::kDigit4:
    case Shape::kDigit5:
    case Shape::kDigits:
    case Shape::kAlnum:
      return true;
  }
  return false;
}

// Collects rows: each template has a number of its own.
class Rows {
 public:
  Rows(uint32_t row_bits, FeatureRows& rows) : shift_(64 - row_bits), rows_(rows) {}
  void add(uint64_t number, uint64_t a) {
    rows_[count_++] = static_cast<uint32_t>((mixed(a, number) * 0x9E3779B97F4A7C15U) >> shift_);
  }
  void add(uint64_t number, uint64_t a, uint64_t b) { add(number, a * 0xC2B2AE3D27D4EB4FU + b); }
  void add(uint64_t number, uint64_t a, uint64_t b, uint64_t c) {
    add(number, mixed(a, c) * 0xC2B2AE3D27D4EB4FU + b);
  }
  [[nodiscard]] size_t count() const { return count_; }

 private:
  uint32_t shift_;
  FeatureRows& rows_;
  size_t count_ = 0;
};

// What the lists of one kind say.
uint64_t as_person(const Token& token) {
  return token.gazetteer & (flag(WordBit::kGiven) | flag(WordBit::kGivenCommon) |
                            flag(WordBit::kSurname) | flag(WordBit::kSurnameCommon));
}
uint64_t as_place(const Token& token) {
  constexpr uint32_t kPhrases = flag(PhraseBit::kInPlace) | flag(PhraseBit::kInRegion) |
                                flag(PhraseBit::kWholePlace) | flag(PhraseBit::kWholeRegion);
  return (token.gazetteer &
          (flag(WordBit::kPlace) | flag(WordBit::kPlaceLarge) | flag(WordBit::kRegion))) |
         uint64_t{token.phrase & (kPhrases | kPhrases << 16)} << 20;
}
uint64_t as_organization(const Token& token) {
  constexpr uint32_t kPhrases =
      flag(PhraseBit::kInOrganization) | flag(PhraseBit::kWholeOrganization);
  return (token.gazetteer & (flag(WordBit::kOrganization) | flag(WordBit::kInOrganization) |
                             flag(WordBit::kLegalForm))) |
         uint64_t{token.phrase & (kPhrases | kPhrases << 16)} << 20;
}
uint64_t as_word(const Token& token) {
  return token.gazetteer & (flag(WordBit::kCommon) | flag(WordBit::kNotName) |
                            flag(WordBit::kOccupation) | flag(WordBit::kTitle));
}

uint64_t coarse(const Token& token) {
  return token.gazetteer & kCoarseFlags;
}

}  // namespace

size_t Piece::read(std::string_view text, size_t from, const Gazetteer& gazetteer) {
  tokens.assign(kContext, Token{});
  const size_t next = tokenise(text, from, tokens);
  const size_t last = tokens.size();
  tokens.resize(last + kContext);
  const std::span<Token> own(&tokens[kContext], last - kContext);
  letters = case_of(own);
  for (Token& token : own) {
    if (is_word(token.shape) && token.length >= 2) {
      token.gazetteer = gazetteer.find(token.word);
    }
    token.is_core = is_core(token, letters);
  }
  for (size_t i = kContext; i + 1 < last; ++i) {
    if ((tokens[i].gazetteer & flag(WordBit::kBeginsPhrase)) == 0) {
      continue;
    }
    const uint32_t found =
        gazetteer.find(Gazetteer::phrase_key(tokens[i].word, tokens[i + 1].word));
    tokens[i].phrase |= found;
    tokens[i + 1].phrase |= found << 16;
    if (found != 0 && letters == Case::kLower) {
      tokens[i].is_core = true;
      tokens[i + 1].is_core = true;
    }
  }
  is_candidate.assign(tokens.size(), 0);
  for (size_t i = kContext; i < last; ++i) {
    const bool before = tokens[i - 1].is_core || tokens[i - 2].is_core;
    const bool behind = tokens[i + 1].is_core || tokens[i + 2].is_core;
    is_candidate[i] = tokens[i].is_core || (before && behind) ? 1 : 0;
  }
  return next;
}

size_t features_of(const Piece& piece, size_t at, uint32_t row_bits, FeatureRows& rows) {
  const Token& a = piece.tokens[at - 2];
  const Token& b = piece.tokens[at - 1];
  const Token& c = piece.tokens[at];
  const Token& d = piece.tokens[at + 1];
  const Token& e = piece.tokens[at + 2];
  const auto look = [](const Token& token) {
    return static_cast<uint64_t>(token.shape) * 2 + (token.space_before ? 1 : 0);
  };
  const uint64_t shape = look(c);
  const auto letters = static_cast<uint64_t>(piece.letters);
  Rows out(row_bits, rows);
  out.add(1, c.word);
  out.add(2, c.word, shape * 4 + letters);
  out.add(3, b.word, look(b) * 64 + shape);
  out.add(4, d.word, look(d) * 64 + shape);
  out.add(5, a.word);
  out.add(6, e.word);
  out.add(7, b.word, c.word);
  out.add(8, c.word, d.word);
  out.add(9, b.word, d.word, shape);
  out.add(10, b.word, a.word, shape);
  out.add(11, d.word, e.word, shape);
  if (c.shape == Shape::kIdeo) {
    out.add(12, a.word, b.word, c.word);
    out.add(13, b.word, c.word, d.word);
    out.add(14, c.word, d.word, e.word);
    out.add(15, look(a), look(b), look(d) * 64 + look(e));
    return out.count();
  }
  out.add(16, c.head & 0xFFFFFFFFU, shape);
  out.add(17, c.head & 0xFFFFFFFFFFFFU, shape);
  out.add(18, c.head, shape);
  out.add(19, c.tail & 0xFFFFFFFFU, shape);
  out.add(20, c.tail & 0xFFFFFFFFFFFFU, shape);
  out.add(21, c.tail, shape);
  out.add(22, look(b), shape, look(d));
  out.add(23, look(a), look(b), shape);
  out.add(24, shape, look(d), look(e));
  out.add(25, look(a) * 64 + look(b), shape, look(d) * 64 + look(e));
  out.add(26, c.gazetteer, shape * 4 + letters);
  out.add(27, coarse(b) * 64 + look(b), c.gazetteer, shape);
  out.add(28, c.gazetteer, coarse(d) * 64 + look(d), shape);
  out.add(29, coarse(b), coarse(c), coarse(d) * 64 + shape);
  out.add(30, c.phrase, shape);
  out.add(31, b.word, coarse(c), shape);
  out.add(32, d.word, coarse(c), shape);
  out.add(33, std::min<uint64_t>(c.length, 12), shape * 4 + letters);
  out.add(35, as_person(c), shape);
  out.add(36, as_place(c), shape);
  out.add(37, as_organization(c), shape);
  out.add(38, as_word(c), shape);
  out.add(39, as_person(b), as_person(c), as_person(d) * 64 + shape);
  if (c.phrase != 0) {
    out.add(34, c.phrase, c.gazetteer);
  }
  return out.count();
}

}  // namespace sally::content::names
