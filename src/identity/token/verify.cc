#include "identity/token/verify.h"

#include <algorithm>

#include "base/result.h"

namespace sally::identity {
namespace {

using crypto::SignatureAlgorithm;
using Algorithms = std::span<const SignatureAlgorithm>;

TokenResult<const Jwk*> select_key(const CompactJws& jws, const JwkSet& keys) {
  if (jws.key_id()) {
    const JwkSet::Entry* entry = keys.find(*jws.key_id());
    if (entry == nullptr) {
      return TokenRefusal(TokenFault::kUnknownKey);
    }
    if (!entry->key) {
      return TokenRefusal(TokenFault::kUnusableKey);
    }
    return &*entry->key;
  }
  // OpenID Connect Core, section 10.1: a key id may be missing where there is nothing to choose.
  const Jwk* only = nullptr;
  for (const JwkSet::Entry& entry : keys.entries()) {
    if (entry.key && only != nullptr) {
      return TokenRefusal(TokenFault::kAmbiguousKey);
    }
    only = entry.key ? &*entry.key : only;
  }
  if (only == nullptr) {
    return TokenRefusal(TokenFault::kUnknownKey);
  }
  return only;
}

std::optional<SignatureAlgorithm> algorithm_of(const Jwk& key, Algorithms allowed) {
  if (key.algorithm()) {
    return key.algorithm();
  }
  const auto first = std::ranges::find_if(
      allowed, [&key](SignatureAlgorithm algorithm) { return key.key().serves(algorithm); });
  return first == allowed.end() ? std::nullopt : std::optional(*first);
}

TokenResult<> check_type(const CompactJws& jws, TokenType wanted) {
  if (jws.content_type()) {
    return TokenRefusal(TokenFault::kNested, "`cty`");
  }
  const bool plain = !jws.type() || jws.has_type("jwt");
  if (!jws.has_type("at+jwt") && !(plain && wanted == TokenType::kAnyJwt)) {
    return TokenRefusal(TokenFault::kType, "`typ`");
  }
  return Unit{};
}

TokenResult<> check_audience(const Claims& claims, const TokenRules& rules) {
  if (std::ranges::find_first_of(claims.audiences, rules.audiences) == claims.audiences.end()) {
    return TokenRefusal(TokenFault::kAudience);
  }
  if (claims.audiences.size() > 1 && claims.authorized_party.empty() &&
      rules.several_audiences == SeveralAudiences::kWithParty) {
    return TokenRefusal(TokenFault::kParty, "several audiences and no `azp`");
  }
  if (rules.authorized_party && claims.authorized_party != *rules.authorized_party) {
    return TokenRefusal(TokenFault::kParty);
  }
  return Unit{};
}

TokenResult<> check_times(const Claims& claims, const TokenRules& rules, WallTime now) {
  const auto leeway = rules.leeway.value();
  if (now >= claims.expires + leeway) {
    return TokenRefusal(TokenFault::kExpired);
  }
  if (claims.not_before && now < *claims.not_before - leeway) {
    return TokenRefusal(TokenFault::kNotYet);
  }
  if (claims.issued && now < *claims.issued - leeway) {
    return TokenRefusal(TokenFault::kIssuedLater);
  }
  if (rules.max_age) {
    if (!claims.issued) {
      return TokenRefusal(TokenFault::kMissingClaim, "`iat`");
    }
    const auto age = std::chrono::ceil<std::chrono::seconds>(now - *claims.issued);
    if (age - leeway > *rules.max_age) {
      return TokenRefusal(TokenFault::kTooOld);
    }
  }
  return Unit{};
}

}  // namespace

TokenResult<> verify_jws(const CompactJws& jws, const JwkSet& keys, Algorithms allowed) {
  const auto algorithm = crypto::signature_algorithm(jws.algorithm());
  if (!algorithm || std::ranges::find(allowed, *algorithm) == allowed.end()) {
    return TokenRefusal(TokenFault::kAlgorithm, "not one that is allowed");
  }
  TRY(const Jwk* key, select_key(jws, keys));
  if (algorithm_of(*key, allowed) != algorithm) {
    return TokenRefusal(TokenFault::kAlgorithm);
  }
  if (!key->key().verify(*algorithm, as_bytes(jws.signing_input()), jws.signature())) {
    return TokenRefusal(TokenFault::kSignature);
  }
  return Unit{};
}

TokenResult<> check_claims(const Claims& claims, const TokenRules& rules, WallTime now) {
  if (claims.issuer != rules.issuer) {
    return TokenRefusal(TokenFault::kIssuer);
  }
  TRY_OK(check_audience(claims, rules));
  return check_times(claims, rules, now);
}

TokenResult<Claims> verify_token(std::string_view text, const JwkSet& keys, const TokenRules& rules,
                                 WallTime now) {
  TRY(const CompactJws jws, CompactJws::parse(text, rules.max_text));
  TRY_OK(check_type(jws, rules.type));
  TRY_OK(verify_jws(jws, keys, rules.algorithms));
  TRY(Claims claims, Claims::parse(jws.payload(), rules.required));
  TRY_OK(check_claims(claims, rules, now));
  return claims;
}

}  // namespace sally::identity
