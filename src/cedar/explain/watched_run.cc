#include "cedar/explain/watched_run.h"

#include <algorithm>

#include "cedar/eval/scratch.h"

namespace sally::cedar {
namespace {

bool holds(const ScopeConstraint& constraint, const Entities& entities, const EntityUid& uid) {
  using Kind = ScopeConstraint::Kind;
  switch (constraint.kind) {
    case Kind::kAny:
      return true;
    case Kind::kEq:
      return uid == constraint.entity;
    case Kind::kIn:
      return entities.is_in(uid, constraint.entity);
    case Kind::kIs:
      return uid.type == constraint.type;
    case Kind::kIsIn:
      return uid.type == constraint.type && entities.is_in(uid, constraint.entity);
  }
  return false;
}

bool holds(const ActionConstraint& constraint, const Entities& entities, const EntityUid& uid) {
  using Kind = ActionConstraint::Kind;
  switch (constraint.kind) {
    case Kind::kAny:
      return true;
    case Kind::kEq:
      return uid == constraint.entities.front();
    case Kind::kIn:
    case Kind::kInList:
      return std::ranges::any_of(constraint.entities, [&](const EntityUid& entity) {
        return entities.is_in(uid, entity);
      });
  }
  return false;
}

}  // namespace

ScopeOutcome scope_of(const ActivePolicy& policy, const Entities& entities,
                      const Request& request) {
  return {.principal = holds(policy.principal, entities, request.principal),
          .action = holds(policy.policy->action, entities, request.action),
          .resource = holds(policy.resource, entities, request.resource)};
}

WatchedRun::WatchedRun(const EntityStore& store, const RequestView& request)
    : store_(store),
      names_{request.principal, request.action, request.resource},
      variables_{Cell::of_entity(&names_[0]), Cell::of_entity(&names_[1]),
                 Cell::of_entity(&names_[2]), request.context},
      arena_(Arena::fixed(ScratchLimits().evaluation)) {}

void WatchedRun::begin(const Policy& policy, const WatchedProgram& program) {
  policy_ = &policy;
  program_ = &program;
  values_.assign(policy.body.size(), std::nullopt);
  stack_.resize(std::max<size_t>(stack_.size(), program.program.stack));
  arena_.reset();
  machine_.emplace(program.program, store_, variables_, stack_, arena_);
  machine_->watch(values_);
}

ClauseOutcome WatchedRun::clause(size_t index) {
  const Condition& condition = policy_->conditions[index];
  if (machine_->run(program_->begins[index]) == Outcome::kError) {
    return {.holds = {},
            .error = describe(machine_->error()),
            .failed_at = program_->origins[machine_->failed_at()]};
  }
  const Cell& value = machine_->value();
  if (value.kind != ValueKind::kBool) {
    const EvalError error{
        .kind = EvalErrorKind::kType, .found = value.kind, .expected = name_of(ValueKind::kBool)};
    return {.holds = {}, .error = describe(error), .failed_at = condition.expr};
  }
  return {.holds = (value.number != 0) == (condition.kind == Condition::Kind::kWhen),
          .error = {},
          .failed_at = 0};
}

ConditionsOutcome run_conditions(WatchedRun& run, const Policy& policy,
                                 const WatchedProgram& program) {
  run.begin(policy, program);
  ConditionsOutcome out;
  for (size_t i = 0; i < policy.conditions.size(); ++i) {
    out.clauses.push_back(run.clause(i));
    if (out.clauses.back().holds != true) {
      break;
    }
  }
  return out;
}

std::vector<ClauseOutcome> run_every_clause(WatchedRun& run, const Policy& policy,
                                            const WatchedProgram& program) {
  run.begin(policy, program);
  std::vector<ClauseOutcome> out;
  for (size_t i = 0; i < policy.conditions.size(); ++i) {
    out.push_back(run.clause(i));
  }
  return out;
}

}  // namespace sally::cedar
