#include "cedar/analysis/facts.h"

#include <algorithm>

namespace sally::cedar {
namespace {

constexpr OrderMask kAnyOrder = kBelow | kSame | kAbove;
constexpr int64_t kLastOfDay = 86'399'999;

// As the other operand sees it.
constexpr OrderMask mirrored(OrderMask order) {
  return static_cast<OrderMask>((order & kSame) | ((order & kBelow) != 0 ? kAbove : 0) |
                                ((order & kAbove) != 0 ? kBelow : 0));
}
constexpr OrderMask complement(OrderMask order) {
  return static_cast<OrderMask>(kAnyOrder & ~order);
}

std::optional<Value> value_from(const Type& type, int64_t number) {
  if (type.kind() == TypeKind::kLong) {
    return Value::number(number);
  }
  if (type.is_extension(ExtensionType::kDecimal)) {
    return Value::decimal({number});
  }
  if (type.is_extension(ExtensionType::kDatetime)) {
    return Value::datetime({number});
  }
  return type.is_extension(ExtensionType::kDuration) ? std::optional(Value::duration({number}))
                                                     : std::nullopt;
}

std::optional<bool> find(const std::map<TermId, bool>& answers, TermId term) {
  const auto found = answers.find(term);
  return found == answers.end() ? std::nullopt : std::optional(found->second);
}

bool note(std::map<TermId, bool>& answers, TermId term, bool truth) {
  return answers.emplace(term, truth).first->second == truth;
}

}  // namespace

std::optional<bool> Facts::known(const Atom& atom) {
  switch (atom.kind) {
    case Atom::Kind::kExists:
      return find(exists_, atom.a);
    case Atom::Kind::kEvaluates:
      return find(evaluates_, atom.a);
    case Atom::Kind::kEqual:
      return known_equal(atom.a, atom.b);
    case Atom::Kind::kOrder: {
      const OrderMask possible = possible_order(atom.a, atom.b);
      if ((possible & atom.order) == 0) {
        return false;
      }
      return (possible & complement(atom.order)) == 0 ? std::optional(true) : std::nullopt;
    }
    case Atom::Kind::kHolds:
      return known_predicate(atom.a, atom.predicate);
  }
  return std::nullopt;
}

bool Facts::assume(const Atom& atom, bool truth) {
  switch (atom.kind) {
    case Atom::Kind::kExists:
      return note(exists_, atom.a, truth);
    case Atom::Kind::kEvaluates:
      return note(evaluates_, atom.a, truth);
    case Atom::Kind::kEqual:
      return assume_equal(atom.a, atom.b, truth);
    case Atom::Kind::kOrder:
      return assume_order(atom.a, atom.b, truth ? atom.order : complement(atom.order));
    case Atom::Kind::kHolds:
      return assume_predicate(atom.a, atom.predicate, truth);
  }
  return true;
}

Facts::Knowledge& Facts::about(TermId term) {
  Knowledge& known = knowledge_[term];
  if (!known.started) {
    known.started = true;
    const Term& what = terms_[term];
    if (what.constant) {
      known.fixed = what.constant;
      if (const auto number = number_of(*what.constant)) {
        known.low = known.high = *number;
      }
    } else if (what.kind == ExprKind::kCall && what.function == Function::kToTime) {
      known.low = 0;
      known.high = kLastOfDay;
    }
  }
  return known;
}

const Value* Facts::value_of(TermId term) {
  const Knowledge& known = about(term);
  return known.fixed ? &*known.fixed : nullptr;
}

// Of one value of a term: whether nothing known speaks against it.
bool Facts::may_be(TermId term, const Value& value) {
  const Knowledge& known = about(term);
  if (known.fixed) {
    return *known.fixed == value;
  }
  budget_.spend(1 + known.excluded.size() + known.predicates.size());
  const Type* const type = types_.of(term);
  const auto value_type = type_of_value(value);
  if (type != nullptr && value_type && are_disjoint(*type, *value_type)) {
    return false;
  }
  if (value.kind() == ValueKind::kEntity) {
    const EntityType* const entity = types_.schema().find_entity_type(value.as_entity().type);
    if (type != nullptr && entity != nullptr && !entity->allows_id(value.as_entity().id)) {
      return false;
    }
  }
  if (const auto number = number_of(value);
      number && types_.is_ordered(term) && (*number < known.low || *number > known.high)) {
    return false;
  }
  return std::ranges::find(known.excluded, value) == known.excluded.end() &&
         std::ranges::all_of(known.predicates, [&](const auto& entry) {
           return holds_of(entry.first, value, types_.schema()).value_or(entry.second) ==
                  entry.second;
         });
}

bool Facts::fix(TermId term, const Value& value) {
  if (!may_be(term, value)) {
    return false;
  }
  return about(term).fixed.has_value() || settle(term, value);
}

// Draws the conclusions from a value that may be.
bool Facts::settle(TermId term, const Value& value) {
  Knowledge& known = about(term);
  known.fixed = value;
  if (const auto number = number_of(value)) {
    known.low = known.high = *number;
  }
  // What only entities say, they say of the value as well.
  const auto predicates = known.predicates;
  for (const auto& [predicate, truth] : predicates) {
    if (!assume_predicate(terms_.constant(value), predicate, truth)) {
      return false;
    }
  }
  const auto equalities = equalities_;
  budget_.spend(equalities.size());
  for (const auto& [pair, truth] : equalities) {
    if (pair.first != term && pair.second != term) {
      continue;
    }
    const TermId other = pair.first == term ? pair.second : pair.first;
    if (!(truth ? fix(other, value) : exclude(other, value))) {
      return false;
    }
  }
  return true;
}

bool Facts::exclude(TermId term, const Value& value) {
  if (const Value* const only = value_of(term)) {
    return !(*only == value);
  }
  if (!may_be(term, value)) {
    return true;
  }
  about(term).excluded.push_back(value);
  return tidy(term) && exclude_of_few(term);
}

// Booleans and enumerated entities: where one value is left it is that, and one is always left.
bool Facts::exclude_of_few(TermId term) {
  const Type* const type = types_.of(term);
  if (type == nullptr || about(term).fixed) {
    return true;
  }
  std::vector<Value> left;
  const auto try_value = [&](const Value& value) {
    if (may_be(term, value)) {
      left.push_back(value);
    }
  };
  if (type->is_bool()) {
    try_value(Value::boolean(false));
    try_value(Value::boolean(true));
  } else {
    const EntityType* const entity = types_.schema().find_entity_type(types_.entity_type_of(term));
    if (entity == nullptr || !entity->is_enum()) {
      return true;
    }
    for (const std::string& id : entity->enum_ids) {
      try_value(Value::entity({entity->name, id}));
    }
  }
  return !left.empty() && (left.size() > 1 || fix(term, left.front()));
}

bool Facts::excludes_number(TermId term, int64_t number) {
  const auto& excluded = about(term).excluded;
  budget_.spend(1 + excluded.size());
  return std::ranges::any_of(excluded,
                             [&](const Value& value) { return number_of(value) == number; });
}

// Moves the bounds past what is excluded.
bool Facts::tidy(TermId term) {
  if (!types_.is_ordered(term)) {
    return true;
  }
  Knowledge& known = about(term);
  while (known.low < known.high && excludes_number(term, known.low)) {
    ++known.low;
  }
  while (known.low < known.high && excludes_number(term, known.high)) {
    --known.high;
  }
  if (known.low > known.high || (known.low == known.high && excludes_number(term, known.low))) {
    return false;
  }
  if (known.low < known.high || known.fixed) {
    return true;
  }
  const auto value = value_from(*types_.of(term), known.low);
  return !value || fix(term, *value);
}

OrderMask Facts::possible_order(TermId a, TermId b) {
  if (a == b) {
    return kSame;
  }
  const Knowledge& left = about(a);
  const Knowledge& right = about(b);
  OrderMask out = 0;
  out |= left.low < right.high ? kBelow : 0;
  out |= left.high > right.low ? kAbove : 0;
  const bool meet = std::max(left.low, right.low) <= std::min(left.high, right.high);
  const bool spoken_against = (left.low == left.high && excludes_number(b, left.low)) ||
                              (right.low == right.high && excludes_number(a, right.low));
  out |= meet && !spoken_against ? kSame : 0;
  const auto found = orders_.find(std::minmax(a, b));
  if (found != orders_.end()) {
    out &= a < b ? found->second : mirrored(found->second);
  }
  return out;
}

bool Facts::assume_order(TermId a, TermId b, OrderMask order) {
  order &= possible_order(a, b);
  if (order == 0) {
    return false;
  }
  const Value* const left = value_of(a);
  const Value* const right = value_of(b);
  if (left != nullptr && right != nullptr) {
    return true;
  }
  if (left != nullptr) {
    return bound(b, mirrored(order), number_of(*left).value_or(0));
  }
  if (right != nullptr) {
    return bound(a, order, number_of(*right).value_or(0));
  }
  orders_[std::minmax(a, b)] = a < b ? order : mirrored(order);
  return bound_pair(a, b, order) && bound_pair(b, a, mirrored(order)) && tidy(a) && tidy(b);
}

// `order` is possible.
bool Facts::bound(TermId term, OrderMask order, int64_t number) {
  Knowledge& known = about(term);
  if ((order & kAbove) == 0) {
    known.high = std::min(known.high, (order & kSame) != 0 ? number : number - 1);
  }
  if ((order & kBelow) == 0) {
    known.low = std::max(known.low, (order & kSame) != 0 ? number : number + 1);
  }
  if (order == (kBelow | kAbove)) {
    const auto value = value_from(*types_.of(term), number);
    return !value || exclude(term, *value);
  }
  return tidy(term) && propagate(term);
}

// To those it is compared with, one step far.
bool Facts::propagate(TermId term) {
  budget_.spend(orders_.size());
  for (const auto& [pair, order] : orders_) {
    if ((pair.first == term || pair.second == term) &&
        (!bound_pair(pair.first, pair.second, order) ||
         !bound_pair(pair.second, pair.first, mirrored(order)))) {
      return false;
    }
  }
  return true;
}

// What `a` at most as large as `b` says of their bounds; `order` is possible.
bool Facts::bound_pair(TermId a, TermId b, OrderMask order) {
  if ((order & kAbove) != 0) {
    return true;
  }
  const int64_t step = (order & kSame) != 0 ? 0 : 1;
  Knowledge& left = about(a);
  Knowledge& right = about(b);
  if (right.high < std::numeric_limits<int64_t>::min() + step ||
      left.low > std::numeric_limits<int64_t>::max() - step) {
    return false;
  }
  left.high = std::min(left.high, right.high - step);
  right.low = std::max(right.low, left.low + step);
  return left.low <= left.high && right.low <= right.high;
}

std::optional<bool> Facts::known_equal(TermId a, TermId b) {
  if (a == b) {
    return true;
  }
  const Value* const left = value_of(a);
  const Value* const right = value_of(b);
  if (left != nullptr && right != nullptr) {
    return *left == *right;
  }
  if (left != nullptr || right != nullptr) {
    return may_be(left != nullptr ? b : a, left != nullptr ? *left : *right) ? std::nullopt
                                                                             : std::optional(false);
  }
  const Type* const left_type = types_.of(a);
  const Type* const right_type = types_.of(b);
  if (left_type != nullptr && right_type != nullptr && are_disjoint(*left_type, *right_type)) {
    return false;
  }
  const auto found = equalities_.find(std::minmax(a, b));
  return found == equalities_.end() ? std::nullopt : std::optional(found->second);
}

bool Facts::assume_equal(TermId a, TermId b, bool truth) {
  if (const auto known = known_equal(a, b)) {
    return *known == truth;
  }
  const Value* const left = value_of(a);
  const Value* const right = value_of(b);
  if (left == nullptr && right == nullptr) {
    equalities_[std::minmax(a, b)] = truth;
    return true;
  }
  const TermId open = left != nullptr ? b : a;
  const Value value = left != nullptr ? *left : *right;
  return truth ? fix(open, value) : exclude(open, value);
}

std::optional<bool> Facts::in_is_equal(TermId term, const Predicate& predicate) {
  const std::string_view type = types_.entity_type_of(term);
  if (predicate.kind != Predicate::Kind::kIn || type.empty()) {
    return false;
  }
  return in_means_equal(types_.schema(), type, predicate.operand->as_entity().type);
}

std::optional<bool> Facts::known_predicate(TermId term, const Predicate& predicate) {
  if (const Value* const value = value_of(term)) {
    if (const auto holds = holds_of(predicate, *value, types_.schema())) {
      return holds;
    }
    term = terms_.constant(*value);
  } else {
    const auto equal = in_is_equal(term, predicate);
    if (!equal) {
      return false;
    }
    if (*equal) {
      return known_equal(term, terms_.constant(*predicate.operand));
    }
  }
  const Knowledge& known = about(term);
  for (const auto& [other, truth] : known.predicates) {
    budget_.spend(1 + other.pattern.size() + predicate.pattern.size());
    if (truth ? implies(other, predicate) : implies(predicate, other)) {
      return truth;
    }
    if (truth && exclude_each_other(other, predicate)) {
      return false;
    }
  }
  return std::nullopt;
}

bool Facts::assume_predicate(TermId term, const Predicate& predicate, bool truth) {
  if (const auto known = known_predicate(term, predicate)) {
    return *known == truth;
  }
  if (const Value* const value = value_of(term)) {
    about(terms_.constant(*value)).predicates.emplace_back(predicate, truth);
    return true;
  }
  if (in_is_equal(term, predicate).value_or(false)) {
    return assume_equal(term, terms_.constant(*predicate.operand), truth);
  }
  about(term).predicates.emplace_back(predicate, truth);
  // Every entity is in itself.
  return truth || predicate.kind != Predicate::Kind::kIn || exclude(term, *predicate.operand);
}

}  // namespace sally::cedar
