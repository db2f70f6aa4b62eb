#include "content/attack_thresholds.h"

#include <cmath>

namespace sally::content {
namespace {

// Of the scores that models/attack/MODEL.md tells, the logits: one benign text in a hundred reaches
// 0.5, one in a thousand 0.92. Between them and beyond, by the logarithm of the share.
constexpr double kRate = 0.01;
constexpr double kPerTenth = 2.44;

float threshold_of(double rate) {
  if (rate <= 0) {
    return 2;
  }
  const double logit = kPerTenth * (std::log10(kRate) - std::log10(rate));
  return static_cast<float>(1 / (1 + std::exp(-logit)));
}

}  // namespace

AttackThresholds::AttackThresholds(const AttackRates& rates) {
  for (size_t i = 0; i < kProvenances; ++i) {
    least_[i] = threshold_of(rates[i]);
  }
}

AttackLabel label_of(const AttackScore& score, float threshold) {
  if (score.score < threshold) {
    return AttackLabel::kNone;
  }
  // Where a threshold is low, the model names no kind.
  return score.label == AttackLabel::kNone ? AttackLabel::kInjection : score.label;
}

}  // namespace sally::content
