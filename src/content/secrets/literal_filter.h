// LiteralFilter: where in a text may one of many literals begin? Looks at three octets at a time
// and passes most of a text over at a fraction of a nanosecond per octet. It may say "perhaps" too
// often, never too rarely.
//
// Every literal belongs to one of eight groups. For each of its first three octets there is a table
// from the octet's halves to the groups that allow it; a position passes when one group is left
// after all three. (The idea is Teddy's, of Hyperscan: Wang et al., NSDI 2019.) Hundreds of
// literals leave too many positions; where all of them begin tokens, it is the tokens' length that
// tells: few words of prose are as long as a key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sally::content {

class LiteralFilter {
 public:
  static constexpr size_t kWidth = 3;

  // `keys`: the first octets of each literal, exactly; with both cases of a letter where case does
  // not count.
  using Key = std::array<uint8_t, kWidth>;
  // kPortable does without what only some processors have; the answers are the same.
  enum class Engine : uint8_t { kFastest, kPortable };
  // kFolded looks at text and keys with bit 5 of every octet set, which takes the letters of ASCII
  // for lower case, and a few other octets for one another.
  enum class Case : uint8_t { kExact, kFolded };
  explicit LiteralFilter(std::vector<Key> keys, Engine engine = Engine::kFastest,
                         Case letters = Case::kExact);
  // The literals of `tokens` begin only where a word does: not behind a letter, a digit or `_`,
  // unless that stands behind a backslash; the first two positions of a text count as such. And
  // with them begin kToken octets that is_visible, or the rest of the text is.
  LiteralFilter(std::vector<Key> tokens, std::vector<Key> anywhere,
                Engine engine = Engine::kFastest);
  static constexpr size_t kToken = 15;
  static constexpr bool is_visible(char c) { return static_cast<signed char>(c) > ' '; }

  // Calls `take` with every position in [from, text.size() - 2) where a literal may begin, in
  // order. The last two positions are the caller's.
  template <typename Take>
  void for_each(std::string_view text, size_t from, Take take) const {
    [[clang::uninitialized]] Hits hits;  // else all of it is set to zero for every text
    hits.count = 0;
    while (from < text.size()) {
      from = find(text, from, hits);
      for (size_t i = 0; i < hits.count; ++i) {
        take(hits.at[i]);
      }
    }
  }

 private:
  // One octet's place in a literal: the groups by its lower and by its upper half.
  struct Halves {
    alignas(16) std::array<uint8_t, 16> low{};
    alignas(16) std::array<uint8_t, 16> high{};
  };

  struct Hits {
    static constexpr size_t kEnough = 64;
    size_t count;
    std::array<size_t, kEnough + 32> at;
  };
  void note(const Key& key);
  void build(std::vector<Key> keys);
  // Fills `hits` until there are enough, and returns where to go on; text.size() at the end.
  size_t find(std::string_view text, size_t from, Hits& hits) const;

  [[nodiscard]] uint8_t octet(char c) const { return static_cast<uint8_t>(c) | fold_; }
  [[nodiscard]] bool passes(std::string_view text, size_t at) const;
  [[nodiscard]] static bool begins_token(std::string_view text, size_t at);
  // Whether the three octets at `at` may be a key: nearly exact.
  [[nodiscard]] bool is_key(const char* at) const {
    const size_t hash = hash_of(octet(at[0]), octet(at[1]), octet(at[2]));
    return (hashes_[hash / 64] >> (hash % 64) & 1U) != 0;
  }
  static constexpr size_t kHashBits = 16;
  static size_t hash_of(uint32_t first, uint32_t second, uint32_t third) {
    return ((first | second << 8 | third << 16) * 0x85EBCA6BU) >> (32 - kHashBits);
  }
  size_t find_by_octets(std::string_view text, size_t from, size_t to, Hits& hits) const;
#if defined(__x86_64__)
  size_t find_by_avx2(std::string_view text, size_t from, Hits& hits) const;
#endif
  bool fast_ = false;
  uint8_t fold_;
  bool tokens_;  // there are literals that begin tokens; the tables are of the others alone
  std::array<Halves, kWidth> halves_;
  std::array<uint64_t, (1U << kHashBits) / 64> hashes_{};
};

}  // namespace sally::content
