// AttackThresholds: from which score on a text counts as an attack, by who says it.
#pragma once

#include <array>
#include <cstddef>

#include "content/attack/attack_detector.h"
#include "core/provenance.h"

namespace sally::content {

// The share of benign texts of each provenance that may be taken for attacks, in the order of
// Provenance; 0: texts of that provenance are not looked at.
using AttackRates = std::array<double, kProvenances>;

// Who is not trusted is judged by the score that one benign text in a hundred reaches. System
// prompts forbid things in the words of attacks, and what a model said was judged when it was said:
// one in a thousand.
inline constexpr AttackRates kAttackRates = {0.01, 0.001, 0.01, 0.001, 0.01, 0.01, 0.01};

class AttackThresholds {
 public:
  explicit AttackThresholds(const AttackDetector& detector,
                            const AttackRates& rates = kAttackRates);

  // Above 1 where nothing is looked at.
  [[nodiscard]] float of(Provenance provenance) const {
    return least_[static_cast<size_t>(provenance)];
  }
  void set(Provenance provenance, float least) { least_[static_cast<size_t>(provenance)] = least; }
  [[nodiscard]] bool looks_at(Provenance provenance) const { return of(provenance) <= 1; }

 private:
  std::array<float, kProvenances> least_{};
};

// What a score says of a text that counts as an attack from `threshold` on: kNone below.
[[nodiscard]] AttackLabel label_of(const AttackScore& score, float threshold);

}  // namespace sally::content
