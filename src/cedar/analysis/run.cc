#include "cedar/analysis/run.h"

#include <algorithm>

#include "cedar/validate/members.h"

namespace sally::cedar {

using Truth = Run::Truth;

namespace {

Truth negated(Truth truth) {
  return truth == Truth::kFails ? truth : truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

Truth truth(bool value) {
  return value ? Truth::kTrue : Truth::kFalse;
}

}  // namespace

Rule make_rule(const ActivePolicy& policy, Terms& terms) {
  Rule out{.id = std::string(policy.id),
           .policy = policy.policy,
           .principal = policy.principal,
           .resource = policy.resource,
           .clauses = {},
           .mentions = {}};
  const std::vector<TermId> ids = terms.add(policy.policy->body);
  out.mentions = ids;
  for (const ScopeConstraint* const scope : {&policy.principal, &policy.resource}) {
    if (scope->kind != ScopeConstraint::Kind::kAny && scope->kind != ScopeConstraint::Kind::kIs) {
      out.mentions.push_back(terms.constant(Value::entity(scope->entity)));
    }
  }
  std::ranges::sort(out.mentions);
  for (const Condition& condition : policy.policy->conditions) {
    out.clauses.push_back({ids[condition.expr], condition.kind == Condition::Kind::kWhen});
  }
  return out;
}

bool advance(Script& script) {
  while (!script.empty() && !script.back()) {
    script.pop_back();
  }
  if (script.empty()) {
    return false;
  }
  script.back() = false;
  return true;
}

bool Run::ask(Atom atom) {
  budget_.spend(1);
  if (is_over()) {
    return false;
  }
  if (const auto known = facts_.known(atom)) {
    return *known;
  }
  if (next_choice_ == script_.size()) {
    script_.push_back(true);
  }
  const bool choice = script_[next_choice_++];
  over_ = !facts_.assume(atom, choice);
  return choice;
}

Truth Run::apply(const Rule& rule) {
  if (!holds(rule.policy->action, *types_.environment().action) ||
      !may_hold(rule.principal, *types_.environment().principal) ||
      !may_hold(rule.resource, *types_.environment().resource) ||
      !in_scope(rule.principal, Variable::kPrincipal) ||
      !in_scope(rule.resource, Variable::kResource)) {
    return Truth::kFalse;
  }
  for (const Rule::Clause& clause : rule.clauses) {
    const Truth found = condition(clause.term);
    if (found != truth(clause.wanted)) {
      return found == Truth::kFails ? found : Truth::kFalse;
    }
  }
  return Truth::kTrue;
}

// That the type is right is known already.
bool Run::in_scope(const ScopeConstraint& constraint, Variable variable) {
  switch (constraint.kind) {
    case ScopeConstraint::Kind::kAny:
    case ScopeConstraint::Kind::kIs:
      return true;
    case ScopeConstraint::Kind::kEq:
      return equal(terms_.variable(variable), terms_.constant(Value::entity(constraint.entity))) ==
             Truth::kTrue;
    case ScopeConstraint::Kind::kIn:
    case ScopeConstraint::Kind::kIsIn:
      return in_one(terms_.variable(variable), terms_.constant(Value::entity(constraint.entity))) ==
             Truth::kTrue;
  }
  return false;
}

Truth Run::condition(TermId id) {
  budget_.spend(1);
  if (is_over()) {
    return Truth::kFails;
  }
  const Term& term = terms_[id];
  if (!gives_boolean(term)) {
    if (!term.is_constant() && term.kind == ExprKind::kIf) {
      const Truth which = condition(term.operands[0]);
      return which == Truth::kFails ? which
                                    : condition(term.operands[which == Truth::kTrue ? 1 : 2]);
    }
    const auto found = value(id);
    return found ? truth_of(*found) : Truth::kFails;
  }
  if (term.kind == ExprKind::kNot) {
    return negated(condition(term.operands[0]));
  }
  if (term.kind == ExprKind::kAnd || term.kind == ExprKind::kOr) {
    return over_elements(term.operands, truth(term.kind == ExprKind::kAnd),
                         [&](TermId operand) { return condition(operand); });
  }
  if (term.kind == ExprKind::kIsIn) {
    const auto entity = value(term.operands[0]);
    const Truth of_type = entity ? is(term, *entity) : Truth::kFails;
    if (of_type != Truth::kTrue) {
      return of_type;
    }
    const auto group = value(term.operands[1]);
    return group ? in(*entity, *group) : Truth::kFails;
  }
  const auto operands = values(term.operands);
  return operands ? relation(term, *operands) : Truth::kFails;
}

// A condition over values that did not fail.
Truth Run::relation(const Term& term, const std::vector<TermId>& operands) {
  if (term.kind == ExprKind::kCall) {
    return call(term, operands);
  }
  const TermId a = operands.front();
  const TermId b = operands.back();
  if (term.kind == ExprKind::kEq) {
    return equal(a, b);
  }
  if (term.kind == ExprKind::kNotEq) {
    return negated(equal(a, b));
  }
  if (term.kind == ExprKind::kIn) {
    return in(a, b);
  }
  if (term.kind == ExprKind::kIs) {
    return is(term, a);
  }
  if (term.kind == ExprKind::kHas) {
    return has(term, a);
  }
  if (term.kind == ExprKind::kLike) {
    return like(term, a);
  }
  if (term.kind == ExprKind::kHasTag) {
    return has_tag(a, b);
  }
  if (term.kind == ExprKind::kContainsAll || term.kind == ExprKind::kContainsAny) {
    return contains_many(term, a, b);
  }
  if (term.kind != ExprKind::kContains && term.kind != ExprKind::kIsEmpty) {
    return order(term, a, b);
  }
  if (!is_kind(a, TypeKind::kSet)) {
    return opaque(term, operands, true);
  }
  return term.kind == ExprKind::kContains ? contains(a, b) : is_empty(a);
}

Truth Run::over_elements(const std::vector<TermId>& elements, Truth rest, const Elements& of) {
  for (const TermId element : elements) {
    const Truth found = of(element);
    if (found != rest) {
      return found;
    }
  }
  return rest;
}

Truth Run::opaque(const Term& term, std::vector<TermId> operands, bool may_fail) {
  Term again = term;
  again.operands = std::move(operands);
  const TermId id = terms_.make(std::move(again));
  if (may_fail && !ask({.kind = Atom::Kind::kEvaluates, .a = id})) {
    return Truth::kFails;
  }
  return equal(id, terms_.constant(Value::boolean(true)));
}

// Of a value where a boolean is wanted.
Truth Run::truth_of(TermId value) {
  if (equal(value, terms_.constant(Value::boolean(true))) == Truth::kTrue) {
    return Truth::kTrue;
  }
  return is_kind(value, TypeKind::kBool) ||
                 equal(value, terms_.constant(Value::boolean(false))) == Truth::kTrue
             ? Truth::kFalse
             : Truth::kFails;
}

Truth Run::equal(TermId a, TermId b) {
  const bool ordered =
      types_.is_ordered(a) && types_.is_ordered(b) && *types_.of(a) == *types_.of(b);
  return asked(
      {.kind = ordered ? Atom::Kind::kOrder : Atom::Kind::kEqual, .a = a, .b = b, .order = kSame});
}

Truth Run::order(const Term& term, TermId a, TermId b) {
  const bool ordered =
      types_.is_ordered(a) && types_.is_ordered(b) && *types_.of(a) == *types_.of(b);
  const bool decimals = ordered && types_.of(a)->is_extension(ExtensionType::kDecimal);
  if (!ordered || decimals != (term.kind == ExprKind::kCall)) {
    return opaque(term, {a, b}, true);
  }
  OrderMask wanted = 0;
  if (term.kind == ExprKind::kLess || term.function == Function::kLessThan) {
    wanted = kBelow;
  } else if (term.kind == ExprKind::kLessEq || term.function == Function::kLessThanOrEqual) {
    wanted = kBelow | kSame;
  } else if (term.kind == ExprKind::kGreater || term.function == Function::kGreaterThan) {
    wanted = kAbove;
  } else {
    wanted = kAbove | kSame;
  }
  return asked({.kind = Atom::Kind::kOrder, .a = a, .b = b, .order = wanted});
}

Truth Run::in(TermId a, TermId b) {
  const Term term{.kind = ExprKind::kIn};
  if (types_.entity_type_of(a).empty()) {
    return opaque(term, {a, b}, true);
  }
  if (!types_.entity_type_of(b).empty()) {
    return in_one(a, b);
  }
  const auto elements = elements_of(b);
  if (elements && std::ranges::none_of(*elements, [&](TermId element) {
        return types_.entity_type_of(element).empty();
      })) {
    return over_elements(*elements, Truth::kFalse,
                         [&](TermId element) { return in_one(a, element); });
  }
  return opaque(term, {a, b}, !is_set_of_entities(b));
}

// Both are entities.
Truth Run::in_one(TermId a, TermId b) {
  const Term& group = terms_[b];
  if (group.constant) {
    return asked({.kind = Atom::Kind::kHolds,
                  .a = a,
                  .predicate = {.kind = Predicate::Kind::kIn, .operand = group.constant}});
  }
  if (facts_.known({.kind = Atom::Kind::kEqual, .a = a, .b = b}) == true) {
    return Truth::kTrue;
  }
  const auto equal_only =
      in_means_equal(types_.schema(), types_.entity_type_of(a), types_.entity_type_of(b));
  if (!equal_only) {
    return Truth::kFalse;
  }
  if (*equal_only) {
    return equal(a, b);
  }
  const Truth found = opaque({.kind = ExprKind::kIn}, {a, b}, false);
  if (found == Truth::kFalse && !is_over()) {
    // Every entity is in itself.
    over_ = !facts_.assume({.kind = Atom::Kind::kEqual, .a = a, .b = b}, false);
  }
  return found;
}

Truth Run::is(const Term& term, TermId entity) {
  const std::string_view type = types_.entity_type_of(entity);
  if (!type.empty()) {
    return truth(type == term.names[0]);
  }
  return opaque({.kind = ExprKind::kIs, .names = term.names}, {entity}, true);
}

Truth Run::has(const Term& term, TermId object) {
  TermId at = object;
  for (const std::string& name : term.names) {
    const Truth found = present(at, name);
    if (found != Truth::kTrue) {
      return found;
    }
    at = get_term(at, name);
  }
  return Truth::kTrue;
}

Truth Run::present(TermId object, const std::string& name) {
  const Term& term = terms_[object];
  if (!term.is_constant() && term.kind == ExprKind::kRecord) {
    return truth(std::ranges::find(term.names, name) != term.names.end());
  }
  const Type* const type = types_.of(object);
  const TermId member = get_term(object, name);
  if (type == nullptr || (!type->is_entity() && type->kind() != TypeKind::kRecord)) {
    const TermId whether =
        terms_.make({.kind = ExprKind::kHas, .operands = {object}, .names = {name}});
    return ask({.kind = Atom::Kind::kEvaluates, .a = whether})
               ? asked({.kind = Atom::Kind::kEvaluates, .a = member})
               : Truth::kFails;
  }
  if (!may_have_attribute(types_.schema(), *type, name)) {
    return Truth::kFalse;
  }
  if (type->is_entity() && !ask({.kind = Atom::Kind::kExists, .a = object})) {
    return Truth::kFalse;
  }
  const auto attribute = find_attribute(types_.schema(), *type, name);
  return attribute && attribute->required ? Truth::kTrue
                                          : asked({.kind = Atom::Kind::kEvaluates, .a = member});
}

TermId Run::get_term(TermId object, const std::string& name) {
  const Term& term = terms_[object];
  if (term.constant && term.constant->kind() == ValueKind::kRecord) {
    if (const Value* const field = term.constant->find(name)) {
      return terms_.constant(*field);
    }
  } else if (!term.constant && term.kind == ExprKind::kRecord) {
    const auto found = std::ranges::find(term.names, name);
    if (found != term.names.end()) {
      return term.operands[static_cast<size_t>(found - term.names.begin())];
    }
  }
  return terms_.make({.kind = ExprKind::kGet, .operands = {object}, .names = {name}});
}

std::optional<TermId> Run::get(TermId object, const std::string& name) {
  return present(object, name) == Truth::kTrue ? std::optional(get_term(object, name))
                                               : std::nullopt;
}

Truth Run::like(const Term& term, TermId text) {
  if (!is_kind(text, TypeKind::kString)) {
    return opaque(term, {text}, true);
  }
  return asked({.kind = Atom::Kind::kHolds,
                .a = text,
                .predicate = {.kind = Predicate::Kind::kLike, .pattern = term.pattern}});
}

Truth Run::has_tag(TermId entity, TermId tag) {
  const Type* const type = types_.of(entity);
  if (type == nullptr || !type->is_entity() || !is_kind(tag, TypeKind::kString)) {
    return opaque({.kind = ExprKind::kHasTag}, {entity, tag}, true);
  }
  if (!find_tags(types_.schema(), *type) || !ask({.kind = Atom::Kind::kExists, .a = entity})) {
    return Truth::kFalse;
  }
  const TermId found = terms_.make({.kind = ExprKind::kGetTag, .operands = {entity, tag}});
  return asked({.kind = Atom::Kind::kEvaluates, .a = found});
}

bool Run::is_kind(TermId id, TypeKind kind) {
  const Type* const type = types_.of(id);
  return type != nullptr && type->kind() == kind;
}

}  // namespace sally::cedar
