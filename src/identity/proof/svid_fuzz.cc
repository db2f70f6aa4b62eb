// Any octets as the certificate of a client, and as a SPIFFE ID.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "identity/proof/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto id = identity::SpiffeId::parse(text);
  if (id.ok()) {
    SALLY_CHECK(id->str() == text);
    SALLY_CHECK(identity::is_trust_domain(id->trust_domain()) && id->path().size() > 1);
    SALLY_CHECK(identity::prefix_of(id->trust_domain()).append(id->path().substr(1)) == text);
  }
  const auto svid = identity::read_svid(text);
  if (svid.ok() && *svid) {
    SALLY_CHECK(identity::SpiffeId::parse((*svid)->id.str()).ok());
  }
  return 0;
}
