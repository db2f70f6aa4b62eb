#include "cedar/partial/partial_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cedar/syntax/escape.h"
#include "cedar/validate/conformance.h"

namespace sally::cedar {
namespace {

bool is_record(const Type& type, const Value& value) {
  return type.kind() == TypeKind::kRecord && value.kind() == ValueKind::kRecord;
}

// The type as it is where every member may be absent.
Type with_optional_members(const Type& type) {
  if (type.kind() != TypeKind::kRecord) {
    return type;
  }
  std::vector<Attribute> attributes;
  for (const Attribute& attribute : type.attributes()) {
    attributes.push_back({attribute.name, with_optional_members(attribute.type), false});
  }
  return Type::record(std::move(attributes));
}

std::string_view type_of(const PartialEntity& entity) {
  const auto* const unknown = std::get_if<UnknownEntity>(&entity);
  return unknown != nullptr ? std::string_view(unknown->type) : std::get<EntityUid>(entity).type;
}

Result<> check_side(const Schema& schema, const EntityUid& action, const PartialEntity& entity,
                    std::string_view what, bool applies) {
  const EntityType* const type = schema.find_entity_type(type_of(entity));
  if (type == nullptr) {
    return Error(ErrorKind::kInvalidInput, fmt::format("the schema declares no entity type `{}`",
                                                       printable(type_of(entity))));
  }
  const auto* const uid = std::get_if<EntityUid>(&entity);
  if (uid != nullptr && !type->allows_id(uid->id)) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`{}` is none of the entities of its type", printable(quoted(*uid))),
                 "the schema lists all of them");
  }
  if (!applies) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`{}` does not apply to {}s of type `{}`", printable(quoted(action)),
                             what, type->name));
  }
  return ok();
}

}  // namespace

Result<> validate_request(const Schema& schema, const PartialRequest& request) {
  const Action* const action = schema.find_action(request.action);
  if (action == nullptr) {
    return Error(ErrorKind::kInvalidInput, fmt::format("the schema declares no action `{}`",
                                                       printable(quoted(request.action))));
  }
  TRY_OK(check_side(schema, action->uid, request.principal, "principal",
                    action->applies_to_principal(type_of(request.principal))));
  TRY_OK(check_side(schema, action->uid, request.resource, "resource",
                    action->applies_to_resource(type_of(request.resource))));
  const Type type =
      request.context.whole ? action->context : with_optional_members(action->context);
  const auto fits = validate_value(schema, type, request.context.members);
  return fits.ok() ? ok() : Result<>(fits.error().in("the context"));
}

bool is_complete(const Type& type, const Value& record) {
  return std::ranges::all_of(type.attributes(), [&](const Attribute& attribute) {
    const Value* const member = record.find(attribute.name);
    return member != nullptr &&
           (!is_record(attribute.type, *member) || is_complete(attribute.type, *member));
  });
}

Value declared_members(const Type& type, const Value& record) {
  std::vector<Field> kept;
  for (const Field& field : record.as_record()) {
    if (const Attribute* const attribute = type.find(field.name)) {
      kept.push_back({field.name, is_record(attribute->type, field.value)
                                      ? declared_members(attribute->type, field.value)
                                      : field.value});
    }
  }
  return Value::record(std::move(kept));
}

}  // namespace sally::cedar
