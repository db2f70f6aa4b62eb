// One policy on one request, clause by clause, with the value of every expression that was
// evaluated.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cedar/entities/entities.h"
#include "cedar/eval/compiler.h"
#include "cedar/eval/machine.h"
#include "cedar/eval/request.h"
#include "cedar/eval/store.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

struct ScopeOutcome {
  bool principal = false;
  bool action = false;
  bool resource = false;

  [[nodiscard]] bool holds() const { return principal && action && resource; }
};
[[nodiscard]] ScopeOutcome scope_of(const ActivePolicy& policy, const Entities& entities,
                                    const Request& request);

struct ClauseOutcome {
  std::optional<bool> holds;  // of the clause, not of its expression; none: it failed
  std::string error;
  ExprId failed_at = 0;  // the expression that has no value although its operands have
};

// Reused from policy to policy.
class WatchedRun {
 public:
  // Both outlive it; the request's view lies in a Scratch that does too.
  WatchedRun(const EntityStore& store, const RequestView& request);

  // What is run from now on; both outlive that. What was evaluated before is forgotten.
  void begin(const Policy& policy, const WatchedProgram& program);
  ClauseOutcome clause(size_t index);

  // Valid until begin(); null where it was not evaluated or has no value.
  [[nodiscard]] const Cell* value(ExprId id) const {
    return values_[id].has_value() ? &*values_[id] : nullptr;
  }

 private:
  const EntityStore& store_;
  std::array<EntityName, 3> names_;
  std::array<Cell, 4> variables_;
  Arena arena_;
  std::vector<Cell> stack_;
  std::vector<std::optional<Cell>> values_;
  const Policy* policy_ = nullptr;
  const WatchedProgram* program_ = nullptr;
  std::optional<Machine> machine_;
};

// What a policy's conditions give, up to the one that decides.
struct ConditionsOutcome {
  std::vector<ClauseOutcome> clauses;

  [[nodiscard]] bool apply() const { return clauses.empty() || clauses.back().holds == true; }
  [[nodiscard]] bool failed() const {
    return !clauses.empty() && !clauses.back().holds.has_value();
  }
};
ConditionsOutcome run_conditions(WatchedRun& run, const Policy& policy,
                                 const WatchedProgram& program);
// All of them, each by itself.
std::vector<ClauseOutcome> run_every_clause(WatchedRun& run, const Policy& policy,
                                            const WatchedProgram& program);

}  // namespace sally::cedar
