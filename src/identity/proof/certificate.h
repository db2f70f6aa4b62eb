// What the certificate of a client proves: possession for a token that is bound to it (RFC 8705,
// section 3), and the workload that shows it (SPIFFE X.509-SVID).
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "core/principal.h"
#include "identity/proof/spiffe_id.h"
#include "identity/token/claims.h"

namespace sally::identity {

// `x5t#S256`: the SHA-256 digest of a certificate in DER, in base64url.
[[nodiscard]] std::string certificate_thumbprint(std::string_view der);

// Whether who shows the certificate (DER whose chain verified; empty: none) may use a token that is
// bound like this. One that is bound to no certificate anybody may use, as far as this is
// concerned. kUnauthenticated otherwise.
[[nodiscard]] Result<> check_certificate_binding(const std::optional<Confirmation>& confirmation,
                                                 std::string_view der);

// The SPIFFE ID of a leaf certificate; nothing where it has none. Verifies no chain and no time.
// Refused (kUnauthenticated), so that no half-good name is ever taken for none: a URI of the scheme
// `spiffe` beside another URI, or that is no SPIFFE ID; with one, a certificate that may issue
// others, or may not sign handshakes. kInvalidInput: no certificate.
struct Svid {
  SpiffeId id;
  WallTime begins;
  WallTime ends;
};
[[nodiscard]] Result<std::optional<Svid>> read_svid(std::string_view der);

// Who shows a certificate whose chain the handshake verified. Safe from every thread. Remembers
// what it read of some certificates, because every request of a connection shows the same.
class Workloads {
 public:
  static constexpr size_t kRemembered = 256;
  static constexpr size_t kMaxRemembered = size_t{8} << 10;  // bytes of one

  // The trust domains for whose names the handshake takes their own bundles alone
  // (crypto::ClientTrust).
  explicit Workloads(std::set<std::string, std::less<>> trust_domains)
      : trust_domains_(std::move(trust_domains)),
        known_(std::make_unique<std::array<Known, kRemembered>>()) {}

  // kWorkload with its SPIFFE ID, where the certificate is an SVID of a known trust domain. Of any
  // other certificate kAnonymous with `certificate` among its proofs: that somebody was let in by
  // name is worth asking for in a policy, but nobody's name is read out of what an operator's
  // authority signed for other ends. kUnauthenticated: an SVID that has expired since the
  // handshake, or a certificate that read_svid refuses.
  [[nodiscard]] Result<Principal> identify(std::string_view der, WallTime now) const;
  // Whether the workload of this SPIFFE ID is of a trust domain that is known.
  [[nodiscard]] bool trusts(std::string_view id) const;

 private:
  using Read = std::shared_ptr<const Result<std::optional<Svid>>>;
  struct Known {
    std::mutex mutex;
    std::string der;
    Read read;
  };
  // What read_svid says, from memory where the very same octets were read before.
  [[nodiscard]] Read read(std::string_view der) const;

  std::set<std::string, std::less<>> trust_domains_;
  std::unique_ptr<std::array<Known, kRemembered>> known_;  // each certificate has one place
};

}  // namespace sally::identity
