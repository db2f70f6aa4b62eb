// X.509 certificates (RFC 5280): a small authority of one's own for `sallyport init`, and what a
// person wants to know of a certificate.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::crypto {

// A certificate and its private key (P-256, PKCS #8), both PEM.
struct CertificateAndKey {
  std::string certificate;
  Secret key;
};

struct Validity {
  WallTime begins;
  WallTime ends;
};

// A self-signed authority that may sign server certificates and no further authority. Keys and
// serial numbers come from OpenSSL's own generator.
[[nodiscard]] Result<CertificateAndKey> make_authority(std::string_view common_name,
                                                       const Validity& validity);

// A server certificate for `names` (host names, `*.` in front allowed, and IP addresses; at least
// one, at most 100), signed by `authority`. kUsage for a name that is neither.
[[nodiscard]] Result<CertificateAndKey> issue_server_certificate(
    const CertificateAndKey& authority, const std::vector<std::string>& names,
    const Validity& validity);

// A client certificate whose names are `uris`, signed by `authority`. kUsage for one that is no
// printable ASCII; whether they mean anything is not looked at.
[[nodiscard]] Result<CertificateAndKey> issue_client_certificate(
    const CertificateAndKey& authority, const std::vector<std::string>& uris,
    const Validity& validity);

struct CertificateFacts {
  std::string subject;  // RFC 2253: `CN=sallyport`; fit to print
  std::string issuer;
  std::vector<std::string> names;  // subject alternative names: DNS and IP; fit to print
  Validity validity;
  bool authority = false;
};

// Of the first certificate in `pem`. kInvalidInput when there is none. Hostile input: bounded to
// 1 MiB.
[[nodiscard]] Result<CertificateFacts> read_certificate(std::string_view pem);

// What a certificate that names a program may be used for, and what it names.
struct ClientCertificateFacts {
  std::vector<std::string> uris;  // subject alternative names: octets as they stand there, hostile
  Validity validity;
  bool authority = false;           // may issue certificates, by any of its extensions
  bool digital_signature = false;   // its key usage says so
  bool signs_certificates = false;  // the same: certificates or lists of revoked ones
};

// Of one certificate in DER, and nothing behind it. kInvalidInput for what is none, and for one
// whose extensions are malformed or stand twice. Verifies nothing.
[[nodiscard]] Result<ClientCertificateFacts> read_client_certificate(std::string_view der);

// The first certificate in `pem`, as DER; errors as read_certificate.
[[nodiscard]] Result<std::string> certificate_der(std::string_view pem);

}  // namespace sally::crypto
