#include "cedar/partial/access_query.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/check.h"
#include "cedar/eval/compiler.h"
#include "cedar/eval/machine.h"

namespace sally::cedar {
namespace {

constexpr size_t kEvaluationMemory = size_t{1} << 20;

bool mentions_context(const Body& body) {
  for (ExprId id = 0; id < body.size(); ++id) {
    if (body.kind(id) == ExprKind::kVariable && body.variable(id) == Variable::kContext) {
      return true;
    }
  }
  return false;
}

bool has_entity(ScopeConstraint::Kind kind) {
  return kind == ScopeConstraint::Kind::kEq || kind == ScopeConstraint::Kind::kIn ||
         kind == ScopeConstraint::Kind::kIsIn;
}

Error too_much() {
  return Error(ErrorKind::kTooLarge, "this takes too many steps to find out",
               "name the principal, the action or the resource in the scopes of the policies");
}

}  // namespace

Access combine(std::span<const ActivePolicy> policies, std::span<const PolicyResidual> residuals) {
  bool permitted = false;
  bool may_be_permitted = false;
  bool may_be_forbidden = false;
  for (const PolicyResidual& one : residuals) {
    const bool applies = one.outcome.state == PolicyState::kApplies;
    if (policies[one.policy].policy->effect == Effect::kPermit) {
      permitted = permitted || applies;
      may_be_permitted = may_be_permitted || one.outcome.may_apply;
    } else if (applies) {
      return Access::kNever;
    } else {
      may_be_forbidden = may_be_forbidden || one.outcome.may_apply;
    }
  }
  if (!may_be_permitted) {
    return Access::kNever;
  }
  return permitted && !may_be_forbidden ? Access::kAlways : Access::kMaybe;
}

PartialAnswer answer_partially(Simplifier& simplifier, std::span<const ActivePolicy> policies) {
  PartialAnswer out;
  for (uint32_t i = 0; i < policies.size(); ++i) {
    PartialOutcome outcome = simplifier.evaluate(policies[i]);
    if (outcome.state != PolicyState::kDoesNotApply) {
      out.policies.push_back({i, std::move(outcome)});
    }
  }
  out.access = combine(policies, out.policies);
  return out;
}

// What was left of the policies, and how it is evaluated for a candidate.
class AccessQuery::Plan {
 public:
  Plan(const Schema& schema, const EntityStore& store, std::span<const ActivePolicy> policies,
       const PartialRequest& request, Budget& budget)
      : store_(store),
        policies_(policies),
        budget_(budget),
        simplifier_(schema, store, budget),
        asks_principal_(std::holds_alternative<UnknownEntity>(request.principal)),
        action_(request.action),
        evaluation_(Arena::fixed(kEvaluationMemory)) {
    if (const auto* const uid =
            std::get_if<EntityUid>(asks_principal_ ? &request.resource : &request.principal)) {
      other_ = *uid;
    }
  }

  Result<> build(const Schema& schema, const PartialRequest& request);
  // Calls `visit` with each policy that may apply to the candidate, until it returns false.
  template <typename Visit>
  Result<> visit(const EntityUid& candidate, const Visit& visit);

  [[nodiscard]] std::span<const ActivePolicy> policies() const { return policies_; }
  [[nodiscard]] const PartialAnswer& in_general() const { return general_; }

 private:
  // A residual of general_.policies that has no unknown but the candidate is compiled.
  struct Compiled {
    bool is_compiled = false;
    uint32_t begin = 0;
  };

  Result<> index();
  PartialOutcome evaluate(uint32_t residual);
  PartialOutcome run(uint32_t begin);

