// What the model looks at: hashes of a text's words, pairs of words and pieces of words.
//
// A word is a run of letters and digits; Han, Kana and Hangul are words of one character each; a
// run of other signs is a mark. Letters are lower case, digits are 0, spaces tell nothing. Of a
// word: itself, its pieces of 3, 4 and 5 characters (its borders count as one), itself with the
// word before and with the one before that; of a character that is a word and of the two before it,
// all three; of a mark: itself, and with the word before. Of a word that the vocabulary knows the
// pieces are those that it is known by, in whatever order its letters are.
//
// Words and pairs of words with a meaning (vocabulary.h) are, besides, told of by it: whether one
// begins a sentence or a line, with the meaning before it and how far that is, with the two before
// it, and with the word before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "content/attack/vocabulary.h"
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

// The hash's highest bits are a row of the model. Its lowest tells what the feature counts, as that
// of the salt does.
[[nodiscard]] constexpr uint32_t spread(uint32_t value, uint32_t salt) {
  const uint64_t product = uint64_t{value ^ salt} * 0x9FB21C651E98DF25U;
  return (static_cast<uint32_t>(product >> 32 ^ product) & ~1U) | (salt & 1U);
}

}  // namespace internal

// What a feature is worth: words, and above all words together, say more than one of the many
// pieces that they have. Of its hash.
constexpr uint32_t kStrong = 2;
[[nodiscard]] constexpr uint32_t worth_of(uint32_t hash) {
  return 1 + (hash & 1U) * (kStrong - 1);
}
// What it adds to the count of features that a window's sum is divided by the root of.
[[nodiscard]] constexpr uint32_t square_of(uint32_t hash) {
  return 1 + (hash & 1U) * (kStrong * kStrong - 1);
}

// The key of a word of letters and digits, and of two words in a row.
[[nodiscard]] uint32_t key_of_word(std::string_view word);
[[nodiscard]] constexpr uint32_t key_of_pair(uint32_t first, uint32_t second) {
  return first * internal::kStep + second;
}

// Calls, in the order of the text:
//   sink.feature(hash, words)  for each feature; `words`: it is about the last token, and as many
//                              before it, marks not counted
//   sink.known(place)          for a word of the vocabulary, in place of itself, its pieces and its
//                              meaning
//   sink.token(begin, end)     when a word or mark at [begin, end) of `text` has been told of
//   sink.word(key, begin, end) before that, of a word, where the sink has such a member
// No token is longer than kMaxToken characters: a longer run is several. Linear time, no memory.
template <typename Sink>
class FeatureReader {
 public:
  static constexpr size_t kMaxToken = 32;
  static constexpr size_t kMaxMark = 8;

  // `vocabulary` outlives the reader.
  FeatureReader(std::string_view text, const Vocabulary& vocabulary, Sink& sink)
      : text_(text), vocabulary_(vocabulary), sink_(sink) {}

