// The verifier of tokens: text, keys and rules in, claims out (RFC 7515 section 5.2, RFC 7519
// section 7.2, RFC 8725, RFC 9068 section 4). Asks nobody anything: keys and time are parameters.
//
//   auto claims = verify_token(bearer, keys, rules, clock.now());
//   if (!claims.ok() && claims.error().fault() == TokenFault::kUnknownKey) ...  // read the set
//   again
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "identity/token/claims.h"
#include "identity/token/compact_jws.h"
#include "identity/token/jwk.h"

namespace sally::identity {

// How far the clocks of an issuer and ours may be apart. There is no way to write more than a
// minute.
class Leeway {
 public:
  static constexpr std::chrono::seconds kMost{60};

  constexpr Leeway() = default;
  // Nullopt for less than nothing and for more than kMost.
  static constexpr std::optional<Leeway> of(std::chrono::seconds value) {
    return value < std::chrono::seconds(0) || value > kMost ? std::nullopt
                                                            : std::optional(Leeway(value));
  }
  [[nodiscard]] constexpr std::chrono::seconds value() const { return value_; }

 private:
  constexpr explicit Leeway(std::chrono::seconds value) : value_(value) {}
  std::chrono::seconds value_{30};
};

// What `typ` may say. Every other kind of JWT (of a logout, a DPoP proof, a security event) is
// refused, so that none passes for a token of access.
enum class TokenType : uint8_t {
  kAnyJwt,       // nothing, `JWT` or `at+jwt`
  kAccessToken,  // `at+jwt` (RFC 9068)
};

// A token for several audiences works at each of them.
enum class SeveralAudiences : uint8_t {
  kWithParty,  // taken where `azp` says to whom it was issued
  kTaken,
};

// Rules that were left empty let nothing pass.
struct TokenRules {
  std::string issuer;                  // `iss`, octet by octet
  std::vector<std::string> audiences;  // one of them stands in `aud`
  // What a token may be signed with. An RSA key that names no algorithm has the first one of these
  // that is RSA's.
  std::vector<crypto::SignatureAlgorithm> algorithms = {
      crypto::SignatureAlgorithm::kRs256, crypto::SignatureAlgorithm::kPs256,
      crypto::SignatureAlgorithm::kEs256, crypto::SignatureAlgorithm::kEs384,
      crypto::SignatureAlgorithm::kEs512, crypto::SignatureAlgorithm::kEdDsa};
  Leeway leeway;
  std::optional<std::chrono::seconds> max_age;  // since `iat`, which must then be there
  std::vector<std::string> required;            // further claims that must be there, and not null
  std::optional<std::string> authorized_party;  // `azp` is this
  SeveralAudiences several_audiences = SeveralAudiences::kWithParty;
  TokenType type = TokenType::kAnyJwt;
  size_t max_text = kMaxTokenText;
};

// Whether the signature is by the key of the set that the header names (or by its only one), with
// the algorithm of that key, which is one of `allowed`.
TokenResult<> verify_jws(const CompactJws& jws, const JwkSet& keys,
                         std::span<const crypto::SignatureAlgorithm> allowed);

// Whether claims hold under `rules` at `now`.
TokenResult<> check_claims(const Claims& claims, const TokenRules& rules, WallTime now);

// All of it, cheapest first and nothing of the payload before the signature was found good. A
// refusal holds nothing of the text.
TokenResult<Claims> verify_token(std::string_view text, const JwkSet& keys, const TokenRules& rules,
                                 WallTime now);

}  // namespace sally::identity
