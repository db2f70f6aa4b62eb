// Gazetteer: what lists of names say about a word, or about two words in a row, by hashes.
//
// A table of buckets that are a cache line each; an entry is 16 bits of hash and 16 flags. A word
// that is in no list is taken for one about once in 3,000 times.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace sally::content::names {

enum class WordBit : uint8_t {
#define SALLY_WORD_FLAG(enumerator) enumerator,
#include "content/names/gazetteer_flags.def"
#undef SALLY_WORD_FLAG
};
enum class PhraseBit : uint8_t {
#define SALLY_PHRASE_FLAG(enumerator) enumerator,
#include "content/names/gazetteer_flags.def"
#undef SALLY_PHRASE_FLAG
};
constexpr uint32_t flag(WordBit bit) {
  return 1U << static_cast<uint32_t>(bit);
}
constexpr uint32_t flag(PhraseBit bit) {
  return 1U << static_cast<uint32_t>(bit);
}

class Gazetteer {
 public:
  static constexpr size_t kBucketEntries = 16;
  static constexpr uint32_t kMinBits = 1;
  static constexpr uint32_t kMaxBits = 18;

  Gazetteer() : Gazetteer(kMinBits) {}

  // The flags of `key`: Token::word, or phrase_key. 0 where it is not listed.
  [[nodiscard]] uint32_t find(uint64_t key) const {
    const Bucket& bucket = buckets_[bucket_of(key)];
    const uint32_t print = print_of(key);
    uint32_t flags = 0;
    for (const uint32_t entry : bucket) {
      flags |= entry >> 16 == print ? entry & 0xFFFFU : 0;
    }
    return flags;
  }
  static uint64_t phrase_key(uint64_t first, uint64_t second) {
    return (first * 0xD6E8FEB86659FD93U) ^ (second + (first >> 32));
  }

  // The least table that holds `flags_of`; what does not fit in its bucket is left out (rare).
  static Gazetteer build(const std::unordered_map<uint64_t, uint32_t>& flags_of);

  // As it stands in a model file: one octet of entries for each bucket, then the entries.
  [[nodiscard]] std::string serialise() const;
  [[nodiscard]] uint32_t bits() const { return bits_; }
  // kCorrupt where `data` is not exactly a table of 2^bits buckets.
  static Result<Gazetteer> parse(uint32_t bits, std::string_view data);

 private:
  using Bucket = std::array<uint32_t, kBucketEntries>;
  explicit Gazetteer(uint32_t bits) : bits_(bits), buckets_(size_t{1} << bits) {}
  [[nodiscard]] size_t bucket_of(uint64_t key) const {
    return static_cast<size_t>((key * 0x9E3779B97F4A7C15U) >> (64 - bits_));
  }
  // Never 0, which is an empty entry.
  static uint32_t print_of(uint64_t key) {
    return static_cast<uint32_t>((key * 0xC2B2AE3D27D4EB4FU) >> 48) | 1U;
  }

  uint32_t bits_;
  std::vector<Bucket> buckets_;
};

}  // namespace sally::content::names