  const EntityStore& store_;
  std::span<const ActivePolicy> policies_;
  Budget& budget_;
  Simplifier simplifier_;
  bool asks_principal_;
  EntityUid action_;
  EntityUid other_;  // the known one of principal and resource
  PartialAnswer general_;
  std::vector<Compiled> compiled_;  // one for each of general_.policies
  PolicyIndex index_;               // of general_.policies
  Program program_;
  std::vector<Cell> stack_;
  std::array<Cell, 4> variables_;  // in the order of Variable
  RequestView view_;
  Arena evaluation_;
  std::vector<uint32_t> found_;
};

Result<> AccessQuery::Plan::build(const Schema& schema, const PartialRequest& request) {
  TRY_OK(simplifier_.bind(request));
  general_ = answer_partially(simplifier_, policies_);
  if (budget_.exhausted()) {
    return too_much();
  }
  const bool context_known =
      request.context.whole ||
      is_complete(schema.find_action(request.action)->context, request.context.members);
  for (const PolicyResidual& one : general_.policies) {
    Compiled& compiled = compiled_.emplace_back();
    const auto& residual = one.outcome.residual;
    if (residual && (context_known || !mentions_context(residual->body))) {
      TRY(compiled.begin, compile_expression(residual->body, residual->expr, program_));
      compiled.is_compiled = true;
    }
  }
  stack_.resize(program_.stack);
  view_.action = EntityName::of(action_.type, action_.id);
  (asks_principal_ ? view_.resource : view_.principal) = EntityName::of(other_.type, other_.id);
  for (EntityName* const name : {&view_.principal, &view_.action, &view_.resource}) {
    name->stored = store_.find(*name);
  }
  SALLY_CHECK(to_cell(request.context.members, program_.arena, view_.context));
  variables_ = {Cell::of_entity(&view_.principal), Cell::of_entity(&view_.action),
                Cell::of_entity(&view_.resource), view_.context};
  return index();
}

// By what the scopes say of the candidate.
Result<> AccessQuery::Plan::index() {
  const auto place = asks_principal_ ? IndexKey::Place::kPrincipal : IndexKey::Place::kResource;
  std::vector<std::vector<IndexChoice>> choices;
  for (const PolicyResidual& one : general_.policies) {
    const ActivePolicy& policy = policies_[one.policy];
    const ScopeConstraint& scope = asks_principal_ ? policy.principal : policy.resource;
    auto& list = choices.emplace_back();
    if (has_entity(scope.kind)) {
      const EntityName* name = nullptr;
      SALLY_CHECK(to_name(scope.entity, program_.arena, name));
      list.push_back({{place, name}});
    }
  }
  index_ = PolicyIndex(choices);
  return ok();
}

PartialOutcome AccessQuery::Plan::run(uint32_t begin) {
  evaluation_.reset();
  Machine machine(program_, store_, variables_, stack_, evaluation_);
  if (machine.run(begin) == Outcome::kError || machine.value().kind != ValueKind::kBool) {
    return {PolicyState::kFails, false, true, {}};
  }
  const bool applies = machine.value().number != 0;
  return {applies ? PolicyState::kApplies : PolicyState::kDoesNotApply, applies, false, {}};
}

PartialOutcome AccessQuery::Plan::evaluate(uint32_t residual) {
  const PolicyResidual& one = general_.policies[residual];
  if (one.outcome.state != PolicyState::kDepends) {
    return {one.outcome.state, one.outcome.may_apply, one.outcome.may_fail, {}};
  }
  if (compiled_[residual].is_compiled) {
    budget_.spend(one.outcome.residual->body.size());
    return run(compiled_[residual].begin);
  }
  return one.outcome.residual
             ? simplifier_.evaluate(one.outcome.residual->body, one.outcome.residual->expr)
             : simplifier_.evaluate(policies_[one.policy]);
}

template <typename Visit>
Result<> AccessQuery::Plan::visit(const EntityUid& candidate, const Visit& visit) {
  EntityName& name = asks_principal_ ? view_.principal : view_.resource;
  name = EntityName::of(candidate.type, candidate.id);
  name.stored = store_.find(name);
  asks_principal_ ? simplifier_.set_principal(candidate) : simplifier_.set_resource(candidate);
  found_.clear();
  index_.find(view_, store_, found_);
  for (const uint32_t residual : found_) {
    if (!budget_.spend(1)) {
      return too_much();
    }
    PartialOutcome outcome = evaluate(residual);
    if (budget_.exhausted()) {
      return too_much();
    }
    if (outcome.state != PolicyState::kDoesNotApply &&
        !visit({general_.policies[residual].policy, std::move(outcome)})) {
      break;
    }
  }
  return ok();
}

AccessQuery::AccessQuery(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
AccessQuery::AccessQuery(AccessQuery&&) noexcept = default;
AccessQuery& AccessQuery::operator=(AccessQuery&&) noexcept = default;
AccessQuery::~AccessQuery() = default;

Result<AccessQuery> AccessQuery::create(const Schema& schema, const EntityStore& store,
                                        std::span<const ActivePolicy> policies,
                                        const PartialRequest& request, Budget& budget) {
  if (std::holds_alternative<UnknownEntity>(request.principal) ==
      std::holds_alternative<UnknownEntity>(request.resource)) {
    return Error(ErrorKind::kInvalidInput, "a query asks for the principal or for the resource");
  }
  auto plan = std::make_unique<Plan>(schema, store, policies, request, budget);
  TRY_OK(plan->build(schema, request));
  return AccessQuery(std::move(plan));
}

const PartialAnswer& AccessQuery::in_general() const {
  return plan_->in_general();
}

Result<PartialAnswer> AccessQuery::answer(const EntityUid& candidate) {
  PartialAnswer out;
  TRY_OK(plan_->visit(candidate, [&](PolicyResidual residual) {
    out.policies.push_back(std::move(residual));
    return true;
  }));
  out.access = combine(plan_->policies(), out.policies);
  return out;
}

Result<Access> AccessQuery::access(const EntityUid& candidate) {
  std::vector<PolicyResidual> seen;
  TRY_OK(plan_->visit(candidate, [&](PolicyResidual residual) {
    const bool refused = residual.outcome.state == PolicyState::kApplies &&
                         plan_->policies()[residual.policy].policy->effect == Effect::kForbid;
    residual.outcome.residual.reset();
    seen.push_back(std::move(residual));
    return !refused;
  }));
  return combine(plan_->policies(), seen);
}

Result<std::vector<Access>> accessible(const Schema& schema, const EntityStore& store,
                                       std::span<const ActivePolicy> policies,
                                       const EntityUid& principal, const EntityUid& action,
                                       std::span<const EntityUid> resources,
                                       const PartialContext& context, Budget& budget) {
  const Action* const declared = schema.find_action(action);
  std::map<std::string, std::optional<AccessQuery>, std::less<>> queries;
  std::vector<Access> out;
  for (const EntityUid& resource : resources) {
    auto query = queries.find(resource.type);
    if (query == queries.end()) {
      query = queries.emplace(resource.type, std::nullopt).first;
      if (declared == nullptr || declared->applies_to_resource(resource.type)) {
        TRY(query->second, AccessQuery::create(
                               schema, store, policies,
                               {principal, action, UnknownEntity{resource.type}, context}, budget));
      }
    }
    Access access = Access::kNever;
    if (query->second) {
      TRY(access, query->second->access(resource));
    }
    out.push_back(access);
  }
  return out;
}

}  // namespace sally::cedar
