// A small SPIFFE authority for tests, made with our own crypto.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/x509.h"
#include "identity/token/token_samples.h"

namespace sally::identity::samples {

// Around kNow; the handshakes of tests go by the clock of the system, and lie within it too.
inline const crypto::Validity kLong{WallTime(std::chrono::seconds(1'577'836'800)),
                                    WallTime(std::chrono::seconds(3'786'912'000))};

inline crypto::CertificateAndKey authority(std::string_view name) {
  auto made = crypto::make_authority(name, kLong);
  SALLY_CHECK(made.ok());
  return *std::move(made);
}

// An SVID, and also what is none: `uris` are not looked at.
inline crypto::CertificateAndKey svid(const crypto::CertificateAndKey& by,
                                      const std::vector<std::string>& uris,
                                      const crypto::Validity& validity = kLong) {
  auto made = crypto::issue_client_certificate(by, uris, validity);
  SALLY_CHECK(made.ok());
  return *std::move(made);
}

inline std::string der_of(const crypto::CertificateAndKey& certificate) {
  return *crypto::certificate_der(certificate.certificate);
}

}  // namespace sally::identity::samples
