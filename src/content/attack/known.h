// KnownAttacks: texts that are known to be attacks, by hashes of their words; no text is kept.
//
// Of each text there is the hash of all its words in their order, and a sketch: of the hashes of
// its runs of kRun words the smallest (Broder 1997, bottom-k), whose share in another text
// estimates how much of the attack that text contains, however long it is. A word is what
// FeatureReader makes of it: case, marks, digits and the order of letters within tell nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/attack/features.h"
#include "content/attack/model.h"

namespace sally::content {

// Whose list a text is known from. kNone: from none.
enum class KnownList : uint8_t { kNone, kShipped, kHouse };

}  // namespace sally::content

namespace sally::content::attack {

struct KnownAttack {
  uint64_t whole = 0;            // the hash of all its words
  std::vector<uint32_t> sketch;  // rising; empty where it is too short to be known by a part
  Head label = Head::kInjection;
  KnownList list = KnownList::kHouse;
  bool operator==(const KnownAttack&) const = default;
};

// What a text is known as.
struct KnownHit {
  float score = 0;  // 1: word for word; else the share of the attack that the text contains
  Head label = Head::kInjection;
  KnownList list = KnownList::kNone;
  size_t begin = 0;  // of the part, in octets of the text that was read
  size_t end = 0;
};

// Immutable once it is made: any number of threads may read with one.
class KnownAttacks {
 public:
  static constexpr size_t kRun = 4;          // words
  static constexpr size_t kSketch = 24;      // runs of an attack, at most
  static constexpr size_t kLeastSketch = 8;  // with less a text is known as a whole only
  // What contains less of an attack is another text.
  static constexpr float kLeastShare = 0.6F;
  static constexpr size_t kMost = size_t{1} << 17;  // attacks
  // Attacks that a run may stand for: what more of them have says nothing.
  static constexpr size_t kMostOfRun = 8;

  KnownAttacks() = default;

  // What is known of `text`, which is normalised; nothing where it has fewer than `least` words.
  // Runs whose hash is in `common`, which rises, are none that it is known by.
  static std::optional<KnownAttack> of(std::string_view text, size_t least = 1,
                                       std::span<const uint32_t> common = {});
  // The hashes of the runs of a text that is normalised, in its order.
  static std::vector<uint32_t> runs_of(std::string_view text);
  // False where it is known already, or there are kMost. Not while somebody reads.
  bool add(const KnownAttack& attack);
  [[nodiscard]] std::span<const KnownAttack> attacks() const { return attacks_; }

  // The file: 8 octets `SALLYKNO`, u32 version, u32 checksum of what follows, u32 number of
  // attacks; of each u64 whole, u8 label, u8 size, u32 for each of its sketch.
  static constexpr uint32_t kVersion = 1;
  [[nodiscard]] std::string serialise() const;
  // kCorrupt, saying what, for anything that serialise did not write.
  static Result<KnownAttacks> parse(std::string_view file);

 private:
  friend class KnownReader;
  static constexpr uint32_t kWhole = 31;  // a slot: all words
  struct Place {
    uint32_t hash = 0;
    uint32_t what = 0;  // attack << 5 | slot, plus 1; 0: none is here
  };

  void put(uint32_t hash, uint32_t what);
  void grow();
  // Calls see(attack, slot) for each that has the hash.
  template <typename See>
  void for_each(uint32_t hash, const See& see) const {
    for (size_t at = hash & mask_;; at = (at + 1) & mask_) {
      const Place& place = places_[at];
      if (place.what == 0) {
        return;
      }
      if (place.hash == hash) {
        see((place.what - 1) >> 5, (place.what - 1) & 31U);
      }
    }
  }
  [[nodiscard]] bool may_have(uint32_t hash) const {
    const uint32_t bit = hash >> filter_shift_;
    return (filter_[bit / 64] >> bit % 64 & 1U) != 0;
  }

  static constexpr uint32_t kLeastBits = 10;
  std::vector<KnownAttack> attacks_;
  std::vector<Place> places_ = std::vector<Place>(size_t{1} << kLeastBits);
  size_t used_ = 0;
  size_t mask_ = (size_t{1} << kLeastBits) - 1;
  // A bit for each hash, by its highest bits, eight for each place: most words need no more.
  std::vector<uint64_t> filter_ = std::vector<uint64_t>((size_t{8} << kLeastBits) / 64);
  uint32_t filter_shift_ = 32 - kLeastBits - 3;
};

// Takes the words of one text.
class KnownReader {
 public:
  // `known` outlives it.
  explicit KnownReader(const KnownAttacks& known) : known_(known) {}

  // The next word, which begins at `begin` of the text and ends at `end`.
  void word(uint32_t key, size_t begin, size_t end) {
    whole_ = (whole_ ^ key) * 0x9FB21C651E98DF25U;
    whole_ ^= whole_ >> 29;
    const uint32_t hash = hash_of(third_, second_, first_, key);
    third_ = second_;
    second_ = first_;
    first_ = key;
    third_begin_ = second_begin_;
    second_begin_ = first_begin_;
    first_begin_ = this_begin_;
    this_begin_ = begin;
    ++words_;
    if (known_.may_have(hash) && words_ >= KnownAttacks::kRun) {
      look(hash, third_begin_, end);
    }
  }
  // What it is known as, if anything.
  [[nodiscard]] KnownHit finish(size_t begin, size_t end) const;
  [[nodiscard]] uint64_t whole() const { return whole_ + words_; }
  [[nodiscard]] size_t words() const { return words_; }

  [[nodiscard]] static uint32_t hash_of(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    uint64_t sum = a * 0x9FB21C651E98DF25U + b * 0xC2B2AE3D27D4EB4FU + c * 0x165667B19E3779F9U +
                   d * 0xD6E8FEB86659FD93U;
    sum ^= sum >> 32;
    return static_cast<uint32_t>(sum * 0x9E3779B97F4A7C15U >> 32);
  }

 private:
  struct Found {
    uint32_t attack = 0;
    uint32_t slots = 0;
    size_t begin = 0;
    size_t end = 0;
  };
  void look(uint32_t hash, size_t begin, size_t end);

  const KnownAttacks& known_;
  uint64_t whole_ = 0;
  size_t words_ = 0;
  uint32_t first_ = 0;  // the last word, and those before it
  uint32_t second_ = 0;
  uint32_t third_ = 0;
  size_t this_begin_ = 0;
  size_t first_begin_ = 0;
  size_t second_begin_ = 0;
  size_t third_begin_ = 0;
  std::vector<Found> found_;
  std::vector<uint32_t> place_;  // of each attack among them, plus 1; empty while there is nothing
};

// The list that is part of the program.
[[nodiscard]] std::string_view embedded_known();

}  // namespace sally::content::attack
