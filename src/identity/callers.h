// Callers: who is calling, from everything a caller may present. The gate's Identifier.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/principal.h"
#include "identity/identifier.h"
#include "identity/oidc/issuers.h"

namespace sally::identity {

// One credential speaks for the caller: an API key or a token, whichever was sent; two that differ
// are refused.
class Callers final : public Identifier {
 public:
  Callers(std::shared_ptr<const ApiKeyIdentifier> keys, std::shared_ptr<const Issuers> issuers)
      : keys_(std::move(keys)), issuers_(std::move(issuers)) {}

  [[nodiscard]] std::optional<Identified> identify(const Credentials& credentials,
                                                   WallTime now) const override;
  void ask(const Credentials& credentials, WallTime now, std::function<void()> done) const override;
  [[nodiscard]] bool still_valid(const Principal& principal, WallTime now) const override;

 private:
  [[nodiscard]] bool has_token(const Credentials& credentials) const;

  const std::shared_ptr<const ApiKeyIdentifier> keys_;
  const std::shared_ptr<const Issuers> issuers_;
};

}  // namespace sally::identity
