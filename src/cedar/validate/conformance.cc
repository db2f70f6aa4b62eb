#include "cedar/validate/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

constexpr size_t kMostErrors = 64;

Error misfit(std::string message, std::string hint = {}) {
  return Error(ErrorKind::kInvalidInput, std::move(message), std::move(hint));
}

std::string shown(const EntityUid& uid) {
  return fmt::format("`{}`", printable(quoted(uid)));
}

// Whether there can be such an entity: of a declared type, and of those listed where it lists them.
Result<> check_entity(const Schema& schema, const EntityUid& uid) {
  if (schema.is_action_type(uid.type)) {
    return schema.find_action(uid) != nullptr
               ? ok()
               : misfit(fmt::format("the schema declares no action {}", shown(uid)));
  }
  const EntityType* const type = schema.find_entity_type(uid.type);
  if (type == nullptr) {
    return misfit(fmt::format("the schema declares no entity type `{}`", printable(uid.type)));
  }
  return type->allows_id(uid.id)
             ? ok()
             : misfit(fmt::format("{} is none of the entities of its type", shown(uid)),
                      "the schema lists all of them");
}

bool is_of_kind(const Type& type, const Value& value) {
  const auto is_extension = [&](ExtensionType extension) { return type.is_extension(extension); };
  switch (value.kind()) {
    case ValueKind::kBool:
      return type.kind() == TypeKind::kBool;
    case ValueKind::kLong:
      return type.kind() == TypeKind::kLong;
    case ValueKind::kString:
      return type.kind() == TypeKind::kString;
    case ValueKind::kDecimal:
      return is_extension(ExtensionType::kDecimal);
    case ValueKind::kDatetime:
      return is_extension(ExtensionType::kDatetime);
    case ValueKind::kDuration:
      return is_extension(ExtensionType::kDuration);
    case ValueKind::kIp:
      return is_extension(ExtensionType::kIp);
    case ValueKind::kEntity:
      return type.kind() == TypeKind::kEntity && type.entity_type() == value.as_entity().type;
    case ValueKind::kSet:
      return type.kind() == TypeKind::kSet;
    case ValueKind::kRecord:
      return type.kind() == TypeKind::kRecord;
  }
  return false;
}

// Walks a value beside its type. Types nest at most kMaxTypeDepth deep, so recursion is bounded.
class ValueChecker {
 public:
  explicit ValueChecker(const Schema& schema) : schema_(schema) {}

  Result<> check(const Type& type, const Value& value) {
    if (!is_of_kind(type, value)) {
      return here(fmt::format("expected `{}`, found {}", printable(type.to_string()),
                              value.kind() == ValueKind::kEntity
                                  ? shown(value.as_entity())
                                  : fmt::format("a {}", name_of(value.kind()))));
    }
    if (value.kind() == ValueKind::kEntity) {
      const auto known = check_entity(schema_, value.as_entity());
      return known.ok() ? ok() : here(known.error().message());
    }
    if (value.kind() == ValueKind::kSet) {
      for (const Value& element : value.as_set()) {
        TRY_OK(check(type.element(), element));
      }
    }
    return value.kind() == ValueKind::kRecord ? check_record(type, value) : ok();
  }

 private:
  Result<> check_record(const Type& type, const Value& value) {
    for (const Attribute& attribute : type.attributes()) {
      if (attribute.required && value.find(attribute.name) == nullptr) {
        return here(fmt::format("attribute `{}` is missing", printable(attribute.name)));
      }
    }
    for (const Field& field : value.as_record()) {
      const Attribute* const attribute = type.find(field.name);
      if (attribute == nullptr) {
        return here(fmt::format("attribute `{}` is not in the schema", printable(field.name)));
      }
      const size_t size = path_.size();
      path_ += (path_.empty() ? "" : ".") + printable(field.name);
      TRY_OK(check(attribute->type, field.value));
      path_.resize(size);
    }
    return ok();
  }

