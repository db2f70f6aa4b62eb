#include "app/trust_keeper.h"

#include <algorithm>
#include <utility>

#include "identity/proof/spiffe_id.h"
#include "identity/proof/trust_bundle.h"

namespace sally::app {

Result<std::shared_ptr<const crypto::ClientTrust>> client_trust_of(
    const std::vector<TrustDomain>& domains) {
  std::vector<crypto::ClientDomain> out;
  for (const TrustDomain& domain : domains) {
    TRY(std::string pem, identity::read_trust_bundle(domain.bundle));
    out.push_back({.uri = identity::prefix_of(domain.name), .authorities_pem = std::move(pem)});
  }
  return crypto::ClientTrust::create(out);
}

void TrustKeeper::follow(const ConfigPtr& config) {
  if (config_ == config) {
    return;
  }
  config_ = config;
  followed_.clear();
  trust_ = config->gate.client_trust;
  for (const TrustDomain& domain : config->trust_domains) {
    followed_.push_back({.domain = domain, .read = domain.bundle, .told = {}});
  }
}

bool TrustKeeper::look() {
  bool changed = false;
  for (Followed& followed : followed_) {
    changed = look_at(followed) || changed;
  }
  if (!changed) {
    return false;
  }
  std::vector<TrustDomain> domains;
  for (const Followed& followed : followed_) {
    domains.push_back(followed.domain);
  }
  auto trust = client_trust_of(domains);
  if (!trust.ok()) {
    return false;  // each of them is good by itself
  }
  trust_ = *std::move(trust);
  return true;
}

bool TrustKeeper::look_at(Followed& followed) {
  const auto refuse = [&](const Error& error) {
    if (std::exchange(followed.told, error.message()) != error.message()) {
      logger_.write(LogEvent::kBundleRefused, {{"trust_domain", followed.domain.name},
                                               {"path", followed.domain.path},
                                               {"error", error.message()}});
    }
    return false;
  };
  const auto text = outside_.read_file(followed.domain.path, Content::kPublic);
  if (!text.ok()) {
    return refuse(text.error());
  }
  if (std::exchange(followed.read, text->reveal()) != text->reveal()) {
    return false;  // the next look tells whether it stays so
  }
  if (followed.read == followed.domain.bundle) {
    followed.told.clear();
    return false;
  }
  const TrustDomain next{
      .name = followed.domain.name, .path = followed.domain.path, .bundle = followed.read};
  if (const auto trust = client_trust_of({next}); !trust.ok()) {
    return refuse(trust.error());
  }
  followed.domain = next;
  followed.told.clear();
  logger_.write(LogEvent::kBundleLoaded, {{"trust_domain", next.name}, {"path", next.path}});
  return true;
}

std::shared_ptr<const crypto::TlsServerContext> TrustKeeper::context() const {
  const auto& tls = config_->gate.tls;
  return tls == nullptr || trust_ == nullptr ? tls : tls->with_domains(trust_);
}

}  // namespace sally::app