  void run() {
    size_t at = 0;
    while (at < text_.size()) {
      const Sign sign = internal::sign_at(text_, at);
      switch (sign.kind) {
        case SignKind::kSpace:
          begins_ |= text_[at] == '\n';
          at += sign.length;
          break;
        case SignKind::kWord:
          at = read_word(at);
          break;
        case SignKind::kIdeograph:
          ideograph(sign.code);
          tell_word(sign.code * internal::kStep, at, at + sign.length);
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
  static constexpr uint32_t kNear = 3;  // words between two meanings
  static constexpr uint32_t kFar = 10;
  enum Salt : uint32_t {  // odd: worth kStrong
    kPiece3 = 0x1B873592,
    kPiece4 = 0x85EBCA6A,
    kPiece5 = 0xC2B2AE34,
    kOneWord = 0x27D4EB2F,
    kTwoWords = 0x165667B1,
    kSkip = 0x5BD1E995,
    kThreeWords = 0x2545F491,
    kOneMark = 0x38495AB4,
    kWordMark = 0x6C62272E,
    kMeaning = 0x4CF5AD43,
    kBegins = 0x7FEB352D,
    kTwoMeanings = 0x846CA68B,
    kThreeMeanings = 0x68E31DA5,
    kWordMeaning = 0x31848BAB,
  };
  friend uint32_t key_of_word(std::string_view word);
  friend void own_features_of(std::string_view word, std::vector<uint32_t>& out);
  friend uint32_t feature_of_meaning(uint8_t meaning);

  void emit(uint32_t value, Salt salt, unsigned words) {
    sink_.feature(internal::spread(value, salt), words);
  }

  // Reads the word at `at` into codes_, between spaces; its key is in key_.
  size_t take_word(size_t at) {
    codes_[0] = ' ';
    size_t count = 1;
    uint32_t key = 0;
    while (at < text_.size() && count <= kMaxToken) {
      const Sign sign = internal::sign_at(text_, at);
      if (sign.kind != SignKind::kWord) {
        break;
      }
      codes_[count++] = sign.code;
      key += internal::mixed(sign.code);
      at += sign.length;
    }
    key += internal::mixed(codes_[1] ^ kFirst) + internal::mixed(codes_[count - 1] ^ kLast);
    codes_[count++] = ' ';
    count_ = count;
    key_ = key;
    return at;
  }

  void emit_pieces() {
    for (size_t i = 0; i + 2 < count_; ++i) {
      uint32_t piece =
          (codes_[i] * internal::kStep + codes_[i + 1]) * internal::kStep + codes_[i + 2];
      emit(piece, kPiece3, 0);
      if (i + 3 < count_) {
        piece = piece * internal::kStep + codes_[i + 3];
        emit(piece, kPiece4, 0);
      }
      if (i + 4 < count_) {
        emit(piece * internal::kStep + codes_[i + 4], kPiece5, 0);
      }
    }
    emit(key_, kOneWord, 0);
  }

  size_t read_word(size_t at) {
    const size_t begin = at;
    at = take_word(at);
    const uint32_t known = vocabulary_.find(key_);
    if (known == Vocabulary::kUnknown) {
      emit_pieces();
      word(key_, 0);
    } else {
      sink_.known(known);
      word(key_, vocabulary_[known].meaning);
    }
    tell_word(key_, begin, at);
    sink_.token(begin, at);
    return at;
  }

  void tell_word(uint32_t key, size_t begin, size_t end) {
    if constexpr (requires { sink_.word(key, begin, end); }) {
      sink_.word(key, begin, end);
    }
  }

  // A word with its meaning, which has told of itself.
  void word(uint32_t key, uint8_t meaning) {
    const uint32_t pair = key_of_pair(before_, key);
    emit(pair, kTwoWords, 1);
    emit(before_that_ * internal::kStep + key, kSkip, 2);
    unsigned words = 0;
    if (const uint32_t known = vocabulary_.find_pair(pair); known != Vocabulary::kUnknown) {
      sink_.known(known);
      meaning = vocabulary_[known].meaning;
      words = 1;
    }
    ++since_;
    if (meaning != 0) {
      tell(meaning, words);
    }
    before_that_ = before_;
    before_ = key;
    begins_ = false;
  }

  void tell(uint8_t meaning, unsigned words) {
    const uint32_t distance = since_ <= words + 1 ? 0
                              : since_ <= kNear   ? 1
                              : since_ <= kFar    ? 2
                                                  : 3;
    if (begins_) {
      emit(meaning, kBegins, words);
    }
    if (distance < 3) {
      const uint32_t two = last_meaning_ << 8 | meaning;
      emit(two << 2 | distance, kTwoMeanings, since_);
      emit(last_but_one_ << 16 | two, kThreeMeanings, since_);
      emit(before_ * internal::kStep + two, kWordMeaning, words + 1);
    }
    last_but_one_ = distance < 3 ? last_meaning_ : 0;
    last_meaning_ = meaning;
    since_ = 0;
  }

  void ideograph(uint32_t code) {
    const uint32_t key = code * internal::kStep;
    const uint32_t two = key_of_pair(before_, key);
    const uint32_t three = key_of_pair(key_of_pair(before_that_, before_), key);
    emit(key, kOneWord, 0);
    emit(three, kThreeWords, 2);
    const uint32_t known = vocabulary_.find_pair(three);
    if (known != Vocabulary::kUnknown && vocabulary_.find_pair(two) == Vocabulary::kUnknown) {
      sink_.known(known);
      word(key, vocabulary_[known].meaning);
    } else {
      word(key, 0);
    }
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
      begins_ |= sign.code == '.' || sign.code == '!' || sign.code == '?' || sign.code == ':' ||
                 sign.code == 0x3002;
      at += sign.length;
    }
    emit(hash, kOneMark, 0);
    emit(before_ * internal::kStep + hash, kWordMark, 1);
    sink_.token(begin, at);
    return at;
  }

  std::string_view text_;
  const Vocabulary& vocabulary_;
  Sink& sink_;
  std::array<uint32_t, kMaxToken + 2> codes_;  // of a word, between spaces
  size_t count_ = 0;                           // of them
  uint32_t key_ = 0;
  uint32_t before_ = 0;
  uint32_t before_that_ = 0;
  bool begins_ = true;     // the next word, a sentence or a line
  uint32_t since_ = kFar;  // words since the last meaning
  uint32_t last_meaning_ = 0;
  uint32_t last_but_one_ = 0;
};

// Appends the features of the pieces of a word and of itself, and that of a meaning: what known()
// stands for. Of a pair it is the meaning alone.
void own_features_of(std::string_view word, std::vector<uint32_t>& out);
[[nodiscard]] uint32_t feature_of_meaning(uint8_t meaning);

}  // namespace sally::content::attack
