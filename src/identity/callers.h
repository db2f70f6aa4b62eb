// Callers: who is calling, from everything a caller may present. The gate's Identifier.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/principal.h"
#include "identity/identifier.h"
#include "identity/oidc/issuers.h"
#include "identity/proof/certificate.h"
#include "identity/proof/dpop.h"

namespace sally::identity {

// What happens to a request:
//   a key or a token      speaks for the caller; two that differ are refused
//   a client certificate  proves `certificate`, and the workload it names; alone it is the caller
//   a token that is bound counts only with the certificate or the DPoP key that it is bound to
// Whoever sends none of it is anonymous.
class Callers final : public Identifier {
 public:
  struct Parts {
    std::shared_ptr<const ApiKeyIdentifier> keys;
    std::shared_ptr<const Issuers> issuers;
    std::shared_ptr<const Workloads> workloads;
    std::shared_ptr<const Dpop> dpop;
  };
  explicit Callers(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::optional<Identified> identify(const Credentials& credentials,
                                                   WallTime now) const override;
  void ask(const Credentials& credentials, WallTime now, std::function<void()> done) const override;
  [[nodiscard]] bool still_valid(const Principal& principal, WallTime now) const override;

 private:
  [[nodiscard]] bool has_token(const Credentials& credentials) const;
  // Each gives who calls as far as this credential says.
  [[nodiscard]] Identified by_key(const Credentials& credentials, WallTime now) const;
  [[nodiscard]] std::optional<Identified> by_token(const Credentials& credentials,
                                                   WallTime now) const;
  // The same caller, with what its connection's certificate proves.
  [[nodiscard]] Identified with_certificate(PrincipalPtr caller, const Credentials& credentials,
                                            WallTime now) const;

  const Parts parts_;
};

}  // namespace sally::identity
