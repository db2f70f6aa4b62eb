// Learning: logistic regression by stochastic gradient with steps of AdaGrad (Duchi et al. 2011),
// a head for any attack and one for each kind. Of each text the window that scores highest is what
// is learned from, so that a document's one bad line is what makes it bad.
#pragma once

#include <cstdint>
#include <span>

#include "content/attack/model.h"
#include "content/attack/train/corpus.h"

namespace sally::content::attack {

constexpr size_t kMostOctets = 8'192;  // of a text that are learned from

struct TrainingOptions {
  uint64_t seed = 1;
  uint32_t epochs = 6;
  uint32_t runs = 1;  // each in another order; the weights are their average
  uint32_t row_bits = 18;
  uint32_t learned_bits = 20;  // as many rows are learned; those that weigh most are kept
  uint32_t word_bits = 15;     // places for words that are known by heart
  // A feature must occur in this many sources; what only one source says is its manner.
  uint32_t min_sources = 2;
  float rate = 0.3F;
  float decay = 0.003F;  // of a weight, added to each gradient that it has
  // Of a feature of n sources this over n - 1 more than that: what few say proves less.
  float rare = 0;
  float share_of_any = 0.5F;
  // Of the weight of all texts, what benign ones have.
  float benign = 0.5F;
  // In languages other than English, what benign texts have for each weight of attacks; where there
  // are no attacks nothing is learned.
  float foreign = 1;
  float low = 0.3F;         // system prompts, security documents
  float persuasion = 0.3F;  // harmful requests with a story or reasons around them
  float power = 0.5F;       // a row of a source of n rows counts n^-power
  // Taken from every logit, so that a score of a half is the one that few benign texts reach.
  float offset = 0.87F;
  // The scores that Model::kRates of the benign texts of left-out sources reach, as measured with
  // the same options: the model file keeps them.
  decltype(Model::thresholds) thresholds{{{0.259F, 0.387F, 0.502F, 0.657F, 0.899F},
                                          {0.241F, 0.337F, 0.413F, 0.492F, 0.689F},
                                          {0.652F, 0.820F, 0.873F, 0.928F, 0.977F},
                                          {0.223F, 0.335F, 0.420F, 0.531F, 0.892F}}};
  // How much less is learned from a text of which the model is far from believing what it is: its
  // gradient times what it believes, to this power (generalised cross entropy, Zhang and Sabuncu
  // 2018). Some labels are wrong, and some attacks are such by their place alone.
  float trust = 0.5F;
  // The part of an example's features that it is learned from without, in turn others.
  float dropout = 0;
};

// The kind of attack that an example is; kInjection for what says nothing else.
[[nodiscard]] Head kind_of_attack(const Example& example);

// The same model for the same examples and options.
Model train(std::span<const Example* const> examples, const TrainingOptions& options);

}  // namespace sally::content::attack
