// Sets, calls and what is no condition.
#include <algorithm>

#include "cedar/analysis/run.h"
#include "cedar/validate/signature.h"

namespace sally::cedar {

using Truth = Run::Truth;

namespace {

// Whether it gives a value whatever its arguments of the right types are.
bool never_fails(Function function) {
  return !is_one_of(function,
                    {Function::kDecimal, Function::kIp, Function::kDatetime, Function::kDuration,
                     Function::kOffset, Function::kDurationSince, Function::kToDate});
}

std::optional<Predicate::Kind> question_of(Function function) {
  if (is_one_of(function, {Function::kIsIpv4, Function::kIsIpv6})) {
    return Predicate::Kind::kIpv4;
  }
  if (function == Function::kIsLoopback) {
    return Predicate::Kind::kLoopback;
  }
  if (function == Function::kIsMulticast) {
    return Predicate::Kind::kMulticast;
  }
  return function == Function::kIsInRange ? std::optional(Predicate::Kind::kInRange) : std::nullopt;
}

}  // namespace

std::optional<std::vector<TermId>> Run::elements_of(TermId set) {
  const Term& term = terms_[set];
  if (!term.constant) {
    return term.kind == ExprKind::kSet ? std::optional(term.operands) : std::nullopt;
  }
  if (term.constant->kind() != ValueKind::kSet) {
    return std::nullopt;
  }
  std::vector<TermId> out;
  for (const Value& element : term.constant->as_set()) {
    out.push_back(terms_.constant(element));
  }
  return out;
}

bool Run::is_set_of_entities(TermId id) {
  const Type* const type = types_.of(id);
  return type != nullptr && type->kind() == TypeKind::kSet && type->element().is_entity();
}

// `set` is one.
Truth Run::contains(TermId set, TermId element) {
  if (const auto elements = elements_of(set)) {
    return over_elements(*elements, Truth::kFalse,
                         [&](TermId candidate) { return equal(candidate, element); });
  }
  if (!terms_[element].constant) {
    return opaque({.kind = ExprKind::kContains}, {set, element}, false);
  }
  const Predicate predicate{.kind = Predicate::Kind::kContains,
                            .operand = terms_[element].constant};
  return asked({.kind = Atom::Kind::kHolds, .a = set, .predicate = predicate});
}

Truth Run::contains_many(const Term& term, TermId set, TermId other) {
  const bool both_sets =
      is_kind(set, TypeKind::kSet) && (is_kind(other, TypeKind::kSet) || elements_of(other));
  const auto elements = elements_of(other);
  if (!both_sets || !elements) {
    return opaque(term, {set, other}, !both_sets);
  }
  return over_elements(*elements,
                       term.kind == ExprKind::kContainsAll ? Truth::kTrue : Truth::kFalse,
                       [&](TermId element) { return contains(set, element); });
}

Truth Run::is_empty(TermId set) {
  if (const auto elements = elements_of(set)) {
    return elements->empty() ? Truth::kTrue : Truth::kFalse;
  }
  return asked(
      {.kind = Atom::Kind::kHolds, .a = set, .predicate = {.kind = Predicate::Kind::kEmpty}});
}

// Calls that give a boolean.
Truth Run::call(const Term& term, const std::vector<TermId>& arguments) {
  if (arguments.size() != row_of(term.function).arity) {
    return Truth::kFails;
  }
  const auto question = question_of(term.function);
  if (!question) {
    return order(term, arguments.front(), arguments.back());
  }
  const auto parameters = signature_of(term.function).parameters;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const Type* const type = types_.of(arguments[i]);
    if (type == nullptr || !(*type == parameters[i])) {
      return opaque(term, arguments, true);
    }
  }
  Predicate predicate{.kind = *question};
  if (*question == Predicate::Kind::kInRange) {
    predicate.operand = terms_[arguments.back()].constant;
    if (!predicate.operand) {
      return opaque(term, arguments, false);
    }
  }
  const bool holds =
      ask({.kind = Atom::Kind::kHolds, .a = arguments.front(), .predicate = predicate});
  return holds != (term.function == Function::kIsIpv6) ? Truth::kTrue : Truth::kFalse;
}

std::optional<std::vector<TermId>> Run::values(const std::vector<TermId>& operands) {
  std::vector<TermId> out;
  for (const TermId operand : operands) {
    const auto found = value(operand);
    if (!found) {
      return std::nullopt;
    }
    out.push_back(*found);
  }
  return out;
}

std::optional<TermId> Run::value(TermId id) {
  budget_.spend(1);
  if (is_over()) {
    return std::nullopt;
  }
  const Term& term = terms_[id];
  if (term.is_constant() || term.kind == ExprKind::kVariable) {
    return id;
  }
  if (term.kind == ExprKind::kIf) {
    const Truth which = condition(term.operands[0]);
    return which == Truth::kFails ? std::nullopt
                                  : value(term.operands[which == Truth::kTrue ? 1 : 2]);
  }
  if (gives_boolean(term)) {
    const Truth found = condition(id);
    return found == Truth::kFails
               ? std::nullopt
               : std::optional(terms_.constant(Value::boolean(found == Truth::kTrue)));
  }
  const auto operands = values(term.operands);
  if (!operands) {
    return std::nullopt;
  }
  if (term.kind == ExprKind::kGet) {
    return get(operands->front(), term.names[0]);
  }
  if (term.kind == ExprKind::kGetTag) {
    return has_tag(operands->front(), operands->back()) == Truth::kTrue
               ? std::optional(terms_.make({.kind = ExprKind::kGetTag, .operands = *operands}))
               : std::nullopt;
  }
  return compute(term, *operands);
}

// An operator that makes a new value.
std::optional<TermId> Run::compute(const Term& term, const std::vector<TermId>& operands) {
  Term again = term;
  again.operands = operands;
  const TermId out = terms_.make(std::move(again));
  if (terms_[out].is_constant() || term.kind == ExprKind::kSet || term.kind == ExprKind::kRecord) {
    return out;
  }
  const bool is_arithmetic = term.kind != ExprKind::kCall;
  if ((is_arithmetic || term.function <= Function::kDuration) &&
      std::ranges::all_of(operands,
                          [&](TermId operand) { return terms_[operand].is_constant(); })) {
    return std::nullopt;  // it would have been folded
  }
  bool may_fail = true;
  if (term.kind == ExprKind::kCall && never_fails(term.function)) {
    const auto parameters = signature_of(term.function).parameters;
    may_fail = !std::ranges::equal(operands, parameters, [&](TermId operand, const Type& wanted) {
      const Type* const type = types_.of(operand);
      return type != nullptr && *type == wanted;
    });
  }
  return !may_fail || ask({.kind = Atom::Kind::kEvaluates, .a = out}) ? std::optional(out)
                                                                      : std::nullopt;
}

}  // namespace sally::cedar
