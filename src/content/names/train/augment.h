// Other texts that say the same: names swapped for names of lists, other cases. A tagger that has
// seen only tidy news text misses `mr. smith lives in oslo`.
#pragma once

#include <cstdint>

#include "content/names/train/corpus.h"
#include "content/names/train/lists.h"

namespace sally::content::names {

// Numbers by splitmix64: the same everywhere.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t next();
  // Below `end`, which is not 0.
  size_t below(size_t end) { return static_cast<size_t>(next() % end); }
  bool chance(double probability) {
    return static_cast<double>(next() >> 11) * 0x1p-53 < probability;
  }

 private:
  uint64_t state_;
};

// Swaps the names of `example`, each with a chance, and changes its case, with a smaller one.
void augment(Example& example, const Lists& lists, Dice& dice);

}  // namespace sally::content::names
