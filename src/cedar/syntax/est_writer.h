// Policies in their JSON syntax. Reading what was written gives the same tree (same_policy). Paths
// of `has` are written as lists, which SDKs read from language version 4.5 on.
#pragma once

#include <string>

#include "cedar/syntax/ast.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

[[nodiscard]] std::string to_json(const Policy& policy);
// With the ids: `{"staticPolicies": {}, "templates": {}, "templateLinks": []}`.
[[nodiscard]] std::string to_json(const PolicySet& set);

}  // namespace sally::cedar
