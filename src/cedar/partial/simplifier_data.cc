// The part of the simplifier that looks into values: attributes, tags, sets, records, arithmetic,
// functions.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "cedar/eval/functions.h"
#include "cedar/partial/simplifier.h"
#include "cedar/schema/fragment.h"
#include "cedar/schema/resolver.h"
#include "cedar/validate/signature.h"

namespace sally::cedar {
namespace {

ExprInfo boolean(bool may_fail) {
  return {Type::boolean(), may_fail, false};
}

// Of a member of the context, whether it is a value: not a record of which a member is not known.
bool is_complete(const Type& type, const Cell& member) {
  return type.kind() != TypeKind::kRecord ||
         std::ranges::all_of(type.attributes(), [&](const Attribute& attribute) {
           const Cell* const inner = find_field(member.as_record(), attribute.name);
           return inner != nullptr && is_complete(attribute.type, *inner);
         });
}

// What fails although its arguments are of the right types.
bool is_partial(Function function) {
  return is_constructor(function) || function == Function::kOffset ||
         function == Function::kDurationSince || function == Function::kToDate;
}

// Functions take strings and extension values.
ValueKind wanted_kind(const Type& parameter) {
  if (parameter.kind() != TypeKind::kExtension) {
    SALLY_CHECK(parameter.kind() == TypeKind::kString);
    return ValueKind::kString;
  }
  switch (parameter.extension_type()) {
    case ExtensionType::kDecimal:
      return ValueKind::kDecimal;
    case ExtensionType::kDatetime:
      return ValueKind::kDatetime;
    case ExtensionType::kDuration:
      return ValueKind::kDuration;
    case ExtensionType::kIp:
      break;
  }
  return ValueKind::kIp;
}

}  // namespace

Simplifier::Partial Simplifier::get(ExprId id) {
  const Partial object = eval(body_->operand(id, 0));
  if (is_error(object)) {
    return error();
  }
  return is_value(object) ? get_known(object, id) : get_declared(object, id);
}

Simplifier::Partial Simplifier::get_known(const Partial& object, ExprId id) {
  const std::string& name = body_->text(id);
  if (object.value.kind == Kind::kRecord) {
    const Cell* const found = find_field(object.value.as_record(), name);
    return found == nullptr ? error() : of_value(*found);
  }
  if (object.value.kind != Kind::kEntity) {
    return error();
  }
  const EntityName& entity = *object.value.entity;
  if (const StoredEntity* const stored = store_.find(entity)) {
    const Cell* const found = find_field(stored->attributes.as_record(), name);
    return found == nullptr ? error() : of_value(*found);
  }
  const EntityType* const type = schema_.find_entity_type(entity.type);
  const Attribute* const attribute =
      !may_be_added(entity) || type == nullptr ? nullptr : type->attributes.find(name);
  if (attribute == nullptr) {
    return error();
  }
  return of_residual(out_.add(ExprKind::kGet, body_->span(id), std::array{write(object)},
                              {attribute->type, true, false}, {&name, 1}));
}

// Of a residual: what the schema says of it.
Simplifier::Partial Simplifier::get_declared(const Partial& object, ExprId id) {
  const std::string& name = body_->text(id);
  const auto kind = kind_of(object);
  if (kind && *kind != Kind::kRecord && *kind != Kind::kEntity) {
    return error();
  }
  const EntityType* const entity = entity_type_of(object);
  const Type* const type = entity != nullptr       ? &entity->attributes
                           : kind == Kind::kRecord ? type_of(object)
                                                   : nullptr;
  ExprInfo info;
  const Cell* member = nullptr;
  if (type != nullptr) {
    const Attribute* const attribute = type->find(name);
    if (attribute == nullptr) {
      return error();
    }
    if (object.members != nullptr) {
      member = find_field(object.members->as_record(), name);
      if (member != nullptr && is_complete(attribute->type, *member)) {
        return of_value(*member);
      }
    }
    const bool is_there = member != nullptr || out_.has_attribute(object.expr, name) ||
                          (attribute->required && (entity == nullptr || exists(object)));
    info = {attribute->type, may_fail(object) || !is_there, false};
  }
  Partial out = of_residual(out_.add(ExprKind::kGet, body_->span(id), std::array{object.expr},
                                     std::move(info), {&name, 1}));
  out.members = member;
  return out;
}

// Goes along the path as far as it is known; what is left is asked of where it then is.
Simplifier::Partial Simplifier::has(ExprId id) {
  Partial at = eval(body_->operand(id, 0));
  if (is_error(at)) {
    return error();
  }
  const Span span = body_->span(id);
  auto names = body_->names(id);
  for (; is_value(at) || at.members != nullptr; names = names.subspan(1)) {
    if (names.empty()) {
      return of_bool(true);
    }
    const Cell* found = nullptr;
    if (is_residual(at)) {
      // Of the context: its type says what else there is.
      const Attribute* const attribute = type_of(at)->find(names.front());
      found = find_field(at.members->as_record(), names.front());
      if (attribute == nullptr) {
        return of_bool(false);
      }
      if (found == nullptr) {
        break;
      }
      if (!is_complete(attribute->type, *found)) {
        at = of_residual(out_.add(ExprKind::kGet, span, std::array{at.expr},
                                  {attribute->type, false, false}, names.first(1)));
        at.members = found;
        continue;
      }
      at = of_value(*found);
      continue;
    }
    if (at.value.kind == Kind::kRecord) {
      found = find_field(at.value.as_record(), names.front());
    } else if (at.value.kind == Kind::kEntity) {
      const StoredEntity* const stored = store_.find(*at.value.entity);
      if (stored == nullptr && may_be_added(*at.value.entity)) {
        break;
      }
      found =
          stored == nullptr ? nullptr : find_field(stored->attributes.as_record(), names.front());
    } else {
      return error();
    }
    if (found == nullptr) {
      return of_bool(false);
    }
    at = of_value(*found);
  }
  if (names.empty()) {
    return of_bool(true);
  }
  return has_declared(at, names, span);
}

// Of what is not known: what the schema says of it.
Simplifier::Partial Simplifier::has_declared(const Partial& object,
                                             std::span<const std::string> names, Span span) {
  bool is_there = true;
  bool fails = may_fail(object);
  const Type* type = type_of(object);
  Type own;
  if (is_value(object)) {
    own = Type::entity(std::string(object.value.entity->type));
    type = &own;
    is_there = false;
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (type == nullptr || type->kind() == TypeKind::kAnyEntity ||
        (type->kind() == TypeKind::kEntity && type->entity_types().size() != 1)) {
      fails = fails || type == nullptr;
      is_there = false;
      // What stands behind it is not known either.
      fails = fails || i + 1 < names.size();
      break;
    }
    if (type->kind() != TypeKind::kRecord && type->kind() != TypeKind::kEntity) {
      if (is_there) {
        return error();
      }
      fails = true;
      break;
    }
    const bool is_entity = type->kind() == TypeKind::kEntity;
    const EntityType* const entity =
        is_entity ? schema_.find_entity_type(type->entity_type()) : nullptr;
    if (is_entity && entity == nullptr) {
      is_there = false;
      fails = fails || i + 1 < names.size();
      break;
    }
    const Type& attributes = is_entity ? entity->attributes : *type;
    const Attribute* const attribute = attributes.find(names[i]);
    if (attribute == nullptr) {
      if (!fails) {
        return of_bool(false);
      }
      is_there = false;
      break;
    }
    is_there = is_there && attribute->required && (!is_entity || (i == 0 && exists(object)));
    type = &attribute->type;
  }
  if (is_there && !fails) {
    return of_bool(true);
  }
  return of_residual(
      out_.add(ExprKind::kHas, span, std::array{write(object)}, boolean(fails), names));
}

Simplifier::Partial Simplifier::tag(ExprId id) {
  const Partial entity = eval(body_->operand(id, 0));
  const Partial key = eval(body_->operand(id, 1));
  if (is_error(entity) || is_error(key) || !could_be(entity, Kind::kEntity) ||
      !could_be(key, Kind::kString)) {
    return error();
  }
  const ExprKind kind = body_->kind(id);
  const bool asks = kind == ExprKind::kHasTag;
  const bool is_open = is_value(entity) && may_be_added(*entity.value.entity);
  if (is_value(entity) && is_value(key) && !is_open) {
    Cell out;
    return done(operations_.apply(kind, std::array{entity.value, key.value}, out), out);
  }
  const bool fails = may_fail(entity) || may_fail(key) || !is_surely(entity, Kind::kEntity) ||
                     !is_surely(key, Kind::kString);
  const EntityType* const type = is_value(entity)
                                     ? schema_.find_entity_type(entity.value.entity->type)
                                     : entity_type_of(entity);
  // An entity that is not there has no tags; one of the store has those it has.
  const bool has_none = type != nullptr && !type->tags;
  if (has_none && (!asks || !fails)) {
    return asks ? of_bool(false) : error();
  }
  const std::array operands{write(entity), write(key)};
  ExprInfo info = boolean(fails);
  if (!asks) {
    info.may_fail = fails || !out_.has_tag(operands[0], operands[1]);
    info.type = type != nullptr ? type->tags : std::nullopt;
  }
  return of_residual(out_.add(kind, body_->span(id), operands, std::move(info)));
}

Simplifier::Partial Simplifier::arithmetic(ExprId id) {
  const ExprKind kind = body_->kind(id);
  std::vector<Partial> operands;
  bool fails = false;
  for (const ExprId operand : body_->operands(id)) {
    Partial one = eval(operand);
    fails = fails || is_error(one) || !could_be(one, Kind::kLong);
    // What is known in front is one value.
    if (operands.size() == 1 && is_value(operands.front()) && is_value(one) && !fails) {
      Cell out;
      one = done(operations_.apply(kind, std::array{operands.front().value, one.value}, out), out);
      fails = is_error(one);
      operands.clear();
    }
    operands.push_back(one);
  }
  if (fails) {
    return error();
  }
  if (operands.size() == 1 && kind != ExprKind::kNegate) {
    return operands.front();
  }
  if (kind == ExprKind::kNegate && is_value(operands.front())) {
    Cell out;
    return done(operations_.apply(kind, {&operands.front().value, 1}, out), out);
  }
  return of_residual(
      out_.add(kind, body_->span(id), write(operands), {Type::integer(), true, false}));
}

Simplifier::Partial Simplifier::like(ExprId id) {
  const Partial text = eval(body_->operand(id, 0));
  if (is_error(text) || !could_be(text, Kind::kString)) {
    return error();
  }
  if (is_value(text)) {
    Cell out;
    return done(operations_.like(text.value, body_->pattern(id), out), out);
  }
  return of_residual(out_.add_like(body_->span(id), text.expr, body_->pattern(id),
                                   boolean(may_fail(text) || !is_surely(text, Kind::kString))));
}

// A set or a record that is written out.
Simplifier::Partial Simplifier::collection(ExprId id) {
  const bool is_set = body_->kind(id) == ExprKind::kSet;
  std::vector<Partial> parts;
  std::vector<Cell> cells;
  bool fails = false;
  for (const ExprId operand : body_->operands(id)) {
    parts.push_back(eval(operand));
    if (is_value(parts.back())) {
      cells.push_back(parts.back().value);
    }
    fails = fails || is_error(parts.back());
  }
  if (fails) {
    return error();
  }
  if (cells.size() == parts.size()) {
    Cell out;
    return is_set ? done(operations_.set(cells, out), out)
                  : done(operations_.record(body_->names(id), cells, out), out);
  }
  const std::vector<ExprId> operands = write(parts);
  ExprInfo info{std::nullopt, false, false};
  for (const ExprId operand : operands) {
    info.may_fail = info.may_fail || out_.info(operand).may_fail;
  }
  info.type = is_set ? type_of_set(operands) : type_of_record(body_->names(id), operands);
  return of_residual(out_.add(body_->kind(id), body_->span(id), operands, std::move(info),
                              is_set ? std::span<const std::string>() : body_->names(id)));
}

std::optional<Type> Simplifier::type_of_set(std::span<const ExprId> elements) const {
  const auto& first = out_.info(elements.front()).type;
  const bool one_type = std::ranges::all_of(
      elements, [&](ExprId element) { return first && out_.info(element).type == first; });
  return one_type ? std::optional(Type::set(*first)) : std::nullopt;
}

std::optional<Type> Simplifier::type_of_record(std::span<const std::string> names,
                                               std::span<const ExprId> values) const {
  std::vector<Attribute> attributes;
  uint64_t weight = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto& type = out_.info(values[i]).type;
    if (!type || type->depth() >= kMaxTypeDepth) {
      return std::nullopt;
    }
    weight += type->weight();
    attributes.push_back({names[i], *type, true});
  }
  return weight <= kMaxTypeWeight ? std::optional(Type::record(std::move(attributes)))
                                  : std::nullopt;
}

