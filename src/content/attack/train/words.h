// The words that a model knows by heart: those that many sources have, and those that mean
// something (lexicon.def).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "content/attack/train/corpus.h"
#include "content/attack/vocabulary.h"

namespace sally::content::attack {

struct Words {
  Vocabulary vocabulary;
  // For each of its places, the features that known() stands for.
  std::vector<std::vector<uint32_t>> features;
};

// For what learns from `examples`, with 2^bits places. The same for the same examples.
[[nodiscard]] Words words_of(std::span<const Example* const> examples, uint32_t bits);

}  // namespace sally::content::attack
