#include "cedar/validate/scope.h"

#include <algorithm>
#include <vector>

namespace sally::cedar {
namespace {

bool may_be_in(const EntityType& type, std::string_view ancestor) {
  return type.name == ancestor || type.may_be_in(ancestor);
}

// Of the names those that are declared and pass the constraint.
std::vector<const EntityType*> passing(const std::vector<std::string>& names,
                                       const ScopeConstraint& constraint, const Schema& schema) {
  std::vector<const EntityType*> types;
  for (const auto& name : names) {
    const EntityType* const type = schema.find_entity_type(name);
    if (type != nullptr && may_hold(constraint, *type)) {
      types.push_back(type);
    }
  }
  return types;
}

}  // namespace

bool may_hold(const ScopeConstraint& constraint, const EntityType& type) {
  switch (constraint.kind) {
    case ScopeConstraint::Kind::kAny:
      return true;
    case ScopeConstraint::Kind::kEq:
      return constraint.slot || constraint.entity.type == type.name;
    case ScopeConstraint::Kind::kIn:
      return constraint.slot || may_be_in(type, constraint.entity.type);
    case ScopeConstraint::Kind::kIs:
      return constraint.type == type.name;
    case ScopeConstraint::Kind::kIsIn:
      return constraint.type == type.name &&
             (constraint.slot || may_be_in(type, constraint.entity.type));
  }
  return false;
}

bool holds(const ActionConstraint& constraint, const Action& action) {
  const auto is_in = [&](const EntityUid& group) {
    return action.uid == group || std::ranges::binary_search(action.ancestors, group);
  };
  switch (constraint.kind) {
    case ActionConstraint::Kind::kAny:
      return true;
    case ActionConstraint::Kind::kEq:
      return constraint.entities.front() == action.uid;
    case ActionConstraint::Kind::kIn:
    case ActionConstraint::Kind::kInList:
      return std::ranges::any_of(constraint.entities, is_in);
  }
  return false;
}

void for_each_environment(const Schema& schema, const ScopeConstraint& principal,
                          const ActionConstraint& action, const ScopeConstraint& resource,
                          const std::function<bool(const Environment&)>& visit) {
  for (const auto& [uid, candidate] : schema.actions()) {
    if (!holds(action, candidate)) {
      continue;
    }
    const auto resources = passing(candidate.resources, resource, schema);
    for (const EntityType* const type : passing(candidate.principals, principal, schema)) {
      for (const EntityType* const other : resources) {
        if (!visit({type, &candidate, other})) {
          return;
        }
      }
    }
  }
}

}  // namespace sally::cedar
