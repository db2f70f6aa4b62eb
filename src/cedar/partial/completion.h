// Completions: what a policy comes to once everything is known.
#pragma once

#include "base/result.h"
#include "cedar/eval/request.h"
#include "cedar/eval/scratch.h"
#include "cedar/eval/store.h"
#include "cedar/partial/simplifier.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

// One policy on a whole request: never kDepends. Errors as authorize().
Result<PolicyState> state_of(const ActivePolicy& policy, const EntityStore& store,
                             const Request& request, Scratch& scratch);

// The same by what partial evaluation made of the policy, for a completion of what was asked then.
Result<PolicyState> state_of(const ActivePolicy& policy, const PartialOutcome& outcome,
                             const EntityStore& store, const Request& request, Scratch& scratch);

}  // namespace sally::cedar
