// Issuers: from the text of a token to the principal it stands for. The token names its issuer, the
// operator lists those that count; the issuer's keys verify it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "core/fetcher.h"
#include "core/principal.h"
#include "identity/oidc/issuer.h"
#include "identity/oidc/issuer_keys.h"
#include "identity/oidc/token_cache.h"

namespace sally::identity {

// What a token says that was verified, or why it does not count.
using TokenVerdict = Expected<VerifiedTokenPtr, NotIdentified>;

// Safe from every thread.
class Issuers {
 public:
  // Names and `iss` are unique. Where `previous` has the keys of an issuer already they are kept.
  // The fetcher and the log outlive it, and every fetch of it.
  Issuers(std::vector<IssuerSettings> settings, Fetcher& fetcher, Logger& log,
          const Issuers* previous = nullptr);

  [[nodiscard]] bool empty() const { return issuers_.empty(); }
  // Nothing where the issuer must be asked for its keys first: then `ask`. Never waits. A token
  // that was seen before costs a hash and a look-up.
  [[nodiscard]] std::optional<TokenVerdict> verify(std::string_view token, WallTime now) const;
  // Calls `done` once; see Identifier::ask.
  void ask(std::string_view token, WallTime now, std::function<void()> done) const;
  // Whether the keys of the issuer with this name still hold a token that verified: for answers
  // that stream on. False for an issuer that there is no more.
  [[nodiscard]] bool reachable(std::string_view name, WallTime now) const;
  // Fetches keys again that are due. Never waits.
  void keep_fresh(WallTime now) const;

  // Whether there is an issuer that the operator calls so.
  [[nodiscard]] bool has(std::string_view name) const;

  // The keys in force of the issuer with this `iss`, and what its tokens must satisfy; null where
  // there is none: for other things that issuers sign.
  struct Signing {
    const IssuerSettings* issuer;
    NumberedKeysPtr keys;  // null: they cannot be had
  };
  [[nodiscard]] std::optional<Signing> signing(std::string_view iss, WallTime now) const;

  struct Status {
    std::string_view name;
    IssuerKeys::Status keys;
  };
  [[nodiscard]] std::vector<Status> status() const;

 private:
  struct Issuer {
    IssuerSettings settings;
    std::shared_ptr<IssuerKeys> keys;
  };
  [[nodiscard]] const Issuer* issuer_of(std::string_view iss) const;
  [[nodiscard]] std::optional<TokenVerdict> verify_anew(std::string_view token, WallTime now,
                                                        const crypto::Sha256Digest& digest) const;

  std::vector<Issuer> issuers_;
  mutable TokenCache cache_;
};

// Whether a credential has the form of a signed token in compact form: it is no API key then.
[[nodiscard]] bool looks_like_token(std::string_view text);

// The refusal of a token, as a client is told: `invalid_token` (RFC 6750, section 3.1).
[[nodiscard]] NotIdentified refused_token(const TokenRefusal& why);

}  // namespace sally::identity
