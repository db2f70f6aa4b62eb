#include "cedar/eval/authorizer.h"

#include <array>

#include "cedar/eval/compiler.h"
#include "cedar/eval/machine.h"

namespace sally::cedar {

// One use of a Scratch.
class Evaluation {
 public:
  Evaluation(const Program& program, const EntityStore& store, const RequestView& request,
             Scratch& scratch)
      : scratch_(scratch),
        variables_{Cell::of_entity(&scratch.principal_), Cell::of_entity(&scratch.action_),
                   Cell::of_entity(&scratch.resource_), request.context},
        machine_(program, store, variables_, prepare(program, scratch), scratch.evaluation_) {
    // Found once, not at every mention.
    scratch.principal_ = resolved(request.principal, store);
    scratch.action_ = resolved(request.action, store);
    scratch.resource_ = resolved(request.resource, store);
  }

  Verdict decide(const CompiledPolicies& policies, const EntityStore& store,
                 const RequestView& request);
  Result<Value> value_of(uint32_t begin);

 private:
  static std::span<Cell> prepare(const Program& program, Scratch& scratch) {
    if (scratch.stack_.size() < program.stack) {
      scratch.stack_.resize(program.stack);
    }
    return scratch.stack_;
  }
  static EntityName resolved(const EntityName& name, const EntityStore& store) {
    EntityName out = name;
    out.stored = store.find(name);
    return out;
  }
  Outcome run(const CompiledPolicy& policy, const EntityStore& store);

  Scratch& scratch_;
  const std::array<Cell, 4> variables_;  // in the order of Variable
  Machine machine_;
};

Outcome Evaluation::run(const CompiledPolicy& policy, const EntityStore& store) {
  if (!policy.principal.holds(scratch_.principal_, store) ||
      !policy.action.holds(scratch_.action_, store) ||
      !policy.resource.holds(scratch_.resource_, store)) {
    return Outcome::kDoesNotApply;
  }
  scratch_.evaluation_.reset();
  return machine_.run(policy.conditions);
}

Verdict Evaluation::decide(const CompiledPolicies& policies, const EntityStore& store,
                           const RequestView& request) {
  auto& [candidates, permits, forbids, errors] = scratch_.lists_;
  candidates.clear();
  permits.clear();
  forbids.clear();
  errors.clear();
  policies.index().find(request, store, candidates);
  Verdict out;
  for (const uint32_t index : candidates) {
    const CompiledPolicy& policy = policies.policies()[index];
    const bool permits_it = policy.effect == Effect::kPermit;
    switch (run(policy, store)) {
      case Outcome::kApplies:
        (permits_it ? permits : forbids).push_back(index);
        break;
      case Outcome::kDoesNotApply:
        break;
      case Outcome::kError:
        errors.push_back({index, machine_.error()});
        out.forbid_failed = out.forbid_failed || !permits_it;
        break;
    }
  }
  const bool allowed = !permits.empty() && forbids.empty();
  out.decision = allowed ? Decision::kAllow : Decision::kDeny;
  out.determining = allowed ? permits : forbids;
  out.errors = errors;
  return out;
}

Result<Value> Evaluation::value_of(uint32_t begin) {
  scratch_.evaluation_.reset();
  if (machine_.run(begin) == Outcome::kError) {
    return Error(ErrorKind::kInvalidInput, describe(machine_.error()));
  }
  return to_value(machine_.value());
}

Verdict authorize(const CompiledPolicies& policies, const EntityStore& store,
                  const RequestView& request, Scratch& scratch) {
  return Evaluation(policies.program(), store, request, scratch).decide(policies, store, request);
}

Answer answer_of(const CompiledPolicies& policies, const Verdict& verdict) {
  Answer out;
  out.decision = verdict.decision;
  for (const uint32_t index : verdict.determining) {
    out.reasons.push_back(policies.policies()[index].id);
  }
  for (const PolicyError& error : verdict.errors) {
    out.errors.push_back({policies.policies()[error.policy].id, describe(error.error)});
  }
  return out;
}

Result<Answer> authorize(const PolicySet& policies, const Entities& entities,
                         const Request& request) {
  TRY(const CompiledPolicies compiled, CompiledPolicies::create(policies));
  const EntityStore store = EntityStore::create(entities);
  Scratch scratch;
  TRY(const RequestView view, view_of(request, scratch));
  return answer_of(compiled, authorize(compiled, store, view, scratch));
}

Result<Value> evaluate(const Body& body, ExprId expr, const Entities& entities,
                       const Request& request) {
  Program program;
  TRY(const uint32_t begin, compile_expression(body, expr, program));
  const EntityStore store = EntityStore::create(entities);
  Scratch scratch;
  TRY(const RequestView view, view_of(request, scratch));
  return Evaluation(program, store, view, scratch).value_of(begin);
}

}  // namespace sally::cedar
