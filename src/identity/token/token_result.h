// Why a token is refused: a fault with a short stable code, and words that hold nothing of the
// token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"

namespace sally::identity {

// What is wrong with a token, in the order in which it is looked for. Each has one row in
// token_result.cc: its code and the words for it.
enum class TokenFault : uint8_t {
  kTooLong,
  kFormat,        // not three parts of strict base64url
  kEncrypted,     // a JWE
  kHeader,        // no JSON object, or a member of another type
  kCritical,      // an extension that must be understood: none is
  kType,          // another kind of JWT
  kNested,        // a token within a token
  kAlgorithm,     // unknown, not allowed, or not that of the key
  kUnknownKey,    // a key id that is not in the set: reading the set again may help
  kAmbiguousKey,  // no key id, and several keys
  kUnusableKey,   // its key stands in the set but may verify nothing
  kSignature,
  kClaims,  // no JSON object, or a claim of another type
  kMissingClaim,
  kConfirmation,  // bound to a key in a way that is not understood
  kActors,        // a chain of actors that is malformed or too long
  kIssuer,
  kAudience,
  kParty,  // azp
  kExpired,
  kNotYet,
  kIssuedLater,
  kTooOld,
};
inline constexpr size_t kTokenFaults = 23;

// `token_expired`. Stable: dashboards and clients may depend on it.
[[nodiscard]] std::string_view code_of(TokenFault fault);

class TokenRefusal {
 public:
  // `detail` says more than the fault's own words: a claim's or member's name, never its value.
  explicit TokenRefusal(TokenFault fault, std::string detail = {})
      : fault_(fault), detail_(std::move(detail)) {}

  [[nodiscard]] TokenFault fault() const { return fault_; }
  [[nodiscard]] std::string_view code() const { return code_of(fault_); }
  // kUnauthenticated: "the token is refused (`token_expired`): it has expired".
  [[nodiscard]] Error to_error() const;

 private:
  TokenFault fault_;
  std::string detail_;
};

// As Result<T>, with the fault.
template <typename T = Unit>
using TokenResult = Expected<T, TokenRefusal>;

}  // namespace sally::identity
