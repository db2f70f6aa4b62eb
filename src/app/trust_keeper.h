// TrustKeeper: whose workloads are trusted now. Notices when the bundle of a trust domain changes
// on disk, and puts it in force without a restart or a reload.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/log.h"
#include "crypto/client_trust.h"

namespace sally::app {

// What a handshake trusts by these bundles. kInvalidInput: one that is malformed.
Result<std::shared_ptr<const crypto::ClientTrust>> client_trust_of(
    const std::vector<TrustDomain>& domains);

// Used by one thread at a time.
class TrustKeeper {
 public:
  // `logger` outlives it.
  TrustKeeper(Outside outside, Logger& logger) : outside_(std::move(outside)), logger_(logger) {}

  // From now on the domains of `config`, with the bundles that were read with it. Nothing where
  // they are followed already.
  void follow(const ConfigPtr& config);

  // Reads the bundles again; true where another trust is in force from now on. A bundle is taken
  // when it was read twice alike, so that none is taken while it is being written. One that cannot
  // be read, or is malformed, leaves the one before in force, and is told once.
  bool look();

  // `config`'s context with what is trusted now; null where it has none.
  [[nodiscard]] std::shared_ptr<const crypto::TlsServerContext> context() const;

 private:
  struct Followed {
    TrustDomain domain;  // as it is in force
    std::string read;    // as it was read last
    std::string told;    // why it is not in force
  };
  // Whether the bundle is another than before, and good.
  bool look_at(Followed& followed);

  Outside outside_;
  Logger& logger_;
  ConfigPtr config_;
  std::vector<Followed> followed_;
  std::shared_ptr<const crypto::ClientTrust> trust_;  // null: no domain
};

}  // namespace sally::app
