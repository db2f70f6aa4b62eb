// Learning: a structured perceptron, averaged (Collins 2002), with a margin.
#pragma once

#include <cstdint>
#include <span>

#include "content/names/model.h"
#include "content/names/train/corpus.h"
#include "content/names/train/lists.h"

namespace sally::content::names {

struct TrainingOptions {
  uint64_t seed = 1;
  // The weights are the sum of those of several rounds from nothing, which differ by chance: what
  // they agree on stays.
  uint32_t rounds = 4;
  uint32_t epochs = 5;  // of each round
  uint32_t row_bits = 18;
  // A feature must be seen this often in the texts as they are to be learned.
  uint32_t min_count = 2;
  int32_t outside_bias = 0;
  // How much better the right labels must be than others: where the right one is not kOutside, and
  // where it is.
  float miss_margin = 4;
  float false_margin = 2;
};

// How often an example is looked at in one epoch; 0 for a source that is in no table.
double weight_of_source(std::string_view source);
// Whether a model that was trained on the source may be given away under any licence.
bool is_permissive(std::string_view source);

// The same model for the same examples, lists and options.
Model train(std::span<const Example> examples, const Lists& lists, const TrainingOptions& options);

}  // namespace sally::content::names
