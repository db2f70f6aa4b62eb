#include "cedar/validate/members.h"

#include <algorithm>
#include <utility>

#include "cedar/validate/subtype.h"

namespace sally::cedar {
namespace {

// Null for actions, which have no attributes.
const Attribute* attribute_of(const Schema& schema, std::string_view entity_type,
                              std::string_view name) {
  const EntityType* const type = schema.find_entity_type(entity_type);
  return type == nullptr ? nullptr : type->attributes.find(name);
}

}  // namespace

std::optional<Attribute> find_attribute(const Schema& schema, const Type& type,
                                        std::string_view name) {
  if (type.kind() == TypeKind::kRecord) {
    const Attribute* const found = type.find(name);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  if (type.kind() != TypeKind::kEntity) {
    return std::nullopt;
  }
  std::optional<Attribute> joined;
  for (const auto& entity_type : type.entity_types()) {
    const Attribute* const found = attribute_of(schema, entity_type, name);
    if (found == nullptr) {
      return std::nullopt;
    }
    if (!joined) {
      joined = *found;
      continue;
    }
    auto bound = least_upper_bound(joined->type, found->type, Mode::kPermissive);
    if (!bound) {
      return std::nullopt;
    }
    joined->type = *std::move(bound);
    joined->required = joined->required && found->required;
  }
  return joined;
}

bool may_have_attribute(const Schema& schema, const Type& type, std::string_view name) {
  switch (type.kind()) {
    case TypeKind::kRecord:
      return type.is_open() || type.find(name) != nullptr;
    case TypeKind::kEntity:
      return std::ranges::any_of(type.entity_types(), [&](const std::string& entity_type) {
        return attribute_of(schema, entity_type, name) != nullptr;
      });
    case TypeKind::kAnyEntity:
      return true;
    case TypeKind::kNever:
    case TypeKind::kTrue:
    case TypeKind::kFalse:
    case TypeKind::kBool:
    case TypeKind::kLong:
    case TypeKind::kString:
    case TypeKind::kSet:
    case TypeKind::kExtension:
      return false;
  }
  return false;
}

std::optional<Type> find_tags(const Schema& schema, const Type& type) {
  if (type.kind() != TypeKind::kEntity) {
    return std::nullopt;
  }
  std::optional<Type> joined;
  for (const auto& name : type.entity_types()) {
    const EntityType* const declared = schema.find_entity_type(name);
    if (declared == nullptr || !declared->tags) {
      continue;
    }
    auto bound =
        joined ? least_upper_bound(*joined, *declared->tags, Mode::kPermissive) : declared->tags;
    if (!bound) {
      return std::nullopt;
    }
    joined = std::move(bound);
  }
  return joined;
}

bool may_be_in(const Schema& schema, const Type& entity, const Type& group) {
  if (entity.kind() != TypeKind::kEntity || group.kind() != TypeKind::kEntity) {
    return true;
  }
  return std::ranges::any_of(entity.entity_types(), [&](const std::string& member) {
    return std::ranges::any_of(group.entity_types(), [&](const std::string& ancestor) {
      return schema.may_be_in(member, ancestor);
    });
  });
}

}  // namespace sally::cedar
