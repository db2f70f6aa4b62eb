// Attacks and their harmless twins made from phrases (phrases.def), in languages for which there is
// no other data: without them a model learns that what is not English is harmless. And attacks in
// the midst of harmless documents, as they come with what tools and searches return.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "content/attack/train/corpus.h"

namespace sally::content::attack {

// Attacks and twins, of the sources `own_templates`, `own_planted` and `own_obfuscated`; the
// documents of the second, some of the attacks in them, and the texts of the third are those of
// `seen`. The same for the same seed.
[[nodiscard]] std::vector<Example> generate(uint64_t seed, std::span<const Example* const> seen);

}  // namespace sally::content::attack
