#include "identity/token/token_result.h"

#include <fmt/format.h>

#include <array>

namespace sally::identity {
namespace {

struct FaultRow {
  TokenFault fault;
  std::string_view code;
  std::string_view words;
};
constexpr std::array<FaultRow, kTokenFaults> kFaults = {{
    {TokenFault::kTooLong, "token_too_long", "it is longer than a token may be"},
    {TokenFault::kFormat, "token_format", "it is no signed token in compact form"},
    {TokenFault::kEncrypted, "token_encrypted", "it is encrypted, and only signed ones are taken"},
    {TokenFault::kHeader, "token_header", "its header is malformed"},
    {TokenFault::kCritical, "token_critical", "its header demands an extension nobody here knows"},
    {TokenFault::kType, "token_type", "it is another kind of token than asked for"},
    {TokenFault::kNested, "token_nested", "it holds another token"},
    {TokenFault::kAlgorithm, "token_algorithm", "its algorithm is not the one of its key"},
    {TokenFault::kUnknownKey, "token_key_unknown", "the issuer has no key of that id"},
    {TokenFault::kAmbiguousKey, "token_key_ambiguous",
     "it names no key, and the issuer has several"},
    {TokenFault::kUnusableKey, "token_key_unusable", "its key is not fit to verify with"},
    {TokenFault::kSignature, "token_signature", "its signature does not verify"},
    {TokenFault::kClaims, "token_claims", "its claims are malformed"},
    {TokenFault::kMissingClaim, "token_claim_missing", "it lacks a claim"},
    {TokenFault::kConfirmation, "token_confirmation",
     "it is bound to a key in a way nobody here knows"},
    {TokenFault::kActors, "token_actors", "its chain of actors is malformed or too long"},
    {TokenFault::kIssuer, "token_issuer", "it is of another issuer"},
    {TokenFault::kAudience, "token_audience", "it is for another audience"},
    {TokenFault::kParty, "token_party", "it was issued to another party"},
    {TokenFault::kExpired, "token_expired", "it has expired"},
    {TokenFault::kNotYet, "token_not_yet", "it is not valid yet"},
    {TokenFault::kIssuedLater, "token_issued_later", "it says it was issued in the future"},
    {TokenFault::kTooOld, "token_too_old", "it was issued too long ago"},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kFaults.size(); ++i) {
    if (kFaults[i].fault != TokenFault(i)) {
      return false;
    }
  }
  return true;
}
static_assert(in_order());

const FaultRow& row_of(TokenFault fault) {
  return kFaults[static_cast<size_t>(fault)];
}

}  // namespace

std::string_view code_of(TokenFault fault) {
  return row_of(fault).code;
}

Error TokenRefusal::to_error() const {
  const FaultRow& row = row_of(fault_);
  return Error(ErrorKind::kUnauthenticated,
               fmt::format("the token is refused (`{}`): {}{}{}", row.code, row.words,
                           detail_.empty() ? "" : ": ", detail_));
}

}  // namespace sally::identity
