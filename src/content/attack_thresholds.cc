#include "content/attack_thresholds.h"

namespace sally::content {
namespace {

constexpr float kNever = 2;

}  // namespace

AttackThresholds::AttackThresholds(const AttackDetector& detector, const AttackRates& rates) {
  for (size_t i = 0; i < kProvenances; ++i) {
    least_[i] = rates[i] > 0 ? detector.threshold_for(rates[i]) : kNever;
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
