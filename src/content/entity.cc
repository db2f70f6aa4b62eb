#include "content/entity.h"

#include <algorithm>
#include <array>

namespace sally::content {
namespace {

constexpr auto kNames = std::to_array<std::string_view>({
#define SALLY_ENTITY_TYPE(enumerator, name) name,
#include "content/entity_types.def"
#undef SALLY_ENTITY_TYPE
});

}  // namespace

std::string_view name_of(EntityType type) {
  return kNames.at(static_cast<size_t>(type));
}

std::span<const std::string_view> entity_type_names() {
  return kNames;
}

std::optional<EntityType> parse_entity_type(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) {
    return std::nullopt;
  }
  return static_cast<EntityType>(found - kNames.begin());
}

}  // namespace sally::content
