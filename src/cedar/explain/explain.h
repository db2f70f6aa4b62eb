// Explanation: why a request is decided as it is, and what came closest to deciding otherwise.
//
//   TRY(const Explanation why, explain(policies, entities, request));
//
// The decision, what determined it and what failed are derived here by a second way (no index, one
// clause at a time) and are those of authorize(). Everything is copied and fit for a terminal:
// texts and values are cut at a limit, control characters are gone. Contexts hold what callers
// sent: who may see an explanation is the caller's affair.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cedar/entities/entities.h"
#include "cedar/eval/authorizer.h"
#include "cedar/eval/request.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

// `policies/own.cedar:3:8`. Line 0 where the policy came from no text.
struct PolicyPlace {
  std::string file;
  uint32_t line = 0;
  uint32_t column = 0;
};

// One expression that was evaluated, and below it those of its operands that were. What a short
// circuit passed over is not there, and what is only a literal is not either.
struct Step {
  std::string text;                  // of the source, on one line
  std::optional<std::string> value;  // as Cedar text; none where it failed, or an operand did
  std::string error;                 // where it arose, and only there
  std::string reason;                // of a test: `context.hour 22 is not below 20`
  bool decisive = false;             // whether what stands above it has its value because of this
  std::vector<Step> operands;
  size_t left_out = 0;  // operands that were evaluated and are not shown
};

struct ScopeTrace {
  std::string text;  // `principal in Team::"research"`
  bool holds = false;
  std::string
      reason;  // `principal User::"bob" is not in Team::"research"`; empty: asks for nothing
};

struct ClauseTrace {
  Condition::Kind kind = Condition::Kind::kWhen;
  PolicyPlace place;
  std::optional<bool> holds;  // `unless` holds where its expression is false; none: it failed
  Step step;
};

enum class PolicyOutcome : uint8_t {
  kApplies,
  kOutOfScope,  // the head is about another request
  kClause,      // a `when` or `unless` does not hold
  kFailed,      // an expression has no value
};

struct PolicyTrace {
  std::string id;
  Effect effect = Effect::kPermit;
  std::vector<std::string> annotations;  // their names
  PolicyPlace place;
  PolicyOutcome outcome = PolicyOutcome::kOutOfScope;
  std::vector<ScopeTrace> scope;     // principal, action, resource
  std::vector<ClauseTrace> clauses;  // up to the one that decided
  size_t clauses_left_out = 0;       // of very many, those that hold
  // Of a failure: what it was and where it arose.
  std::string error;
  PolicyPlace error_place;
};

// The permit that came closest to applying. Near are permits whose action constraint holds and of
// whose principal and resource constraints at most one does not. Nearer is first the one whose
// scope holds, then the one that is only about another principal, then about another resource;
// among those the one with the fewest clauses that do not hold, each taken by itself; then the
// first.
struct NearestPermit {
  PolicyTrace trace;  // with all its clauses
  size_t failing_clauses = 0;
  // What would let it apply, all of it, everything else being as it is: texts of Cedar. What the
  // policy says elsewhere of the same attributes is with them. Empty where it cannot be said
  // simply.
  std::vector<std::string> would_apply_where;
};

struct ForbidRemedy {
  std::string id;
  std::vector<std::string> would_not_apply_where;  // as would_apply_where
};

struct Explanation {
  Decision decision = Decision::kDeny;
  std::vector<std::string> determining;  // ids, as Answer::reasons
  std::vector<PolicyFailure> errors;     // as Answer::errors
  // Policies whose scope holds: what determined it, then what failed, then the others; each in the
  // order of the set.
  std::vector<PolicyTrace> policies;
  size_t not_traced = 0;  // more of them than were asked for
  // Of a denial by forbids: permits that would have allowed it, and what would let it pass them.
  std::vector<std::string> overridden;
  std::vector<ForbidRemedy> remedies;  // of the traced ones
  // Of a denial for which no permit applies.
  std::optional<NearestPermit> nearest;
};

struct ExplainLimits {
  size_t policies = 16;  // traced in full
  size_t near = 1000;    // permits of another scope that are looked at for the nearest
  size_t steps = 256;    // of one policy
  size_t text = 160;     // bytes of a text or a value
};

// kTooLarge and kInvalidInput as authorize(). The work is that of deciding without an index, once
// more for the nearest permit, and what the limits say.
Result<Explanation> explain(const PolicySet& policies, const Entities& entities,
                            const Request& request, const ExplainLimits& limits = {});

}  // namespace sally::cedar
