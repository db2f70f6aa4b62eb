// What the model looks at: hashes of a text's words, pairs of words and pieces of words.
//
// A word is a run of letters and digits; Han, Kana and Hangul are words of one character each; a
// run of other signs is a mark. Letters are lower case, digits are 0, spaces tell nothing. Of a
// word: itself, its pieces of 3, 4 and 5 characters (its borders count as one), itself with the
// word before and with the one before that; of a character that is a word and of the two before it,
// all three; of a mark: itself, and with the word before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "content/names/characters.h"

namespace sally::content::attack {

enum class SignKind : uint8_t { kSpace, kWord, kIdeograph, kMark };

struct Sign {
  uint32_t code = 0;    // folded
  uint32_t length = 1;  // octets
  SignKind kind = SignKind::kSpace;
};

namespace internal {

// What stands for each ASCII character.
struct AsciiSign {
  uint8_t code;
  SignKind kind;
};
extern const std::array<AsciiSign, 128> kAsciiSigns;

// The sign at `at` that is not ASCII.
[[nodiscard]] Sign other_sign(std::string_view text, size_t at);

[[nodiscard]] inline Sign sign_at(std::string_view text, size_t at) {
  const auto octet = static_cast<uint8_t>(text[at]);
  if (octet < 0x80) {
    const AsciiSign& ascii = kAsciiSigns[octet];
    return {ascii.code, 1, ascii.kind};
  }
  return other_sign(text, at);
}

constexpr uint32_t kStep = 0x9E3779B1U;

// For sums in which the order does not matter.
[[nodiscard]] constexpr uint32_t mixed(uint32_t code) {
  const uint32_t product = (code + 1) * kStep;
  return (product ^ product >> 15) * 0x85EBCA77U;
}

// The hash's highest bits are a row of the model.
[[nodiscard]] constexpr uint32_t spread(uint32_t value, uint32_t salt) {
  const uint64_t product = uint64_t{value ^ salt} * 0x9FB21C651E98DF25U;
  return static_cast<uint32_t>(product >> 32 ^ product);
}

}  // namespace internal

// Calls, in the order of the text:
//   sink.feature(hash, words)  for each feature; `words`: it is about the last token, and as many
//                              before it, marks not counted
//   sink.token(begin, end)     when a word or mark at [begin, end) of `text` has been told of
// No token is longer than kMaxToken characters: a longer run is several. Linear time, no memory.
template <typename Sink>
class FeatureReader {
 public:
  static constexpr size_t kMaxToken = 32;
  static constexpr size_t kMaxMark = 8;

  FeatureReader(std::string_view text, Sink& sink) : text_(text), sink_(sink) {}

  void run() {
    size_t at = 0;
    while (at < text_.size()) {
      const Sign sign = internal::sign_at(text_, at);
      switch (sign.kind) {
        case SignKind::kSpace:
          at += sign.length;
          break;
        case SignKind::kWord:
          at = read_word(at);
          break;
        case SignKind::kIdeograph:
          ideograph(sign.code);
          sink_.token(at, at + sign.length);
          at += sign.length;
          break;
        case SignKind::kMark:
          at = read_mark(at);
          break;
      }
    }
  }

 private:
  static constexpr uint32_t kFirst = 0x0100'0000;
  static constexpr uint32_t kLast = 0x0200'0000;
  enum Salt : uint32_t {
    kPiece3 = 0x1B873593,
    kPiece4 = 0x85EBCA6B,
    kPiece5 = 0xC2B2AE35,
    kOneWord = 0x27D4EB2F,
    kTwoWords = 0x165667B1,
    kSkip = 0x5BD1E995,
    kThreeWords = 0x2545F491,
    kOneMark = 0x38495AB5,
    kWordMark = 0x6C62272E,
  };

  void emit(uint32_t value, Salt salt, unsigned words) {
    sink_.feature(internal::spread(value, salt), words);
  }

  size_t read_word(size_t at) {
    const size_t begin = at;
    std::array<uint32_t, kMaxToken + 2>& codes = codes_;
    codes[0] = ' ';
    size_t count = 1;
    uint32_t hash = 0;
    while (at < text_.size() && count <= kMaxToken) {
      const Sign sign = internal::sign_at(text_, at);
      if (sign.kind != SignKind::kWord) {
        break;
      }
      codes[count++] = sign.code;
      hash += internal::mixed(sign.code);
      at += sign.length;
    }
    hash += internal::mixed(codes[1] ^ kFirst) + internal::mixed(codes[count - 1] ^ kLast);
    codes[count++] = ' ';
    for (size_t i = 0; i + 2 < count; ++i) {
      uint32_t piece = (codes[i] * internal::kStep + codes[i + 1]) * internal::kStep + codes[i + 2];
      emit(piece, kPiece3, 0);
      if (i + 3 < count) {
        piece = piece * internal::kStep + codes[i + 3];
        emit(piece, kPiece4, 0);
      }
      if (i + 4 < count) {
        emit(piece * internal::kStep + codes[i + 4], kPiece5, 0);
      }
    }
    word(hash);
    sink_.token(begin, at);
    return at;
  }

  void word(uint32_t hash) {
    emit(hash, kOneWord, 0);
    emit(before_ * internal::kStep + hash, kTwoWords, 1);
    emit(before_that_ * internal::kStep + hash, kSkip, 2);
    before_that_ = before_;
    before_ = hash;
  }

  void ideograph(uint32_t code) {
    const uint32_t hash = code * internal::kStep;
    emit((before_that_ * internal::kStep + before_) * internal::kStep + hash, kThreeWords, 2);
    word(hash);
  }

  size_t read_mark(size_t at) {
    const size_t begin = at;
    uint32_t hash = 0;
    for (size_t count = 0; at < text_.size() && count < kMaxMark; ++count) {
      const Sign sign = internal::sign_at(text_, at);
      if (sign.kind != SignKind::kMark) {
        break;
      }
      hash = (hash + sign.code) * internal::kStep;
      at += sign.length;
    }
    emit(hash, kOneMark, 0);
    emit(before_ * internal::kStep + hash, kWordMark, 1);
    sink_.token(begin, at);
    return at;
  }

  std::string_view text_;
  Sink& sink_;
  std::array<uint32_t, kMaxToken + 2> codes_;  // of a word, between spaces
  uint32_t before_ = 0;
  uint32_t before_that_ = 0;
};

}  // namespace sally::content::attack