  [[nodiscard]] Error here(std::string message) const {
    return path_.empty() ? misfit(std::move(message))
                         : misfit(fmt::format("`{}`: {}", path_, message));
  }

  const Schema& schema_;
  std::string path_;
};

Result<> check_tags(const Schema& schema, const EntityType& type, const Value& tags) {
  if (!type.tags) {
    return tags.as_record().empty()
               ? ok()
               : misfit(fmt::format("entity type `{}` has no tags", type.name));
  }
  for (const Field& tag : tags.as_record()) {
    const auto fits = validate_value(schema, *type.tags, tag.value);
    if (!fits.ok()) {
      return fits.error().in(fmt::format("tag `{}`", printable(tag.name)));
    }
  }
  return ok();
}

class EntityChecker {
 public:
  EntityChecker(const Schema& schema, const Entities& entities)
      : schema_(schema), entities_(entities) {}

  Result<> check(size_t index) const {
    const Entity& entity = entities_.all()[index];
    TRY_OK(check_entity(schema_, entity.uid));
    if (const Action* const action = schema_.find_action(entity.uid)) {
      return check_action(*action, entity, index);
    }
    const EntityType& type = *schema_.find_entity_type(entity.uid.type);
    for (const uint32_t ancestor : entities_.ancestors(index)) {
      const EntityUid& uid = entities_.names()[ancestor];
      if (!type.may_be_in(uid.type)) {
        return misfit(fmt::format("entities of type `{}` cannot be in {}", type.name, shown(uid)),
                      "see `in` of the entity type in the schema");
      }
      TRY_OK(check_entity(schema_, uid));
    }
    TRY_OK(validate_value(schema_, type.attributes, entity.attributes));
    return check_tags(schema_, type, entity.tags);
  }

 private:
  [[nodiscard]] Result<> check_action(const Action& action, const Entity& entity,
                                      size_t index) const {
    const auto ancestors = entities_.ancestors(index);
    const bool same = entity.attributes.as_record().empty() && entity.tags.as_record().empty() &&
                      std::ranges::equal(ancestors, action.ancestors, {}, [&](uint32_t ancestor) {
                        return entities_.names()[ancestor];
                      });
    return same ? ok()
                : misfit("the schema declares this action otherwise",
                         "leave it out: actions are taken from the schema");
  }

  const Schema& schema_;
  const Entities& entities_;
};

}  // namespace

Result<> validate_value(const Schema& schema, const Type& type, const Value& value) {
  return ValueChecker(schema).check(type, value);
}

Result<> validate_request(const Schema& schema, const EntityUid& principal, const EntityUid& action,
                          const EntityUid& resource, const Value& context) {
  const Action* const declared = schema.find_action(action);
  if (declared == nullptr) {
    return misfit(fmt::format("the schema declares no action {}", shown(action)));
  }
  TRY_OK(check_entity(schema, principal));
  TRY_OK(check_entity(schema, resource));
  if (!declared->applies_to_principal(principal.type)) {
    return misfit(
        fmt::format("{} does not apply to principals of type `{}`", shown(action), principal.type));
  }
  if (!declared->applies_to_resource(resource.type)) {
    return misfit(
        fmt::format("{} does not apply to resources of type `{}`", shown(action), resource.type));
  }
  const auto fits = validate_value(schema, declared->context, context);
  return fits.ok() ? ok() : Result<>(fits.error().in("the context"));
}

std::vector<Error> validate_entities(const Schema& schema, const Entities& entities) {
  std::vector<Error> errors;
  const EntityChecker checker(schema, entities);
  for (size_t i = 0; i < entities.all().size() && errors.size() < kMostErrors; ++i) {
    const auto fits = checker.check(i);
    if (!fits.ok()) {
      errors.push_back(fits.error().in(shown(entities.all()[i].uid)));
    }
  }
  return errors;
}

}  // namespace sally::cedar
