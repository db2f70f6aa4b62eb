#include "cedar/partial/completion.h"

#include <utility>

#include "cedar/eval/authorizer.h"

namespace sally::cedar {
namespace {

Result<PolicyState> decide(Policy policy, const EntityStore& store, const Request& request,
                           Scratch& scratch) {
  policy.effect = Effect::kPermit;
  PolicySet alone;
  TRY_OK(alone.add(std::move(policy)));
  TRY(const CompiledPolicies compiled, CompiledPolicies::create(alone));
  TRY(const RequestView view, view_of(request, scratch));
  const Verdict verdict = authorize(compiled, store, view, scratch);
  if (!verdict.errors.empty()) {
    return PolicyState::kFails;
  }
  return verdict.decision == Decision::kAllow ? PolicyState::kApplies : PolicyState::kDoesNotApply;
}

}  // namespace

Result<PolicyState> state_of(const ActivePolicy& policy, const EntityStore& store,
                             const Request& request, Scratch& scratch) {
  Policy whole = *policy.policy;
  whole.principal = policy.principal;
  whole.resource = policy.resource;
  return decide(std::move(whole), store, request, scratch);
}

Result<PolicyState> state_of(const ActivePolicy& policy, const PartialOutcome& outcome,
                             const EntityStore& store, const Request& request, Scratch& scratch) {
  if (outcome.state != PolicyState::kDepends) {
    return outcome.state;
  }
  if (!outcome.residual) {
    return state_of(policy, store, request, scratch);
  }
  Policy left;
  left.body = outcome.residual->body;
  left.conditions.push_back({.expr = outcome.residual->expr});
  return decide(std::move(left), store, request, scratch);
}

}  // namespace sally::cedar
