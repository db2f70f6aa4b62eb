// The list of known attacks that is part of the program.
#pragma once

#include <span>

#include "content/attack/known.h"
#include "content/attack/train/corpus.h"

namespace sally::content::attack {

struct ListOfKnown {
  KnownAttacks attacks;
  size_t benign = 0;  // texts that a list was tried on that was not made with them
  size_t false_hits = 0;
};

// Of the attacks of sources that are known for them (kSources); without those that contain another
// of the list, and without runs of words that benign texts have.
[[nodiscard]] ListOfKnown known_list_of(std::span<const Example> examples);

}  // namespace sally::content::attack
