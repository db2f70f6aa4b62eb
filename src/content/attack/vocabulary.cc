#include "content/attack/vocabulary.h"

#include <algorithm>
#include <bit>

namespace sally::content::attack {

bool Vocabulary::add(const KnownWord& word) {
  if (word.key == 0 || find(word.key) != kUnknown) {
    return true;
  }
  if (count_ + 1 > words_.size() / 4 * 3) {
    return false;
  }
  ++count_;
  const auto mask = static_cast<uint32_t>(words_.size() - 1);
  uint32_t at = place_of(word.key);
  while (words_[at].key != 0) {
    at = (at + 1) & mask;
  }
  words_[at] = word;
  if (word.is_pair != 0) {
    const uint32_t bit = word.key * 0x9E3779B1U >> 16;
    pairs_[bit / 64] |= uint64_t{1} << bit % 64;
  }
  return true;
}

bool Vocabulary::from_places(std::span<const KnownWord> places, Vocabulary& out) {
  out = Vocabulary(static_cast<uint32_t>(std::bit_width(places.size()) - 1));
  if (out.words_.size() != places.size()) {
    return false;
  }
  for (const KnownWord& word : places) {
    if (word.meaning >= kMeanings || word.is_pair > 1 || word.unused != 0) {
      return false;
    }
    out.count_ += word.key != 0 ? 1 : 0;
    if (word.is_pair != 0) {
      const uint32_t bit = word.key * 0x9E3779B1U >> 16;
      out.pairs_[bit / 64] |= uint64_t{1} << bit % 64;
    }
  }
  std::ranges::copy(places, out.words_.begin());
  return out.count_ <= places.size() / 4 * 3;
}

}  // namespace sally::content::attack
