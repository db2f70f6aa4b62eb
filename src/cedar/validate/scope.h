// Which requests a policy can be about: the request environments of a schema, and those the scope
// of a policy lets through.
#pragma once

#include <functional>

#include "cedar/schema/schema.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

// The types of one kind of request. Points into the schema.
struct Environment {
  const EntityType* principal = nullptr;
  const Action* action = nullptr;
  const EntityType* resource = nullptr;
};

// Whether the constraint can hold for entities of this type. A slot may be anything that makes it
// hold.
[[nodiscard]] bool may_hold(const ScopeConstraint& constraint, const EntityType& type);
// Whether it holds for the action: that is known from the schema alone.
[[nodiscard]] bool holds(const ActionConstraint& constraint, const Action& action);

// Calls `visit` with every environment that passes the three constraints, until it returns false.
void for_each_environment(const Schema& schema, const ScopeConstraint& principal,
                          const ActionConstraint& action, const ScopeConstraint& resource,
                          const std::function<bool(const Environment&)>& visit);

}  // namespace sally::cedar
