#include "identity/proof/certificate.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/x509.h"
#include "identity/proof/spiffe_id.h"

namespace sally::identity {
namespace {

constexpr std::string_view kProof = "certificate";

Error refused(std::string_view why) {
  return Error(ErrorKind::kUnauthenticated,
               "the client's certificate is refused: " + std::string(why),
               "show an X.509-SVID as SPIFFE has it: one URI, for signing handshakes alone");
}

}  // namespace

std::string certificate_thumbprint(std::string_view der) {
  return to_base64(crypto::sha256(as_bytes(der)), Base64::kUrl, Padding::kNone);
}

Result<> check_certificate_binding(const std::optional<Confirmation>& confirmation,
                                   std::string_view der) {
  if (!confirmation || confirmation->certificate.empty()) {
    return ok();
  }
  if (der.empty()) {
    return Error(ErrorKind::kUnauthenticated,
                 "the token is bound to a certificate, and none is shown",
                 "connect with the client certificate that the token was issued for");
  }
  if (certificate_thumbprint(der) != confirmation->certificate) {
    return Error(ErrorKind::kUnauthenticated, "the token is bound to another certificate",
                 "connect with the client certificate that the token was issued for");
  }
  return ok();
}

Result<std::optional<Svid>> read_svid(std::string_view der) {
  TRY(const crypto::ClientCertificateFacts facts, crypto::read_client_certificate(der));
  if (std::ranges::none_of(facts.uris, claims_spiffe)) {
    return std::optional<Svid>();
  }
  if (facts.uris.size() != 1) {
    return refused("it has a SPIFFE ID and another URI");
  }
  const auto id = SpiffeId::parse(facts.uris.front());
  if (!id.ok()) {
    return refused(id.error().message());
  }
  if (facts.authority || facts.signs_certificates) {
    return refused("it may issue others");
  }
  if (!facts.digital_signature) {
    return refused("its key usage is not to sign");
  }
  return std::optional(
      Svid{.id = *id, .begins = facts.validity.begins, .ends = facts.validity.ends});
}

Workloads::Read Workloads::read(std::string_view der) const {
  Known& known = (*known_)[std::hash<std::string_view>{}(der) % kRemembered];
  {
    const std::lock_guard lock(known.mutex);
    if (known.read != nullptr && known.der == der) {
      return known.read;
    }
  }
  auto read = std::make_shared<const Result<std::optional<Svid>>>(read_svid(der));
  if (der.size() <= kMaxRemembered) {
    const std::lock_guard lock(known.mutex);
    known.der = der;
    known.read = read;
  }
  return read;
}

Result<Principal> Workloads::identify(std::string_view der, WallTime now) const {
  const Read known = read(der);
  if (!known->ok()) {
    return known->error();
  }
  const std::optional<Svid>& svid = **known;
  Principal out;
  out.proofs.emplace_back(kProof);
  if (!svid || !trust_domains_.contains(svid->id.trust_domain())) {
    return out;
  }
  if (now >= svid->ends || now < svid->begins) {
    return refused("it is not valid any more; renew it, and connect again");
  }
  out.kind = PrincipalKind::kWorkload;
  out.id = svid->id.str();
  out.workload = out.id;
  out.expires = svid->ends;
  return out;
}

bool Workloads::trusts(std::string_view id) const {
  const auto parsed = SpiffeId::parse(id);
  return parsed.ok() && trust_domains_.contains(parsed->trust_domain());
}

}  // namespace sally::identity
