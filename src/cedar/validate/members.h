// What the schema says of the attributes and tags of a type that the checker inferred.
#pragma once

#include <optional>
#include <string_view>

#include "cedar/schema/schema.h"

namespace sally::cedar {

// The attribute as every value of the type has it; nullopt where some may have none of that name.
[[nodiscard]] std::optional<Attribute> find_attribute(const Schema& schema, const Type& type,
                                                      std::string_view name);
// Whether some value of the type may have it.
[[nodiscard]] bool may_have_attribute(const Schema& schema, const Type& type,
                                      std::string_view name);
// The type of the tags of an entity; nullopt where it cannot have any.
[[nodiscard]] std::optional<Type> find_tags(const Schema& schema, const Type& type);

// Whether some entity of the one type may be in some of the other, or be it.
[[nodiscard]] bool may_be_in(const Schema& schema, const Type& entity, const Type& group);

}  // namespace sally::cedar
