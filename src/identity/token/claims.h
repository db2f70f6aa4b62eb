// What a verified token says (RFC 7519; `cnf` of RFC 7800, `act` of RFC 8693).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "identity/token/token_result.h"

namespace sally::identity {

// Who acts for somebody. `issuer` is empty where the actor names none.
struct Actor {
  std::string subject;
  std::string issuer;
};

// The key that the holder of a token must show, as base64url of a SHA-256 digest. One of them at
// least is not empty.
struct Confirmation {
  std::string certificate;  // `x5t#S256` (RFC 8705): of the client's certificate
  std::string key;          // `jkt` (RFC 9449): the thumbprint of its DPoP key
};

struct Claims {
  static constexpr size_t kMaxActors = 8;

  std::string subject;
  std::string issuer;
  std::vector<std::string> audiences;  // at least one
  WallTime expires;
  std::optional<WallTime> not_before;
  std::optional<WallTime> issued;
  std::string id;                // `jti`; empty where there is none
  std::string authorized_party;  // `azp`; empty where there is none
  std::string scope;             // words with spaces between; empty where there is none
  std::optional<Confirmation> confirmation;
  // The `act` chain: who acts now, for whom that one acts, and so on.
  std::vector<Actor> actors;
  // The claims that are none of the above, as one JSON object.
  std::string other;

  // From the payload of a token. Refused: what is no strict JSON object; `iss`, `sub`, `aud`, `exp`
  // or one of `required` that is missing; a known claim of another type, empty, or with control
  // characters; a time that is no number or lies outside the years 1970 to 9999; a `cnf` without a
  // method that is known; more than kMaxActors actors. Checks nothing against rules or a clock.
  static TokenResult<Claims> parse(std::string_view payload,
                                   std::span<const std::string> required = {});
};

}  // namespace sally::identity
