// Principal: who is calling, as far as it was proved.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace sally {

enum class PrincipalKind : uint8_t {
  kAnonymous,
  kApiKey,    // whoever holds the key
  kUser,      // a person, by the word of an issuer of tokens
  kAgent,     // a program that acts by itself or for a user, by the word of an issuer
  kWorkload,  // a program by where it runs: its SPIFFE ID
};
inline constexpr size_t kPrincipalKinds = 5;
// `anonymous`, `key`, `user`, `agent`, `workload`.
std::string_view name_of(PrincipalKind kind);
std::optional<PrincipalKind> parse_principal_kind(std::string_view text);

// Somebody, as policies and records name them: of a key its public id, of a user or an agent
// `ISSUER/SUBJECT` with the issuer as the operator called it, of a workload its SPIFFE ID.
struct Party {
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string id;
  friend bool operator==(const Party&, const Party&) = default;
};

// A claim that the operator lets policies see.
struct ClaimValue {
  std::string name;
  std::vector<std::string> values;  // of an array its elements; of anything else the one
  friend bool operator==(const ClaimValue&, const ClaimValue&) = default;
};

// Immutable and shared. An empty scope list means "no scope of its own": the policies alone decide.
struct Principal {
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string id;    // see Party; empty for an anonymous caller
  std::string name;  // what the operator called the key; what the issuer calls the user
  TeamId team;
  std::vector<RouteId> routes;  // the key works on these routes only
  std::vector<ModelId> models;  // and for these models only
  std::optional<WallTime> expires;
  uint32_t requests_per_minute = 0;  // 0: the gate's own limit for a key applies

  // What was proved, in order: `key`, `certificate`, `dpop`, or an issuer by its name.
  std::vector<std::string> proofs;
  std::string workload;                // the SPIFFE ID that the connection proved; empty: none
  std::vector<std::string> groups;     // `ISSUER/GROUP`
  std::vector<std::string> audiences;  // `aud` of the token
  std::vector<std::string> scopes;     // words of the token's `scope`
  std::vector<ClaimValue> claims;      // by name
  std::optional<Party> acts_for;       // whom an agent acts for
  std::vector<Party> via;              // who acted before this one, the last one first (RFC 8693)
  std::string token;                   // `ISSUER/JTI`; empty: none
  std::string session;                 // `ISSUER/SID`; empty: the principal is its own session
  std::optional<WallTime> issued;   // when the token was: `iat`; a revocation may name an instant
  std::vector<std::string> roles;   // that were granted for a time
  std::vector<std::string> grants;  // the ids of those grants
  std::string break_glass;          // the id of the grant that opens every soft policy; empty: none
};
using PrincipalPtr = std::shared_ptr<const Principal>;

// What a caller presented. Views into the request and its connection; empty where absent.
struct Credentials {
  enum class Scheme : uint8_t { kBearer, kDpop };

  std::string_view bearer;  // `Authorization: Bearer ...`, or `DPoP ...`
  Scheme scheme = Scheme::kBearer;
  std::string_view api_key;  // `x-api-key`, `api-key`
  std::string_view dpop;     // the proof in `DPoP`
  // DER of the client's certificate, whose chain the handshake verified.
  std::string_view certificate;
  // The request itself: a proof of possession speaks of it.
  std::string_view method;      // `POST`
  std::string_view url_scheme;  // `https`
  std::string_view authority;
  std::string_view path;
};

// Why nobody was identified.
struct NotIdentified {
  // kUnauthenticated with a hint, or kUnavailable where it cannot be told.
  Error error;
  // What `WWW-Authenticate` says: `Bearer error="invalid_token"`; without the parameters that only
  // the gate knows.
  std::string challenge = "Bearer";
  std::string dpop_nonce = {};  // for `DPoP-Nonce`; empty: none
};
using Identified = Expected<PrincipalPtr, NotIdentified>;

// Turns credentials into a principal. Called on every request, from every loop thread; must not
// block.
class Identifier {
 public:
  Identifier() = default;
  Identifier(const Identifier&) = delete;
  Identifier& operator=(const Identifier&) = delete;
  virtual ~Identifier() = default;
  // Without any credential the principal is anonymous: whether that is enough is a rule's matter.
  // Nothing where somebody must be asked first: then `ask`.
  [[nodiscard]] virtual std::optional<Identified> identify(const Credentials& credentials,
                                                           WallTime now) const = 0;
  // Asks whoever must be asked for `identify` to tell. Calls `done` once, on any thread, maybe
  // before it returns; never after `stop` of whoever owns the identifier. `credentials` are not
  // kept.
  virtual void ask(const Credentials& credentials, WallTime now,
                   std::function<void()> done) const = 0;
  // Whether `principal` would still be accepted: asked again while an answer is streaming.
  [[nodiscard]] virtual bool still_valid(const Principal& principal, WallTime now) const = 0;
};

}  // namespace sally
