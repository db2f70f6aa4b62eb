// Authorizer: policies, entities and a request in, a verdict out.
//
//   Scratch scratch;                                          // one per thread
//   TRY(const RequestView request, read_request(json, scratch));
//   const Verdict verdict = authorize(policies, store, request, scratch);
//
// Deny unless a permit applies and no forbid does. A policy whose evaluation fails does not apply,
// and is reported; no other policy is touched by it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cedar/eval/compiled_policies.h"
#include "cedar/eval/request.h"
#include "cedar/eval/scratch.h"

namespace sally::cedar {

enum class Decision : uint8_t { kDeny, kAllow };

// Views into the scratch memory, valid until its next use. Indices count in policies().
struct Verdict {
  Decision decision = Decision::kDeny;
  // What determined it: on allow the permits that apply, on deny the forbids that do, and none
  // where nothing applies. Ascending.
  std::span<const uint32_t> determining;
  // Ascending.
  std::span<const PolicyError> errors;
  // Whether one of them is a forbid: what it would have forbidden is not known.
  bool forbid_failed = false;
};

// Allocates nothing once `scratch` has seen a policy set of this size. `request` was made in
// `scratch`.
Verdict authorize(const CompiledPolicies& policies, const EntityStore& store,
                  const RequestView& request, Scratch& scratch);

// The same for cold paths: compiles, decides and copies.
struct PolicyFailure {
  std::string policy;
  std::string message;
};
struct Answer {
  Decision decision = Decision::kDeny;
  std::vector<std::string> reasons;  // ids
  std::vector<PolicyFailure> errors;
};
Result<Answer> authorize(const PolicySet& policies, const Entities& entities,
                         const Request& request);
Answer answer_of(const CompiledPolicies& policies, const Verdict& verdict);

// The value of one expression. kInvalidInput with the message of the failure where it has none.
Result<Value> evaluate(const Body& body, ExprId expr, const Entities& entities,
                       const Request& request);

}  // namespace sally::cedar
