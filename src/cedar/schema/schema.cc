#include "cedar/schema/schema.h"

#include <algorithm>

namespace sally::cedar {

bool EntityType::allows_id(std::string_view id) const {
  return enum_ids.empty() || std::ranges::binary_search(enum_ids, id);
}

bool EntityType::may_be_in(std::string_view ancestor) const {
  return std::ranges::binary_search(ancestors, ancestor);
}

bool Action::applies_to_principal(std::string_view type) const {
  return std::ranges::binary_search(principals, type);
}

bool Action::applies_to_resource(std::string_view type) const {
  return std::ranges::binary_search(resources, type);
}

const EntityType* Schema::find_entity_type(std::string_view name) const {
  const auto found = entity_types_.find(name);
  return found == entity_types_.end() ? nullptr : &found->second;
}

const Action* Schema::find_action(const EntityUid& uid) const {
  const auto found = actions_.find(uid);
  return found == actions_.end() ? nullptr : &found->second;
}

bool Schema::is_action_type(std::string_view name) const {
  return std::ranges::binary_search(action_types_, name);
}

}  // namespace sally::cedar
