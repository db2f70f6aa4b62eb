// Prover: whether policies follow from policies, for every request of an environment and all
// entities that fit the schema.
#pragma once

#include <span>

#include "cedar/analysis/run.h"

namespace sally::cedar {

enum class Proof : uint8_t {
  kProved,     // it is so
  kNotProved,  // a way was found in which it might not be so; there need not be such a request
  kUndecided,  // the bound on the work was reached
};

class Prover {
 public:
  // All outlive it. `budget` is for all it is asked.
  Prover(const Schema& schema, Terms& terms, Budget& budget)
      : schema_(schema), terms_(terms), budget_(budget) {}

  // Whether one of `any_of` applies wherever all of `given` do. Without `given`: always; without
  // `any_of`: whether `given` never apply together. A policy that fails does not apply. Those of
  // `any_of` that are likely to apply are best put first.
  Proof entails(const Environment& environment, std::span<const Rule* const> given,
                std::span<const Rule* const> any_of);

  // Of the last question that was proved: whether one of `given` failed in some run, and whether
  // one was only false.
  [[nodiscard]] bool saw_failure() const { return saw_failure_; }
  [[nodiscard]] bool saw_falsity() const { return saw_falsity_; }

  // Of one question at most so many steps are spent.
  static constexpr uint64_t kStepsOfOne = 50'000;

 private:
  const Schema& schema_;
  Terms& terms_;
  Budget& budget_;
  bool saw_failure_ = false;
  bool saw_falsity_ = false;
};

}  // namespace sally::cedar
