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
  return action_types_.contains(name);
}

bool Schema::may_be_in(std::string_view member, std::string_view group) const {
  if (member == group) {
    return true;
  }
  if (const EntityType* const type = find_entity_type(member)) {
    return type->may_be_in(group);
  }
  const auto found = action_types_.find(member);
  return found != action_types_.end() && found->second.contains(group);
}

}  // namespace sally::cedar
