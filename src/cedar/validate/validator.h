// The validator: whether policies fit a schema.
//
//   for (const Finding& finding : validate(policies, schema)) { ... }
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"
#include "cedar/validate/finding.h"
#include "cedar/validate/subtype.h"

namespace sally::cedar {

struct ValidateOptions {
  Mode mode = Mode::kStrict;
  // Where given: how many entities deep a policy may look, from a variable of the request on
  // (RFC 76). `principal.manager.name` is 2.
  std::optional<uint32_t> level = {};
  // Bounds the work. Where it is not enough, the policy it ran out at has an error.
  uint64_t steps = uint64_t{1} << 28;
};

// What is wrong with the policies (errors) or odd about them (warnings), in the order of the set:
// static policies, templates, links. Of a policy without errors no request that fits the schema
// makes the evaluation fail, save overflow and entities that are missing.
[[nodiscard]] std::vector<Finding> validate(const PolicySet& policies, const Schema& schema,
                                            const ValidateOptions& options = {});

// One static policy or template alone.
[[nodiscard]] std::vector<Finding> validate(const Policy& policy, const Schema& schema,
                                            const ValidateOptions& options = {});

[[nodiscard]] bool has_errors(const std::vector<Finding>& findings);

}  // namespace sally::cedar
