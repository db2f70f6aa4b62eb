#include "content/attack_thresholds.h"

#include <algorithm>

namespace sally::content {
namespace {

constexpr float kNever = 2;

// The score that `rate` of the benign texts that are like those of a provenance reach.
float least_of(const AttackDetector& detector, Provenance provenance, double rate) {
  using attack::Voice;
  switch (provenance) {
    case Provenance::kUser:
      return detector.threshold_for(rate, Voice::kUser);
    case Provenance::kSystem:
      return detector.threshold_for(rate, Voice::kSystem);
    case Provenance::kTool:
    case Provenance::kToolDescription:
    case Provenance::kRetrieved:
      return detector.threshold_for(rate, Voice::kDocument);
    case Provenance::kAssistant:
      return detector.threshold_for(rate, Voice::kAny);
    case Provenance::kUnknown:
      break;
  }
  // Whoever it is: nobody is trusted less.
  return std::min({detector.threshold_for(rate, Voice::kUser),
                   detector.threshold_for(rate, Voice::kSystem),
                   detector.threshold_for(rate, Voice::kDocument)});
}

}  // namespace

AttackThresholds::AttackThresholds(const AttackDetector& detector, const AttackRates& rates) {
  for (size_t i = 0; i < kProvenances; ++i) {
    least_[i] = rates[i] > 0 ? least_of(detector, static_cast<Provenance>(i), rates[i]) : kNever;
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
