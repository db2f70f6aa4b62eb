// Vocabulary: the frequent words that the model knows by heart: what a word means, as far as it
// matters here (train/lexicon.def), and what all of its pieces weigh together.
//
// A word is known by its letters, whatever the order of those within: what a reader makes of a
// shuffled word. Two words in a row can be one meaning; they are known as a pair.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace sally::content::attack {

constexpr uint8_t kMeanings = 64;  // at most
constexpr size_t kLanes = 8;       // of a row of weights; heads use the first of them

struct KnownWord {
  uint32_t key = 0;                    // 0: none is here
  std::array<int16_t, kLanes> sums{};  // of the weights of its pieces, in the model's units
  uint8_t count = 0;                   // of them
  uint8_t meaning = 0;                 // 0: none
  uint8_t is_pair = 0;                 // 1: `key` is that of two words
  uint8_t unused = 0;
};
static_assert(sizeof(KnownWord) == 24);

class Vocabulary {
 public:
  static constexpr uint32_t kUnknown = 0xFFFF'FFFF;
  static constexpr uint32_t kMinBits = 2;
  static constexpr uint32_t kMaxBits = 16;

  Vocabulary() : Vocabulary(kMinBits) {}
  // An empty one with 2^bits places.
  explicit Vocabulary(uint32_t bits)
      : shift_(32 - bits), words_(size_t{1} << bits), pairs_(kPairWords) {}

  // The place of the word or pair with that key, or kUnknown.
  [[nodiscard]] uint32_t find(uint32_t key) const {
    const auto mask = static_cast<uint32_t>(words_.size() - 1);
    for (uint32_t at = place_of(key);; at = (at + 1) & mask) {
      if (words_[at].key == key && key != 0) {
        return at;
      }
      if (words_[at].key == 0) {
        return kUnknown;
      }
    }
  }
  // As find(), for two words in a row, which hardly ever are known: a look into a small table.
  [[nodiscard]] uint32_t find_pair(uint32_t key) const {
    const uint32_t bit = key * 0x9E3779B1U >> 16;
    return (pairs_[bit / 64] >> bit % 64 & 1U) == 0 ? kUnknown : find(key);
  }
  [[nodiscard]] const KnownWord& operator[](uint32_t at) const { return words_[at]; }
  [[nodiscard]] KnownWord& operator[](uint32_t at) { return words_[at]; }
  [[nodiscard]] std::span<const KnownWord> places() const { return words_; }
  [[nodiscard]] uint32_t bits() const { return 32 - shift_; }

  // Whether there is a place left; a quarter of them stays empty. A key that is known is kept as it
  // is.
  bool add(const KnownWord& word);
  // As they stand in a file. False where they cannot be so: none would be found, or searched for
  // without end.
  static bool from_places(std::span<const KnownWord> places, Vocabulary& out);

 private:
  static constexpr size_t kPairWords = (size_t{1} << 16) / 64;

  [[nodiscard]] uint32_t place_of(uint32_t key) const { return key * 0x9E3779B1U >> shift_; }

  uint32_t shift_;
  size_t count_ = 0;
  std::vector<KnownWord> words_;
  std::vector<uint64_t> pairs_;  // a bit for each hash of a pair's key
};

}  // namespace sally::content::attack
