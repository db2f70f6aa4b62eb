// Demonstrating proof of possession (RFC 9449): whoever presents a token that is bound to a key
// shows with every request that it holds that key.
//
//   auto shown = dpop.check(credentials, claims.confirmation, now);
//   if (!shown.ok()) {
//     return dpop.not_identified(shown.error(), now);
//   }
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "base/secret.h"
#include "core/principal.h"
#include "crypto/public_key.h"
#include "identity/proof/dpop_nonce.h"
#include "identity/token/claims.h"
#include "identity/token/compact_jws.h"
#include "store/counters.h"

namespace sally::identity {

// What is wrong with a proof, or with how its token was presented, in the order in which it is
// looked for. Each has one row in dpop.cc.
enum class DpopFault : uint8_t {
  kNotBound,     // `DPoP` with a token that is bound to no key
  kPlainBearer,  // `Bearer` with a token that is bound to one
  kMissing,      // no proof
  kFormat,       // no signed token in compact form, or a claim that is missing or malformed
  kType,         // not `dpop+jwt`
  kAlgorithm,    // symmetric, unknown, not allowed, or not that of the key
  kKey,          // no public key, or one with private members
  kWrongKey,     // another key than the token's
  kSignature,
  kMethod,  // of another request
  kTarget,
  kTime,        // made too long ago, or in the future
  kToken,       // for another access token
  kNonce,       // without the nonce that is asked for, or with an old one
  kReplayed,    // used before
  kCannotTell,  // whether it was: too many proofs are remembered
};
inline constexpr size_t kDpopFaults = 16;

// `dpop_replayed`. Stable.
[[nodiscard]] std::string_view code_of(DpopFault fault);

class DpopRefusal {
 public:
  // `detail` names a member or a claim, never its value.
  explicit DpopRefusal(DpopFault fault, std::string detail = {})
      : fault_(fault), detail_(std::move(detail)) {}

  [[nodiscard]] DpopFault fault() const { return fault_; }
  [[nodiscard]] std::string_view code() const { return code_of(fault_); }
  // `invalid_dpop_proof`, `use_dpop_nonce` or `invalid_token` (RFC 9449, sections 7.1, 9 and 12.2).
  [[nodiscard]] std::string_view oauth_error() const;
  // kUnauthenticated; kUnavailable where it cannot be told.
  [[nodiscard]] Error to_error() const;

 private:
  DpopFault fault_;
  std::string detail_;
};

template <typename T = Unit>
using DpopResult = Expected<T, DpopRefusal>;

struct DpopRules {
  static constexpr std::chrono::seconds kMostWindow{300};

  // Asymmetric, as every SignatureAlgorithm is.
  std::vector<crypto::SignatureAlgorithm> algorithms = {
      crypto::SignatureAlgorithm::kEs256, crypto::SignatureAlgorithm::kEs384,
      crypto::SignatureAlgorithm::kEs512, crypto::SignatureAlgorithm::kEdDsa,
      crypto::SignatureAlgorithm::kPs256, crypto::SignatureAlgorithm::kRs256};
  // How far `iat` may lie from now, to either side; at most kMostWindow.
  std::chrono::seconds window{60};
  bool nonce_required = false;
  // Where clients reach the gate: `https://gate.example`. A proof is for one of them, whatever the
  // request says of its host: needed behind a proxy that ends TLS, and where a host that a client
  // was lured to could pass its proofs on. Empty: as the request says.
  std::vector<std::string> origins;
};

// Safe from every thread.
class Dpop {
 public:
  static constexpr size_t kMaxProof = size_t{8} << 10;
  static constexpr size_t kMaxId = 256;  // bytes of a `jti`

  // kUsage: a window that is nothing or too wide, no algorithm, an origin that is no `https://HOST`
  // or `http://HOST`. `seen` remembers the proofs that were used, and refuses rather than to forget
  // one: a set of its own, not shared with what anonymous callers can fill. It and `clock` outlive
  // the object.
  static Result<Dpop> create(DpopRules rules, const Secret& nonce_key, store::Counters& seen,
                             const Clock& clock);

  // Whether the holder of a token (`credentials.bearer`) that was found good showed that it may use
  // it: by `DPoP` a token that is bound to a key, with a proof by that key for this very request,
  // which is used up by it; by `Bearer` one that is bound to none. True where a proof was given.
  [[nodiscard]] DpopResult<bool> check(const Credentials& credentials,
                                       const std::optional<Confirmation>& confirmation,
                                       WallTime now) const;

  // The refusal as the answer tells it: `DPoP error="use_dpop_nonce", ..., algs="ES256 EdDSA"`, and
  // the nonce to use where one is required.
  [[nodiscard]] NotIdentified not_identified(const DpopRefusal& refusal, WallTime now) const;

 private:
  Dpop(DpopRules rules, const Secret& nonce_key, store::Counters& seen, const Clock& clock);
  DpopResult<> verify(std::string_view bound_to, const Credentials& credentials,
                      WallTime now) const;
  DpopResult<> verify_signature(const CompactJws& jws, std::string_view bound_to) const;
  DpopResult<> check_target(std::string_view claimed, const Credentials& request) const;
  DpopResult<> use_up(std::string_view key, std::string_view id) const;

  DpopRules rules_;
  std::string algorithms_;  // by name, for a challenge
  DpopNonces nonces_;
  store::Counters* seen_;
  const Clock* clock_;
};

}  // namespace sally::identity
