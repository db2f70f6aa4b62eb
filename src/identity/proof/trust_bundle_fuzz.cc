// Any octets as a trust bundle: what is taken is PEM, and taken again as it is.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "identity/proof/trust_bundle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto pem = identity::read_trust_bundle(text);
  if (!pem.ok()) {
    SALLY_CHECK(pem.error().kind() == ErrorKind::kInvalidInput ||
                pem.error().kind() == ErrorKind::kTooLarge);
    return 0;
  }
  SALLY_CHECK(pem->find("-----BEGIN CERTIFICATE-----") != std::string::npos);
  const auto again = identity::read_trust_bundle(*pem);
  SALLY_CHECK(pem->starts_with('{') || (again.ok() && *again == *pem));
  return 0;
}
