// GrantKeeper: what a running gate does for grants of roles: knows those that are active, notes
// those that ended by themselves, and is loud about broken glass.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "core/change_event.h"
#include "identity/grants.h"
#include "identity/grants/rules.h"
#include "policy/authorizer.h"
#include "store/state.h"

namespace sally::app {

// Belongs to the housekeeper's thread, but for what says otherwise.
class GrantKeeper {
 public:
  // All outlive the keeper.
  struct Parts {
    store::State& state;
    const Clock& clock;
    Logger& log;
    std::function<void(Notice, std::string)> notice;
    // Brings what waits in the outbox to the ledger: before a grant gives anything its activation
    // stands there.
    std::function<void()> deliver;
    Millis max_age;
  };
  static Result<std::unique_ptr<GrantKeeper>> open(Parts parts);

  // For whoever identifies callers. Outlived by what is given.
  [[nodiscard]] std::shared_ptr<const identity::ActiveGrants> grants() const { return grants_; }

  // Reads the grants again where the state has changed.
  Result<> refresh();
  // Notes what ended or expired by itself, in the state and as changes, where there is something to
  // note: it is time, or the roles are others than the last time.
  Result<> settle(const identity::Roles& roles);
  // Tells of calls that only a broken glass allowed: the first one, and then at most once a minute,
  // for each grant. To be called every second or so.
  void tell_uses(const policy::CedarAuthorizer& authorizer);

 private:
  struct Uses {
    uint64_t counted = 0;  // by the authorizer, when it was asked last
    uint64_t untold = 0;
    std::optional<MonoTime> told;
  };
  GrantKeeper(Parts parts, std::shared_ptr<identity::ActiveGrants> grants);
  void log_broken_glass();

  const Parts parts_;
  const std::shared_ptr<identity::ActiveGrants> grants_;
  SystemRandom random_;
  std::optional<identity::Roles> settled_for_;
  std::set<std::string> broken_;      // the ids that were logged
  std::map<std::string, Uses> uses_;  // of a grant
};

}  // namespace sally::app
