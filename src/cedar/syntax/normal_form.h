// One form for policies that differ only in what the JSON syntax does not keep: to compare a policy
// with its JSON twin, or two policies for their meaning at a glance.
#pragma once

#include <optional>

#include "cedar/syntax/ast.h"

namespace sally::cedar {

// `policy` with the attributes of records and the annotations sorted by name, a list of one action
// as that action, an annotation without a value as one with an empty value, and `x has a.b` as
// `x has a && x.a has b`, where x may then stand under several parents. nullopt where that passes a
// limit of the tree. Cost and, for same_policy, the number of steps grow exponentially with the
// depth to which such paths nest in each other: not for hostile input.
[[nodiscard]] std::optional<Policy> normal_form(const Policy& policy);
// Whether the normal forms are the same: how a policy is compared with its JSON twin.
[[nodiscard]] bool same_normal_form(const Policy& a, const Policy& b);

}  // namespace sally::cedar
