// An issuer's discovery document, and what it claims of a caller: from a server that may be
// hostile.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "identity/oidc/issuer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::identity;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = read_discovery(text, "https://issuer.example"); url.ok()) {
    SALLY_CHECK(url->starts_with("https://") && url->size() <= 2'048);
  }
  IssuerSettings issuer;
  issuer.name = "corp";
  issuer.rules.issuer = "https://issuer.example";
  issuer.groups = "realm_access.roles";
  issuer.display_name = "name";
  issuer.claims = {"a", "b.c"};
  if (const auto claims = Claims::parse(text); claims.ok()) {
    if (const auto principal = principal_of(issuer, *claims); principal.ok()) {
      SALLY_CHECK(principal->id.starts_with("corp/"));
      for (const std::string& group : principal->groups) {
        SALLY_CHECK(group.starts_with("corp/"));
      }
    }
  }
  return 0;
}