// contains, containsAll, containsAny
Simplifier::Partial Simplifier::sets(ExprId id) {
  const ExprKind kind = body_->kind(id);
  const Partial a = eval(body_->operand(id, 0));
  const Partial b = eval(body_->operand(id, 1));
  const bool one = kind == ExprKind::kContains;
  if (is_error(a) || is_error(b) || !could_be(a, Kind::kSet) ||
      (!one && !could_be(b, Kind::kSet))) {
    return error();
  }
  if (is_value(a) && is_value(b)) {
    Cell out;
    return done(operations_.apply(kind, std::array{a.value, b.value}, out), out);
  }
  const bool fails = may_fail(a) || may_fail(b) || !is_surely(a, Kind::kSet) ||
                     (!one && !is_surely(b, Kind::kSet));
  const auto is_empty = [](const Partial& set) { return is_value(set) && set.value.size == 0; };
  if (!fails && kind == ExprKind::kContainsAll && is_empty(b)) {
    return of_bool(true);
  }
  if (!fails && (is_empty(a) ? kind != ExprKind::kContainsAll
                             : kind == ExprKind::kContainsAny && is_empty(b))) {
    return of_bool(false);
  }
  const std::array operands{write(a), write(b)};
  return of_residual(out_.add(kind, body_->span(id), operands, boolean(fails)));
}

