// Measuring: what a detector says of texts whose sources it has not seen.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "content/attack/train/corpus.h"

namespace sally::content::attack {

struct Scored {
  const Example* example = nullptr;
  float score = 0;
};

// The chance that an attack scores higher than a benign text; ties count half.
[[nodiscard]] double auc_of(std::span<const Scored> scored);
// The least score that at most `rate` of the benign texts reach.
[[nodiscard]] float threshold_at(std::span<const Scored> scored, double rate);
// The part of those for which `keep(example)` holds that reach `threshold`.
template <typename Keep>
[[nodiscard]] double part_over(std::span<const Scored> scored, float threshold, const Keep& keep) {
  size_t all = 0;
  size_t over = 0;
  for (const Scored& row : scored) {
    if (keep(*row.example)) {
      ++all;
      over += row.score >= threshold ? 1 : 0;
    }
  }
  return all == 0 ? 0 : static_cast<double>(over) / static_cast<double>(all);
}

// Sources that must be left out together: those whose names begin alike.
[[nodiscard]] std::string group_of(std::string_view source);
// For each example the number below `folds` of the part that it is in: groups stay whole, and each
// part has about as many groups with attacks as any other.
[[nodiscard]] std::vector<size_t> folds_of(std::span<const Example> examples, size_t folds);

// The part of the attacks of each source of kFewest or more that reach the score that `rate` of the
// benign texts of their own voice reach, as a mean over sources.
[[nodiscard]] double mean_recall_by_voice(std::span<const Scored> scored, double rate);
// All figures, as text.
[[nodiscard]] std::string report(std::span<const Scored> scored, bool with_sources);

}  // namespace sally::content::attack
