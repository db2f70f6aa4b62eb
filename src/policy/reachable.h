// Reachable: what of a list a principal could use. Types are known, what the call says is not: the
// policies are evaluated as far as that goes.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/decision.h"
#include "policy/active_set.h"

namespace sally::policy {

// As Authorizer::could, of one set. Of the context the caller's address, proofs and workload are
// known, and the request but for its size; the hour, findings and arguments are not.
[[nodiscard]] Result<std::vector<bool>> reachable(const ActiveSet& set,
                                                  const AccessRequest& request,
                                                  std::span<const std::string_view> names);

}  // namespace sally::policy
