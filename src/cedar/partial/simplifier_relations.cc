// The part of the simplifier that compares: equality, order, membership, types.
#include <algorithm>
#include <array>

#include "cedar/partial/simplifier.h"

namespace sally::cedar {
namespace {

ExprInfo boolean(bool may_fail) {
  return {Type::boolean(), may_fail, false};
}

bool is_ordered(ValueKind kind) {
  return kind == ValueKind::kLong || kind == ValueKind::kDatetime || kind == ValueKind::kDuration;
}

}  // namespace

// Whether the residual is an entity and another than this one.
bool Simplifier::cannot_be(const Partial& residual, const EntityName& entity) const {
  const Type* const type = type_of(residual);
  if (type == nullptr || type->kind() != TypeKind::kEntity) {
    return false;
  }
  const auto types = type->entity_types();
  if (std::ranges::find(types, entity.type) == types.end()) {
    return true;
  }
  const EntityType* const declared = entity_type_of(residual);
  if (declared != nullptr && !declared->allows_id(entity.id)) {
    return true;
  }
  if (out_.body().kind(residual.expr) != ExprKind::kVariable || store_.find(entity) == nullptr) {
    return false;
  }
  const bool is_principal = out_.body().variable(residual.expr) == Variable::kPrincipal;
  return (is_principal ? principal_ : resource_).presence == Presence::kAdded;
}

bool Simplifier::differ(const Partial& a, const Partial& b) const {
  const auto kind_a = kind_of(a);
  const auto kind_b = kind_of(b);
  if (kind_a && kind_b && *kind_a != *kind_b) {
    return true;
  }
  if (kind_a != Kind::kEntity || kind_b != Kind::kEntity) {
    return false;
  }
  if (is_value(a) || is_value(b)) {
    return is_value(a) ? cannot_be(b, *a.value.entity) : cannot_be(a, *b.value.entity);
  }
  const auto types_a = type_of(a);
  const auto types_b = type_of(b);
  return types_a->kind() == TypeKind::kEntity && types_b->kind() == TypeKind::kEntity &&
         std::ranges::none_of(types_a->entity_types(), [&](const std::string& type) {
           return std::ranges::binary_search(types_b->entity_types(), type);
         });
}

Simplifier::Partial Simplifier::equality(ExprKind kind, const Partial& a, const Partial& b) {
  const bool wanted = kind == ExprKind::kEq;
  if (is_error(a) || is_error(b)) {
    return error();
  }
  if (is_value(a) && is_value(b)) {
    return of_bool(same_value(a.value, b.value) == wanted);
  }
  const bool fails = may_fail(a) || may_fail(b);
  if (!fails && differ(a, b)) {
    return of_bool(!wanted);
  }
  if (!fails && is_residual(a) && is_residual(b) &&
      same_expression(out_.body(), a.expr, out_.body(), b.expr)) {
    return of_bool(wanted);
  }
  const std::array operands{write(a), write(b)};
  return of_residual(out_.add(kind, {}, operands, boolean(fails)));
}

Simplifier::Partial Simplifier::order(ExprKind kind, const Partial& a, const Partial& b) {
  if (is_error(a) || is_error(b)) {
    return error();
  }
  if (is_value(a) && is_value(b)) {
    Cell out;
    return done(operations_.apply(kind, std::array{a.value, b.value}, out), out);
  }
  const auto kind_a = kind_of(a);
  const auto kind_b = kind_of(b);
  if ((kind_a && !is_ordered(*kind_a)) || (kind_b && !is_ordered(*kind_b)) ||
      (kind_a && kind_b && *kind_a != *kind_b)) {
    return error();
  }
  const bool fails = may_fail(a) || may_fail(b) || !kind_a || !kind_b;
  const std::array operands{write(a), write(b)};
  return of_residual(out_.add(kind, {}, operands, boolean(fails)));
}

Simplifier::Partial Simplifier::in(const Partial& a, const Partial& b) {
  if (is_error(a) || is_error(b) || !could_be(a, Kind::kEntity) ||
      !(could_be(b, Kind::kEntity) || could_be(b, Kind::kSet))) {
    return error();
  }
  if (is_value(b) && b.value.kind == Kind::kSet &&
      !std::ranges::all_of(b.value.as_set(),
                           [](const Cell& group) { return group.kind == Kind::kEntity; })) {
    return error();
  }
  if (is_value(b)) {
    return is_value(a) ? in_known(a, b) : in_groups(a, b);
  }
  // The groups are a residual.
  const Type* const type = type_of(b);
  const bool is_set = type != nullptr && type->kind() == TypeKind::kSet;
  const Type* const group = is_set ? &type->element() : type;
  // A set of something else may be empty, and then it does not fail.
  const bool fails = may_fail(a) || may_fail(b) || !is_surely(a, Kind::kEntity) ||
                     group == nullptr || !group->is_entity();
  if (!fails && group->kind() == TypeKind::kEntity) {
    const auto may_lie_in = [&](std::string_view member) {
      return std::ranges::any_of(group->entity_types(), [&](const std::string& ancestor) {
        return schema_.may_be_in(member, ancestor);
      });
    };
    const Type* const member = type_of(a);
    const bool possible = is_value(a) ? may_lie_in(a.value.entity->type)
                                      : member->kind() != TypeKind::kEntity ||
                                            std::ranges::any_of(member->entity_types(), may_lie_in);
    if (!possible) {
      return of_bool(false);
    }
  }
  const std::array operands{write(a), write(b)};
  return of_residual(out_.add(ExprKind::kIn, {}, operands, boolean(fails)));
}

// Both are values. What is in is in; what is not may be by the parents of an entity that is added:
// of the entity itself, or of one that it lies in.
Simplifier::Partial Simplifier::in_known(const Partial& a, const Partial& groups) {
  Cell out;
  const Partial known =
      done(operations_.apply(ExprKind::kIn, std::array{a.value, groups.value}, out), out);
  if (!is_value(known) || known.value.number != 0 || everything_known()) {
    return known;
  }
  const auto may_lead_to_group = [&](const EntityName& name) {
    const auto leads_to = [&](const Cell& group) {
      return schema_.may_be_in(name.type, group.entity->type);
    };
    if (!may_be_added(name)) {
      return false;
    }
    return groups.value.kind == Kind::kSet ? std::ranges::any_of(groups.value.as_set(), leads_to)
                                           : leads_to(groups.value);
  };
  const StoredEntity* const stored = store_.find(*a.value.entity);
  const bool may_be = stored == nullptr
                          ? may_lead_to_group(*a.value.entity)
                          : std::ranges::any_of(stored->ancestors, [&](const EntityName* ancestor) {
                              return may_lead_to_group(*ancestor);
                            });
  if (!may_be) {
    return known;
  }
  const std::array operands{write(a), write(groups)};
  return of_residual(out_.add(ExprKind::kIn, {}, operands, boolean(false)));
}

// The groups are a value: those that entities of this type cannot be in are left out.
Simplifier::Partial Simplifier::in_groups(const Partial& a, const Partial& groups) {
  const Type* const type = type_of(a);
  const bool fails = may_fail(a) || !is_surely(a, Kind::kEntity);
  const auto is_possible = [&](const Cell& group) {
    return type == nullptr || type->kind() != TypeKind::kEntity ||
           std::ranges::any_of(type->entity_types(), [&](const std::string& member) {
             return schema_.may_be_in(member, group.entity->type);
           });
  };
  Partial possible = groups;
  if (groups.value.kind == Kind::kSet) {
    std::vector<Cell> kept;
    std::ranges::copy_if(groups.value.as_set(), std::back_inserter(kept), is_possible);
    if (kept.empty() && !fails) {
      return of_bool(false);
    }
    if (kept.size() == 1) {
      possible = of_value(kept.front());
    } else if (kept.size() < groups.value.size) {
      Cell fewer;
      possible = done(operations_.set(kept, fewer), fewer);
      possible.source = groups.source;
    }
  } else if (!is_possible(groups.value) && !fails) {
    return of_bool(false);
  }
  const std::array operands{a.expr, write(possible)};
  return of_residual(out_.add(ExprKind::kIn, {}, operands, boolean(fails)));
}

Simplifier::Partial Simplifier::is(const Partial& entity, std::string_view type, Span span) {
  if (is_error(entity) || !could_be(entity, Kind::kEntity)) {
    return error();
  }
  if (is_value(entity)) {
    return of_bool(entity.value.entity->type == type);
  }
  const Type* const known = type_of(entity);
  if (known != nullptr && known->kind() == TypeKind::kEntity && !may_fail(entity)) {
    const auto types = known->entity_types();
    if (types.size() == 1 || std::ranges::find(types, type) == types.end()) {
      return of_bool(types.front() == type);
    }
  }
  const std::string name(type);
  return of_residual(out_.add(ExprKind::kIs, span, {&entity.expr, 1},
                              boolean(may_fail(entity) || !is_surely(entity, Kind::kEntity)),
                              {&name, 1}));
}

// `a is T in b` does not evaluate b where a is of another type.
Simplifier::Partial Simplifier::is_in(ExprId id) {
  const Partial entity = eval(body_->operand(id, 0));
  const Partial fits = is(entity, body_->text(id), body_->span(id));
  if (is_error(fits)) {
    return fits;
  }
  if (is_value(fits)) {
    return fits.value.number == 0 ? fits : in(entity, eval(body_->operand(id, 1)));
  }
  const Type* const type = type_of(entity);
  if (type != nullptr && type->kind() == TypeKind::kEntity) {
    const auto types = type->entity_types();
    if (std::ranges::find(types, body_->text(id)) == types.end()) {
      return fits;  // false, or it fails
    }
  }
  const std::array operands{write(entity), write(eval(body_->operand(id, 1)))};
  return of_residual(
      out_.add(ExprKind::kIsIn, body_->span(id), operands, boolean(true), {&body_->text(id), 1}));
}

}  // namespace sally::cedar
