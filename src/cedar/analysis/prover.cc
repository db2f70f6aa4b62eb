#include "cedar/analysis/prover.h"

#include <algorithm>

namespace sally::cedar {

Proof Prover::entails(const Environment& environment, std::span<const Rule* const> given,
                      std::span<const Rule* const> any_of) {
  saw_failure_ = false;
  saw_falsity_ = false;
  TermTypes types(schema_, terms_, environment);
  Budget mine(kStepsOfOne);
  Script script;
  do {
    Budget before = mine;
    Run run(terms_, types, mine, script);
    bool open = true;  // whether `given` apply, and none of `any_of` so far
    for (const Rule* const rule : given) {
      const Run::Truth truth = run.apply(*rule);
      if (run.is_over() || truth != Run::Truth::kTrue) {
        saw_failure_ |= !run.is_over() && truth == Run::Truth::kFails;
        saw_falsity_ |= !run.is_over() && truth == Run::Truth::kFalse;
        open = false;
        break;
      }
    }
    for (size_t i = 0; open && i < any_of.size(); ++i) {
      open = run.apply(*any_of[i]) != Run::Truth::kTrue && !run.is_over();
    }
    budget_.spend(before.left() - mine.left());
    if (mine.exhausted() || budget_.exhausted()) {
      return Proof::kUndecided;
    }
    if (open && !run.is_over()) {
      return Proof::kNotProved;
    }
  } while (advance(script));
  return Proof::kProved;
}

}  // namespace sally::cedar
