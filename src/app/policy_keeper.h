// PolicyKeeper: the policies in force. Reads what was activated, and notices when that changes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/result.h"
#include "policy/authorizer.h"
#include "policy/bundle_store.h"
#include "store/state.h"

namespace sally::app {

// The texts of a policy set as they count in a gate of this configuration.
Result<policy::ActiveSetPtr> compile_policies(const policy::PolicyTexts& files, uint64_t version,
                                              const Config& config);

// The gate's schema and no policy: what counts where nothing was ever activated.
policy::PolicyTexts no_policies();

// Used by one thread at a time.
class PolicyKeeper {
 public:
  // `state` outlives it, and remembers the newest activation: an older one does not come back.
  explicit PolicyKeeper(store::State& state) : state_(state) {}

  // Whether there is an activation beyond the one that counts. kCorrupt where that one is gone.
  [[nodiscard]] Result<bool> changed(const PolicyConfig& config) const;

  // Reads what is in force, compiled for this configuration. kCorrupt where it does not verify,
  // kInvalidInput where it does not fit the gate; what was read before then goes on to count. Where
  // nothing was ever activated, nothing is permitted.
  Result<std::shared_ptr<const policy::CedarAuthorizer>> read(const Config& config);

  // Of the newest activation that was read; 0: there is none.
  [[nodiscard]] uint64_t sequence() const { return sequence_; }

 private:
  [[nodiscard]] Result<uint64_t> remembered(const PolicyConfig& config) const;
  [[nodiscard]] Result<> remember(const PolicyConfig& config, uint64_t sequence) const;

  store::State& state_;
  uint64_t sequence_ = 0;
};

}  // namespace sally::app
