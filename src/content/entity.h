// Entity: a span of a text that holds personal data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sally::content {

enum class EntityType : uint8_t {
#define SALLY_ENTITY_TYPE(enumerator, name) enumerator,
#include "content/entity_types.def"
#undef SALLY_ENTITY_TYPE
};

// `CREDIT_CARD`. Stable.
[[nodiscard]] std::string_view name_of(EntityType type);
[[nodiscard]] std::optional<EntityType> parse_entity_type(std::string_view name);
[[nodiscard]] std::span<const std::string_view> entity_type_names();

struct Entity {
  size_t begin = 0;  // octets of the text that was looked at
  size_t end = 0;    // behind its last octet
  EntityType type{};
  float score = 0;  // how sure it is, 0 to 1: what a pattern alone is worth, more by its context, 1
                    // where a checksum proves it
  friend bool operator==(const Entity&, const Entity&) = default;
};

}  // namespace sally::content
