// Cedar text of trees. Canonical: the same tree gives the same text, and parsing that gives the
// same tree (same_policy). Comments are not in the tree; format.h keeps them.
#pragma once

#include <string>

#include "cedar/syntax/ast.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

// One line, with the parentheses that are needed and no others.
[[nodiscard]] std::string to_cedar(const Body& body, ExprId id);
// Annotations, scope and each condition on a line of their own; ends with a line end.
[[nodiscard]] std::string to_cedar(const Policy& policy);
// Static policies, then templates, with blank lines between. Links have no text.
[[nodiscard]] std::string to_cedar(const PolicySet& set);

}  // namespace sally::cedar
