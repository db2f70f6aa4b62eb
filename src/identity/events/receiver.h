// What the gate makes of a security event token: whether to believe it, and what to revoke for it
// (RFC 8935 for how it is taken; CAEP 1.0 for what it means).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "identity/events/security_event.h"
#include "identity/revocation_service.h"
#include "identity/token/compact_jws.h"
#include "identity/token/verify.h"

namespace sally::identity {

// Why a token is not taken: one of the codes of RFC 8935, section 2.4, and words that hold nothing
// of the token.
struct EventRefusal {
  std::string_view code;  // `invalid_request`, `invalid_key`, `invalid_issuer`, ...
  std::string description;
};
template <typename T = Unit>
using EventResult = Expected<T, EventRefusal>;

// Whoever may send events.
struct EventIssuer {
  std::string name;      // what the operator calls it
  std::string audience;  // what `aud` must hold
  std::vector<crypto::SignatureAlgorithm> algorithms;
  std::shared_ptr<const JwkSet> keys;  // null: they cannot be had at the moment
};
// The issuer with this `iss`; nothing where it may send none.
using FindEventIssuer = std::function<std::optional<EventIssuer>(std::string_view iss)>;

struct ReceivedEvents {
  SecurityEventToken token;
  std::string issuer;  // what the operator calls it
};

// A token may be late, not old: what is remembered of those that were seen is forgotten after it.
inline constexpr Micros kOldestEvent = std::chrono::days(7);
inline constexpr Micros kEventLeeway = std::chrono::minutes(1);

// Verifies `text`: its type, its issuer, the signature, audience and times. Asks nobody: where the
// issuer's keys cannot be had it is `authentication_failed`.
[[nodiscard]] EventResult<ReceivedEvents> verify_events(std::string_view text,
                                                        const FindEventIssuer& find, WallTime now);

// Whether the issuer that `text` names has to be asked for its keys before it can be verified.
[[nodiscard]] bool must_ask_for_keys(std::string_view text, const FindEventIssuer& find);

// What to do for one event: revocations to make, or why there is none.
struct EventPlan {
  std::vector<RevocationRequest> revocations;
  std::string note;  // empty where there are revocations
};

// session-revoked             the session; of a user every token issued until then
// credential-change           every token of the user issued until then; nothing where a credential
//                             was only added
// assurance-level-change      the same as session-revoked where the level fell
// anything else               nothing
//
// An opaque subject that stands alone is a session where sessions are spoken of, else a user.
// `access_denied` for a subject of another issuer: nobody speaks for it.
[[nodiscard]] EventResult<EventPlan> plan_event(const ReceivedEvents& received,
                                                const SecurityEvent& event, WallTime now);

}  // namespace sally::identity
