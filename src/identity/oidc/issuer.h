// IssuerSettings: whose tokens count, and what their claims mean here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/principal.h"
#include "identity/token/claims.h"
#include "identity/token/verify.h"

namespace sally::identity {

struct IssuerSettings {
  std::string name;  // what the operator calls it
  // `iss`, audiences and the rest. Its issuer is a URL without query and fragment, and where its
  // keys are found unless one of the next two says otherwise.
  TokenRules rules;
  std::string jwks_url;                          // empty: discovered
  std::shared_ptr<const JwkSet> own_keys;        // null: they are fetched
  PrincipalKind subject = PrincipalKind::kUser;  // what a token without `act` speaks of: or kAgent
  // Claims by name; members of objects behind dots (`realm_access.roles`). Empty: none.
  std::string groups;
  std::string display_name;
  std::string session = "sid";
  std::vector<std::string> claims;  // that policies see as tags
  std::string events_audience;      // `aud` of its security events; empty: it may send none
  std::chrono::seconds refresh{
      600};                          // keys older than this are fetched again, meanwhile they count
  std::chrono::seconds stale{3600};  // keys older than this do not count
};

// Who a verified token stands for: of a token with `act` the agent that acts, for the user that the
// token is about (RFC 8693, section 4.1). Refused (kActors): an actor of another issuer, whose name
// nobody here could tell from others.
TokenResult<Principal> principal_of(const IssuerSettings& issuer, const Claims& claims);

// Where an issuer publishes its metadata (OpenID Connect Discovery 1.0, section 4).
std::string discovery_url(std::string_view issuer);
// Where its keys are, from that document. kInvalidInput: no strict JSON object, another `issuer`
// than the one that was asked, a `jwks_uri` that is no https URL (http of the same host where the
// issuer's own is http).
Result<std::string> read_discovery(std::string_view json, std::string_view issuer);

}  // namespace sally::identity
