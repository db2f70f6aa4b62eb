// The part of the simplifier that knows values, and what is known of residuals.
#include <algorithm>

#include "cedar/eval/functions.h"
#include "cedar/partial/simplifier.h"

namespace sally::cedar {

Simplifier::Partial Simplifier::get_stuck() {
  out_.get_stuck();
  return of_bool(false);
}

Simplifier::Partial Simplifier::of_entity(const EntityUid& uid) {
  const EntityName* name = nullptr;
  return to_name(uid, arena_, name) ? of_value(Cell::of_entity(name)) : get_stuck();
}

Simplifier::Partial Simplifier::done(Operations::Done done, const Cell& value) {
  switch (done) {
    case Operations::Done::kValue:
      return of_value(value);
    case Operations::Done::kError:
      return error();
    case Operations::Done::kMemory:
      break;
  }
  return get_stuck();
}

Span Simplifier::span_of(const Partial& partial) const {
  return partial.source ? body_->span(*partial.source) : Span{};
}

// Whether it was read from `ip("...")` or the like.
bool Simplifier::is_constructed(std::optional<ExprId> source) const {
  return source && body_->kind(*source) == ExprKind::kCall &&
         is_constructor(body_->function(*source)) &&
         body_->kind(body_->operand(*source, 0)) == ExprKind::kString;
}

ExprId Simplifier::write(const Partial& partial) {
  if (is_residual(partial)) {
    return partial.expr;
  }
  if (is_value(partial) && !is_constructed(partial.source)) {
    if (const auto written = out_.add_value(span_of(partial), partial.value)) {
      return *written;
    }
  }
  if (!partial.source) {
    out_.get_stuck();
    return 0;
  }
  // As it was read: a long value, one that is written best as it was, or what fails.
  return out_.copy(*body_, *partial.source, {std::nullopt, is_error(partial), is_error(partial)});
}

std::vector<ExprId> Simplifier::write(std::span<const Partial> partials) {
  std::vector<ExprId> out;
  for (const Partial& partial : partials) {
    out.push_back(write(partial));
  }
  return out;
}

bool Simplifier::may_fail(const Partial& p) const {
  return is_error(p) || (is_residual(p) && out_.info(p.expr).may_fail);
}

const Type* Simplifier::type_of(const Partial& p) const {
  if (!is_residual(p) || !out_.info(p.expr).type) {
    return nullptr;
  }
  return &*out_.info(p.expr).type;
}

std::optional<ValueKind> Simplifier::kind_of(const Partial& p) const {
  if (is_value(p)) {
    return p.value.kind;
  }
  const Type* const type = type_of(p);
  if (type == nullptr) {
    return std::nullopt;
  }
  switch (type->kind()) {
    case TypeKind::kNever:
      return std::nullopt;
    case TypeKind::kTrue:
    case TypeKind::kFalse:
    case TypeKind::kBool:
      return Kind::kBool;
    case TypeKind::kLong:
      return Kind::kLong;
    case TypeKind::kString:
      return Kind::kString;
    case TypeKind::kSet:
      return Kind::kSet;
    case TypeKind::kRecord:
      return Kind::kRecord;
    case TypeKind::kEntity:
    case TypeKind::kAnyEntity:
      return Kind::kEntity;
    case TypeKind::kExtension:
      switch (type->extension_type()) {
        case ExtensionType::kDecimal:
          return Kind::kDecimal;
        case ExtensionType::kDatetime:
          return Kind::kDatetime;
        case ExtensionType::kDuration:
          return Kind::kDuration;
        case ExtensionType::kIp:
          return Kind::kIp;
      }
  }
  return std::nullopt;
}

bool Simplifier::could_be(const Partial& p, ValueKind kind) const {
  return kind_of(p).value_or(kind) == kind;
}

bool Simplifier::is_surely(const Partial& p, ValueKind kind) const {
  return kind_of(p) == kind;
}

const EntityType* Simplifier::entity_type_of(const Partial& p) const {
  const Type* const type = type_of(p);
  if (type == nullptr || type->kind() != TypeKind::kEntity || type->entity_types().size() != 1) {
    return nullptr;
  }
  return schema_.find_entity_type(type->entity_type());
}

bool Simplifier::exists(const Partial& p) const {
  if (!is_residual(p)) {
    return false;
  }
  if (out_.body().kind(p.expr) == ExprKind::kVariable) {
    const Variable variable = out_.body().variable(p.expr);
    return (variable == Variable::kPrincipal && principal_.presence != Presence::kAny) ||
           (variable == Variable::kResource && resource_.presence != Presence::kAny);
  }
  return out_.exists(p.expr);
}

bool Simplifier::may_be_added(const EntityName& name) const {
  if (everything_known() || store_.find(name) != nullptr) {
    return false;
  }
  return std::ranges::any_of(
      std::initializer_list<const Side*>{&principal_, &resource_}, [&](const Side* side) {
        return !side->is_known && side->type->name == name.type && side->type->allows_id(name.id);
      });
}

}  // namespace sally::cedar
