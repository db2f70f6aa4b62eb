// Level validation: that a policy needs no more of the entities than can be fetched beforehand.
// Source: RFC 76, and the Cedar reference, "Policy level validation".
#pragma once

#include <cstdint>

#include "cedar/schema/schema.h"
#include "cedar/syntax/ast.h"
#include "cedar/validate/finding.h"
#include "cedar/validate/scope.h"
#include "cedar/validate/type_checker.h"

namespace sally::cedar {

// An error for each expression of the policy that looks more than `level` entities deep, and for
// each that looks into an entity that is named in the policy. What needs to look: attributes, tags,
// and the left side of `in`; a variable of the request is reached with 0. `checker` has checked the
// policy for this environment and found no error.
void check_level(const Schema& schema, const Policy& policy, const TypeChecker& checker,
                 const Environment& environment, uint32_t level, Findings& findings);

}  // namespace sally::cedar
