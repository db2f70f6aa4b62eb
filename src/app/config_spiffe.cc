#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/config_load.h"
#include "app/trust_keeper.h"
#include "base/text.h"
#include "identity/proof/spiffe_id.h"

namespace sally::app {

void read_trust_domains(ConfigLoad& in) {
  const Section identity = in.top.section("identity");
  std::vector<TrustDomain>& out = in.config.trust_domains;
  for (const auto& [name, section] : identity.named("spiffe")) {
    if (!identity::is_trust_domain(name.text)) {
      in.problem(name.place, fmt::format("`{}` is no trust domain", printable(name.text)),
                 "as SPIFFE IDs have it, in lower case: example.org");
      continue;
    }
    const std::string written = section.text("bundle");
    if (written.empty() || in.context.reading != Reading::kAll) {
      continue;
    }
    TrustDomain domain{
        .name = name.text, .path = in.references.resolve(written), .bundle = std::string()};
    const auto text = in.context.outside.read_file(domain.path, Content::kPublic);
    if (!text.ok()) {
      in.problem(section.place("bundle"), "bundle", text.error());
      continue;
    }
    domain.bundle = text->reveal();
    if (const auto trust = client_trust_of({domain}); !trust.ok()) {
      in.problem(section.place("bundle"), "bundle", trust.error());
      continue;
    }
    out.push_back(std::move(domain));
  }
  if (!identity.named("spiffe").empty() && !in.top.section("gate").has("tls")) {
    in.problem(identity.place("spiffe"), "`identity.spiffe` without `gate.tls`",
               "workloads show their certificates in the handshake: set gate.tls");
  }
  if (out.empty()) {
    return;
  }
  auto trust = client_trust_of(out);
  if (!trust.ok()) {
    in.problem(identity.place("spiffe"), "identity.spiffe", trust.error());
    return;
  }
  in.config.gate.client_trust = *std::move(trust);
}

}  // namespace sally::app
