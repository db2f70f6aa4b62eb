// Any octets as a certificate: as the DER inside PEM, and as the PEM itself.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/x509.h"

namespace sally::crypto {
namespace {

void check(std::string_view pem) {
  const auto facts = read_certificate(pem);
  if (!facts.ok()) {
    SALLY_CHECK(facts.error().kind() == ErrorKind::kInvalidInput);
    return;
  }
  SALLY_CHECK(printable(facts->subject, 400) == facts->subject);
  SALLY_CHECK(printable(facts->issuer, 400) == facts->issuer);
  for (const std::string& name : facts->names) {
    SALLY_CHECK(printable(name, 400) == name);
  }
}

}  // namespace
}  // namespace sally::crypto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  crypto::check(text);
  if (const auto client = crypto::read_client_certificate(text); !client.ok()) {
    SALLY_CHECK(client.error().kind() == ErrorKind::kInvalidInput);
  }
  const std::string body = to_base64(as_bytes(text), Base64::kStandard, Padding::kRequired);
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (size_t i = 0; i < body.size(); i += 64) {
    pem += body.substr(i, 64) + '\n';
  }
  crypto::check(pem + "-----END CERTIFICATE-----\n");
  return 0;
}
