// Steps of one clause: from its expression down to what decided it.
#pragma once

#include "cedar/explain/explain.h"
#include "cedar/explain/show.h"
#include "cedar/explain/watched_run.h"

namespace sally::cedar {

// For the clauses of one policy; `steps_left` is what they may take together.
class StepBuilder {
 public:
  // All outlive it.
  StepBuilder(const Body& body, const ExprTexts& texts, const WatchedRun& run,
              const ExplainLimits& limits)
      : body_(body), texts_(texts), run_(run), limits_(limits), steps_left_(limits.steps) {}

  Step build(ExprId root, const ClauseOutcome& outcome);

 private:
  // What did not decide is shown without its operands.
  Step step(ExprId id, bool decisive);
  // The operand of an expression without a value that has none either; none where it failed itself.
  [[nodiscard]] std::optional<ExprId> failed_operand(ExprId id) const;
  [[nodiscard]] bool decides(ExprId id, ExprId operand) const;
  [[nodiscard]] bool evaluated(ExprId id, ExprId operand) const;
  void add_operands(ExprId id, Step& out);

  const Body& body_;
  const ExprTexts& texts_;
  const WatchedRun& run_;
  const ExplainLimits& limits_;
  size_t steps_left_;
  const ClauseOutcome* outcome_ = nullptr;
};

}  // namespace sally::cedar
