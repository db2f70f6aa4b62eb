// ContextWords: the words of context.def, in a flat hash table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sally::content::personal {

enum class ContextGroup : uint8_t {
#define SALLY_CONTEXT_GROUP(group) group,
#include "content/personal/context_groups.def"
#undef SALLY_CONTEXT_GROUP
  kCount,
};

// A set of groups.
struct ContextSet {
  std::array<uint64_t, 2> bits{};

  constexpr ContextSet() = default;
  constexpr explicit ContextSet(ContextGroup group) { add(group); }
  constexpr void add(ContextGroup group) {
    bits[static_cast<size_t>(group) / 64] |= uint64_t{1} << static_cast<size_t>(group) % 64;
  }
  constexpr ContextSet& operator|=(const ContextSet& other) {
    bits[0] |= other.bits[0];
    bits[1] |= other.bits[1];
    return *this;
  }
  [[nodiscard]] constexpr bool meets(const ContextSet& other) const {
    return ((bits[0] & other.bits[0]) | (bits[1] & other.bits[1])) != 0;
  }
  [[nodiscard]] constexpr bool empty() const { return (bits[0] | bits[1]) == 0; }
};
static_assert(static_cast<size_t>(ContextGroup::kCount) <= 128);

// The hash of a word, octet by octet; ASCII letters in lower case.
inline constexpr uint32_t kWordStart = 0x811C9DC5U;
constexpr uint32_t extend_word(uint32_t hash, unsigned char octet) {
  return (hash ^ octet) * 0x01000193U;
}
// The hash of two words.
constexpr uint32_t pair_of(uint32_t first, uint32_t second) {
  return (first * 0x9E3779B1U) ^ (second + 0x7F4A7C15U);
}

class ContextWords {
 public:
  // What a word or a pair of words says.
  struct Meaning {
    uint32_t hash = 0;
    bool ends_pair = false;  // this word is the second of a pair
    uint8_t month = 0;       // 1 for the words of kMonth
    ContextSet groups;
  };

  ContextWords();
  // Null where the word says nothing.
  [[nodiscard]] const Meaning* find(uint32_t hash) const {
    if ((seen_[hash >> 19 & (kSeenWords - 1)] >> (hash >> 13 & 63U) & 1U) == 0) {
      return nullptr;
    }
    for (size_t at = hash & (kSlots - 1);; at = (at + 1) & (kSlots - 1)) {
      if (slots_[at].hash == hash) {
        return &slots_[at];
      }
      if (slots_[at].hash == 0) {
        return nullptr;
      }
    }
  }

 private:
  static constexpr size_t kSlots = 4096;
  static constexpr size_t kSeenWords = 512;
  Meaning& slot_of(uint32_t hash);
  std::vector<Meaning> slots_;
  std::array<uint64_t, kSeenWords> seen_{};  // which hashes may be there
};

}  // namespace sally::content::personal