Simplifier::Partial Simplifier::is_empty(ExprId id) {
  const Partial set = eval(body_->operand(id, 0));
  if (is_error(set) || !could_be(set, Kind::kSet)) {
    return error();
  }
  if (is_value(set)) {
    return of_bool(set.value.size == 0);
  }
  return of_residual(out_.add(ExprKind::kIsEmpty, body_->span(id), std::array{set.expr},
                              boolean(may_fail(set) || !is_surely(set, Kind::kSet))));
}

Simplifier::Partial Simplifier::call(ExprId id) {
  const Function function = body_->function(id);
  const Signature signature = signature_of(function);
  std::vector<Partial> arguments;
  std::vector<Cell> cells;
  bool fails = body_->operands(id).size() != signature.parameters.size();
  bool may = is_partial(function);
  for (const ExprId operand : body_->operands(id)) {
    if (fails) {
      return error();
    }
    const ValueKind wanted = wanted_kind(signature.parameters[arguments.size()]);
    arguments.push_back(eval(operand));
    const Partial& argument = arguments.back();
    fails = is_error(argument) || !could_be(argument, wanted);
    may = may || may_fail(argument) || !is_surely(argument, wanted);
    if (is_value(argument)) {
      cells.push_back(argument.value);
    }
  }
  if (fails) {
    return error();
  }
  if (cells.size() == arguments.size()) {
    Cell out;
    return done(operations_.call(function, cells, out), out);
  }
  return of_residual(
      out_.add_call(function, body_->span(id), write(arguments), {signature.result, may, false}));
}

}  // namespace sally::cedar
