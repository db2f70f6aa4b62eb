#include "cedar/partial/simplifier.h"

#include <array>
#include <utility>

#include "base/check.h"

namespace sally::cedar {
namespace {

// What the values of one policy may take; more leaves the policy as it is.
constexpr size_t kPolicyMemory = size_t{1} << 20;

ExprInfo boolean(bool may_fail) {
  return {Type::boolean(), may_fail, false};
}

}  // namespace

Simplifier::Simplifier(const Schema& schema, const EntityStore& store, Budget& budget)
    : schema_(schema),
      store_(store),
      budget_(budget),
      arena_(Arena::fixed(kPolicyMemory)),
      operations_(store, arena_) {}

void Simplifier::set_known(Side& side, const EntityUid& uid) {
  side.is_known = true;
  side.uid = uid;
  side.name = EntityName::of(side.uid.type, side.uid.id);
  side.name.stored = store_.find(side.name);
}

void Simplifier::set_side(Side& side, const PartialEntity& entity) {
  const auto* const unknown = std::get_if<UnknownEntity>(&entity);
  side.is_known = unknown == nullptr;
  if (unknown != nullptr) {
    side.type = schema_.find_entity_type(unknown->type);
    side.presence = unknown->presence;
    return;
  }
  const EntityUid& uid = std::get<EntityUid>(entity);
  side.type = schema_.find_entity_type(uid.type);
  set_known(side, uid);
}

Result<> Simplifier::bind(const PartialRequest& request) {
  TRY_OK(validate_request(schema_, request));
  set_side(principal_, request.principal);
  set_side(resource_, request.resource);
  action_uid_ = request.action;
  action_ = EntityName::of(action_uid_.type, action_uid_.id);
  action_.stored = store_.find(action_);
  context_type_ = &schema_.find_action(request.action)->context;
  context_is_value_ = request.context.whole || is_complete(*context_type_, request.context.members);
  request_arena_ = Arena::growing();
  SALLY_CHECK(to_cell(request.context.members, request_arena_, context_));
  return ok();
}

PartialOutcome Simplifier::outcome_of(const Partial& partial) {
  if (out_.is_stuck()) {
    return {PolicyState::kDepends, true, true, {}};
  }
  if (is_error(partial)) {
    return {PolicyState::kFails, false, true, {}};
  }
  if (is_value(partial)) {
    const bool applies = partial.value.number != 0;
    return {applies ? PolicyState::kApplies : PolicyState::kDoesNotApply, applies, false, {}};
  }
  const ExprInfo& info = out_.info(partial.expr);
  return {PolicyState::kDepends, !info.never_true, info.may_fail, out_.take(partial.expr)};
}

PartialOutcome Simplifier::run(const Body& body, size_t count, const Operand& operand) {
  body_ = &body;
  arena_.reset();
  out_.clear();
  return outcome_of(logical(ExprKind::kAnd, count, operand));
}

PartialOutcome Simplifier::evaluate(const ActivePolicy& policy) {
  constexpr size_t kScope = 3;
  const auto& conditions = policy.policy->conditions;
  return run(policy.policy->body, kScope + conditions.size(), [&](size_t i) {
    switch (i) {
      case 0:
        return scope(policy.principal, Variable::kPrincipal);
      case 1:
        return scope(policy.policy->action);
      case 2:
        return scope(policy.resource, Variable::kResource);
      default:
        break;
    }
    const Condition& condition = conditions[i - kScope];
    const Partial holds = eval(condition.expr);
    return condition.kind == Condition::Kind::kUnless ? negation(holds) : holds;
  });
}

PartialOutcome Simplifier::evaluate(const Body& body, ExprId condition) {
  return run(body, 1, [&](size_t) { return eval(condition); });
}

// A scope has entities and types only: it never fails.
Simplifier::Partial Simplifier::scope(const ScopeConstraint& constraint, Variable name) {
  if (!budget_.spend(1)) {
    return get_stuck();
  }
  const auto self = [&] { return variable(name); };
  switch (constraint.kind) {
    case ScopeConstraint::Kind::kAny:
      return of_bool(true);
    case ScopeConstraint::Kind::kEq:
      return equality(ExprKind::kEq, self(), of_entity(constraint.entity));
    case ScopeConstraint::Kind::kIn:
      return in(self(), of_entity(constraint.entity));
    case ScopeConstraint::Kind::kIs:
      return is(self(), constraint.type, constraint.span);
    case ScopeConstraint::Kind::kIsIn: {
      const Partial fits = is(self(), constraint.type, constraint.span);
      SALLY_CHECK(is_value(fits));  // the types of both variables are known
      return fits.value.number == 0 ? fits : in(self(), of_entity(constraint.entity));
    }
  }
  return error();
}

Simplifier::Partial Simplifier::scope(const ActionConstraint& constraint) {
  for (const EntityUid& entity : constraint.entities) {
    const bool same = entity == action_uid_;
    const bool lies_in = constraint.kind != ActionConstraint::Kind::kEq && !same &&
                         store_.is_in(action_, EntityName::of(entity.type, entity.id));
    if (same || lies_in) {
      return of_bool(true);
    }
  }
  return of_bool(constraint.kind == ActionConstraint::Kind::kAny);
}

// Recurses as deep as expressions are high: kMaxExprHeight.
Simplifier::Partial Simplifier::eval(ExprId id) {
  if (out_.is_stuck() || !budget_.spend(1)) {
    return get_stuck();
  }
  Partial out = eval_new(id);
  if (is_surely(out, Kind::kBool) && is_residual(out)) {
    out = checked(out);
  }
  out.source = id;
  return out;
}

// What was assumed may say what it is.
Simplifier::Partial Simplifier::checked(Partial condition) {
  const auto known = out_.known(condition.expr);
  return known ? of_bool(*known) : condition;
}

Simplifier::Partial Simplifier::eval_new(ExprId id) {
  const auto operand = [&](size_t i) { return eval(body_->operand(id, i)); };
  switch (body_->kind(id)) {
    case ExprKind::kBool:
      return of_bool(body_->boolean(id));
    case ExprKind::kLong:
      return of_value(Cell::of_number(Kind::kLong, body_->number(id)));
    case ExprKind::kString:
      return of_value(Cell::of_text(body_->text(id)));
    case ExprKind::kEntity:
      return of_entity(body_->entity(id));
    case ExprKind::kVariable:
      return variable(body_->variable(id));
    case ExprKind::kNot:
      return negation(operand(0));
    case ExprKind::kAnd:
    case ExprKind::kOr:
      return logical(body_->kind(id), body_->operands(id).size(), operand);
    case ExprKind::kIf:
      return conditional(id);
    case ExprKind::kNegate:
    case ExprKind::kAdd:
    case ExprKind::kSub:
    case ExprKind::kMul:
      return arithmetic(id);
    case ExprKind::kEq:
    case ExprKind::kNotEq: {
      const Partial a = operand(0);
      return equality(body_->kind(id), a, operand(1));
    }
    case ExprKind::kLess:
    case ExprKind::kLessEq:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEq: {
      const Partial a = operand(0);
      return order(body_->kind(id), a, operand(1));
    }
    case ExprKind::kIn: {
      const Partial a = operand(0);
      return in(a, operand(1));
    }
    case ExprKind::kIs:
      return is(operand(0), body_->text(id), body_->span(id));
    case ExprKind::kIsIn:
      return is_in(id);
    case ExprKind::kHas:
      return has(id);
    case ExprKind::kGet:
      return get(id);
    case ExprKind::kLike:
      return like(id);
    case ExprKind::kSet:
    case ExprKind::kRecord:
      return collection(id);
    case ExprKind::kContains:
    case ExprKind::kContainsAll:
    case ExprKind::kContainsAny:
      return sets(id);
    case ExprKind::kIsEmpty:
      return is_empty(id);
    case ExprKind::kHasTag:
    case ExprKind::kGetTag:
      return tag(id);
    case ExprKind::kCall:
      return call(id);
  }
  return error();
}

Simplifier::Partial Simplifier::side(const Side& side) {
  return side.is_known ? of_value(Cell::of_entity(&side.name))
                       : of_residual(out_.add_variable(
                             {}, side.variable, {Type::entity(side.type->name), false, false}));
}

Simplifier::Partial Simplifier::variable(Variable variable) {
  switch (variable) {
    case Variable::kPrincipal:
      return side(principal_);
    case Variable::kAction:
      return of_value(Cell::of_entity(&action_));
    case Variable::kResource:
      return side(resource_);
    case Variable::kContext:
      break;
  }
  if (context_is_value_) {
    return of_value(context_);
  }
  Partial out =
      of_residual(out_.add_variable({}, Variable::kContext, {*context_type_, false, false}));
  out.members = &context_;
  return out;
}

// What is no bool fails where one is needed; `source` then still is what is written there.
Simplifier::Partial Simplifier::as_bool(Partial operand) {
  if (!could_be(operand, Kind::kBool)) {
    operand.state = State::kError;
  }
  return operand;
}

// `&&` and `||`: an operand that stops the chain ends it; what cannot fail before a stop is gone.
Simplifier::Partial Simplifier::logical(ExprKind kind, size_t count, const Operand& operand) {
  const bool stop = kind == ExprKind::kOr;
  const ResidualBuilder::Assumptions assumptions(out_);
  std::vector<ExprId> kept;
  bool ended = false;  // in the stop, or in an error
  for (size_t i = 0; i < count && !ended; ++i) {
    const Partial one = as_bool(operand(i));
    if (out_.is_stuck()) {
      return get_stuck();
    }
    if (is_residual(one)) {
      kept.push_back(one.expr);
      ended = kind == ExprKind::kAnd && out_.info(one.expr).never_true;
      out_.assume(one.expr, !stop);
      continue;
    }
    if (is_value(one) && (one.value.number != 0) != stop) {
      continue;
    }
    const auto is_harmless = [&](ExprId id) {
      return !out_.info(id).may_fail && is_surely(of_residual(id), Kind::kBool);
    };
    while (is_value(one) && !kept.empty() && is_harmless(kept.back())) {
      kept.pop_back();
    }
    if (kept.empty()) {
      return one;
    }
    kept.push_back(is_value(one) ? out_.add_bool({}, stop) : write(one));
    ended = true;
  }
  if (kept.empty()) {
    return of_bool(!stop);
  }
  bool fails = false;
  for (const ExprId id : kept) {
    fails = fails || out_.info(id).may_fail || !is_surely(of_residual(id), Kind::kBool);
  }
  if (kept.size() == 1) {
    if (is_surely(of_residual(kept.front()), Kind::kBool)) {
      return of_residual(kept.front());
    }
    kept.push_back(out_.add_bool({}, !stop));  // which fails where the one is no bool
  }
  ExprInfo info = boolean(fails);
  info.never_true = ended && kind == ExprKind::kAnd;
  return of_residual(out_.add(kind, {}, kept, std::move(info)));
}

Simplifier::Partial Simplifier::negation(Partial operand) {
  operand = as_bool(operand);
  if (is_error(operand)) {
    return operand;
  }
  if (is_value(operand)) {
    return of_bool(operand.value.number == 0);
  }
  const Body& body = out_.body();
  const ExprId expr = operand.expr;
  const ExprKind kind = body.kind(expr);
  if (kind == ExprKind::kNot && is_surely(of_residual(body.operand(expr, 0)), Kind::kBool)) {
    return of_residual(body.operand(expr, 0));
  }
  const bool fails = may_fail(operand) || !is_surely(operand, Kind::kBool);
  if (kind == ExprKind::kEq || kind == ExprKind::kNotEq) {
    const std::array operands{body.operand(expr, 0), body.operand(expr, 1)};
    return of_residual(out_.add(kind == ExprKind::kEq ? ExprKind::kNotEq : ExprKind::kEq,
                                span_of(operand), operands, boolean(fails)));
  }
  return of_residual(out_.add(ExprKind::kNot, span_of(operand), std::array{expr}, boolean(fails)));
}

Simplifier::Partial Simplifier::conditional(ExprId id) {
  const Partial test = as_bool(eval(body_->operand(id, 0)));
  if (is_error(test)) {
    return test;
  }
  if (is_value(test)) {
    return eval(body_->operand(id, test.value.number != 0 ? 1 : 2));
  }
  const auto branch = [&](size_t i) {
    const ResidualBuilder::Assumptions assumptions(out_);
    out_.assume(test.expr, i == 1);
    return eval(body_->operand(id, i));
  };
  const Partial then = branch(1);
  const Partial other = branch(2);
  if (is_error(then) && is_error(other)) {
    return error();
  }
  const bool is_bool = is_surely(test, Kind::kBool);
  if (is_value(then) && is_value(other)) {
    if (same_value(then.value, other.value) && is_bool && !may_fail(test)) {
      return then;
    }
    if (is_bool && then.value.kind == Kind::kBool && other.value.kind == Kind::kBool &&
        then.value.number != other.value.number) {
      return then.value.number != 0 ? test : negation(test);
    }
  }
  const std::array operands{test.expr, write(then), write(other)};
  const ExprInfo& a = out_.info(operands[1]);
  const ExprInfo& b = out_.info(operands[2]);
  ExprInfo info{std::nullopt, !is_bool || may_fail(test) || a.may_fail || b.may_fail, false};
  if (a.type && b.type && *a.type == *b.type) {
    info.type = a.type;
  } else if (is_error(then) || is_error(other)) {
    info.type = is_error(then) ? b.type : a.type;
  }
  return of_residual(out_.add(ExprKind::kIf, body_->span(id), operands, std::move(info)));
}

}  // namespace sally::cedar
