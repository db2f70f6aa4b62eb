// Analysis: what is odd about policies that are valid, over all requests and entities that fit the
// schema.
//
//   const Analysis found = analyze(policies, schema);
//   for (const Observation& one : found.observations) { ... }
//
// Every observation is proved: there is no request that refutes it. What is not observed may be so
// all the same: the proofs know order, equality, patterns, groups, address ranges, sets and what
// may be missing, not arithmetic, and each has a bound on its work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

struct Observation {
  enum class Kind : uint8_t {
    kNeverApplies,       // no request makes the policy apply
    kSubsumedPermit,     // `other`, a permit, applies wherever this permit does
    kSubsumedForbid,     // `other`, a forbid, applies wherever this forbid does
    kShadowedPermit,     // forbids apply wherever this permit does; `other` where one is enough
    kForbidsEverything,  // the forbid applies to every request
    kActionDenied,       // no request for `action` is ever allowed
  };
  Kind kind;
  std::string policy;   // id of the static policy or the link; empty: of kActionDenied
  Span span;            // in the source of the policy
  std::string other;    // id of the other policy, where there is one
  EntityUid action;     // of kActionDenied
  std::string message;  // lower case, one line, input in backticks
  std::string help;
};
// `never-applies`, `subsumed-permit`, ...
[[nodiscard]] std::string_view name_of(Observation::Kind kind);

struct Analysis {
  std::vector<Observation> observations;  // policies in the order of the set, then actions
  // Policies for which some question was not decided within the bounds; sorted. What was observed
  // of them holds.
  std::vector<std::string> undecided;
};

struct AnalysisOptions {
  uint64_t steps = uint64_t{1} << 24;  // of all proofs together
};

// Static policies and links; templates that are not linked decide nothing. Policies need not be
// valid.
[[nodiscard]] Analysis analyze(const PolicySet& policies, const Schema& schema,
                               const AnalysisOptions& options = {});

}  // namespace sally::cedar
