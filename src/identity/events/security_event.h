// Security event tokens: what an issuer tells of its users and sessions (RFC 8417; CAEP 1.0 and SSF
// 1.0 of OpenID for the events, RFC 9493 for whom they are about).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sally::identity {

enum class EventType : uint8_t {
  kSessionRevoked,        // CAEP 1.0, section 3.1
  kCredentialChange,      // section 3.3
  kAssuranceLevelChange,  // section 3.4
  kVerification,          // SSF 1.0, section 7.1.4: the transmitter tries the line
  kOther,
};

// Whom an event is about, as far as it can be told. Empty: not said, or said in a way that names
// nobody here (an e-mail address, a telephone number, a device).
struct EventSubject {
  struct Named {
    std::string issuer;  // `iss` of the subject
    std::string id;
    friend bool operator==(const Named&, const Named&) = default;
  };
  std::optional<Named> user;   // `iss_sub`
  std::optional<Named> token;  // `jwt_id`
  std::string session;         // an opaque id within the issuer
  std::string opaque;  // one that stands for itself: a user or a session, as the event has it
  friend bool operator==(const EventSubject&, const EventSubject&) = default;
};

struct SecurityEvent {
  EventType type = EventType::kOther;
  std::string uri;  // what the token calls it
  EventSubject subject;
  std::optional<WallTime> at;  // `event_timestamp`
  // Of a credential-change: whether a credential was added, and nothing taken away.
  bool only_adds = false;
  // Of an assurance-level-change: whether the level rose. Where nothing is said it did not.
  bool rose = false;
  std::string reason;  // `reason_admin`, what fits of it
};

struct SecurityEventToken {
  static constexpr size_t kMaxEvents = 8;
  static constexpr size_t kMaxId = 256;  // characters of `jti`, and of every id of a subject

  std::string issuer;
  std::string id;  // `jti`
  std::vector<std::string> audiences;
  WallTime issued;
  std::vector<SecurityEvent> events;  // at least one

  // From the payload of a token. Refused (kInvalidInput, without anything of the text): what is no
  // strict JSON object; `iss`, `jti`, `iat`, `aud` or `events` that is missing or of another type;
  // `exp` or `sub`, which such a token must not have, so that none passes for a token of access
  // (SSF 1.0, section 4.1); more than kMaxEvents events; an event of a known type without what it
  // needs, or with a subject that is malformed or stands in two places.
  static Result<SecurityEventToken> parse(std::string_view payload);
};

// The `iss` that an unverified payload claims: it only says whose keys to verify with. Empty where
// there is none.
[[nodiscard]] std::string claimed_issuer(std::string_view payload);

}  // namespace sally::identity
