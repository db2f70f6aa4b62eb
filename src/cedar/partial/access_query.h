// AccessQuery: who may do something, or with what it may be done.
//
//   Budget budget(kQuerySteps);
//   TRY(AccessQuery query, AccessQuery::create(schema, store, policies, request, budget));
//   for (...) { const PartialAnswer answer = query.answer(uid); }
//
// The principal or the resource of `request` is unknown, and is asked for: first the policies are
// evaluated without it, once for all; then for each candidate what was left of them. The context
// may stay unknown, so that the answer may be `maybe`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "cedar/eval/index.h"
#include "cedar/eval/program.h"
#include "cedar/partial/simplifier.h"

namespace sally::cedar {

enum class Access : uint8_t {
  kNever,   // no completion is allowed
  kMaybe,   // it is not known that none is, nor that all are
  kAlways,  // every completion is allowed
};

struct PolicyResidual {
  uint32_t policy;  // its index in PolicySet::active()
  PartialOutcome outcome;
};

struct PartialAnswer {
  Access access = Access::kNever;
  // All but those that do not apply, ascending. Of kMaybe: allowed where one of the permits applies
  // and none of the forbids does; a forbid that fails does not.
  std::vector<PolicyResidual> policies;
};

// Decides by what the policies come to: a permit that applies and no forbid that may is kAlways; no
// permit that may, or a forbid that applies, kNever.
[[nodiscard]] Access combine(std::span<const ActivePolicy> policies,
                             std::span<const PolicyResidual> residuals);

// All policies on one partial request.
[[nodiscard]] PartialAnswer answer_partially(Simplifier& simplifier,
                                             std::span<const ActivePolicy> policies);

// Some seconds. Enough for 10,000 policies on 10,000 candidates where the scopes of most say whom
// or what they are about.
inline constexpr uint64_t kQuerySteps = uint64_t{1} << 28;

// One thread uses it.
class AccessQuery {
 public:
  // Of `request` one of principal and resource is unknown, with Presence::kAny where candidates
  // need not be stored. All arguments outlive the query. kInvalidInput as validate_request(), and
  // where not one is unknown; kTooLarge where the budget is used up.
  static Result<AccessQuery> create(const Schema& schema, const EntityStore& store,
                                    std::span<const ActivePolicy> policies,
                                    const PartialRequest& request, Budget& budget);
  AccessQuery(AccessQuery&&) noexcept;
  AccessQuery& operator=(AccessQuery&&) noexcept;
  ~AccessQuery();

  // Of an entity of the unknown type. kTooLarge where the budget is used up.
  Result<PartialAnswer> answer(const EntityUid& candidate);
  // The same without saying why.
  Result<Access> access(const EntityUid& candidate);
  // Of the entity while it is not known.
  [[nodiscard]] const PartialAnswer& in_general() const;

 private:
  class Plan;
  explicit AccessQuery(std::unique_ptr<Plan> plan);

  std::unique_ptr<Plan> plan_;
};

// Of each resource whether the principal may do the action with it under some context, in the order
// they are given: what a list of tools is filtered by. A resource that the action does not apply to
// is kNever. Errors as AccessQuery.
Result<std::vector<Access>> accessible(const Schema& schema, const EntityStore& store,
                                       std::span<const ActivePolicy> policies,
                                       const EntityUid& principal, const EntityUid& action,
                                       std::span<const EntityUid> resources,
                                       const PartialContext& context, Budget& budget);

}  // namespace sally::cedar
