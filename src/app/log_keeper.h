// LogKeeper: what a running gate does for its log beside writing to it: brings changes from the
// state's outbox there, knows the legal holds, and prunes what the retention policy lets go.
//
// Belongs to the housekeeper's thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "capture/recorder.h"
#include "ledger/hold.h"
#include "ledger/ledger.h"
#include "ledger/log_reader.h"
#include "ledger/retention.h"
#include "store/state.h"

namespace sally::app {

// The entries that bring `plan` about go into the log with this event.
ChangeEvent prune_event(ChangeEvent event, const ledger::PrunePlan& plan);

// Plans a pruning of the log in `folder`, as ledger::plan_prune.
Result<ledger::PrunePlan> plan_prune_of(const std::filesystem::path& folder, Millis keep,
                                        WallTime now, const ledger::Holds& holds,
                                        uint64_t most = UINT64_MAX);

class LogKeeper {
 public:
  // All outlive the keeper. Zero `retention`: nothing is pruned.
  struct Parts {
    ledger::Ledger& ledger;
    store::State& state;
    std::filesystem::path folder;
    Millis retention;
    const Clock& clock;
    Logger& log;
  };
  // Made before any hold can get into the ledger but through this keeper.
  explicit LogKeeper(const Parts& parts);

  // Brings what waits in the outbox into the log; how many entries it was.
  Result<size_t> deliver();
  // Learns the holds from the log: a part of it with every call, so that the housekeeper's other
  // work does not wait for it. Once they are known, new ones come through deliver() alone, and the
  // log is not read any more.
  Result<> learn_holds();
  // Prunes a part of the log, where there is a policy, the holds are known, and something is old
  // enough. Whether there may be more to prune.
  Result<bool> prune();
  // Whether a hold protects content; everything is protected while the holds are not known.
  [[nodiscard]] capture::IsHeld is_held() const;

 private:
  const Parts parts_;
  SystemRandom random_;
  std::optional<ledger::LogReader> reader_;
  ledger::Holds holds_;
  uint64_t learn_until_ = 0;  // behind the last entry that may be a hold
  bool holds_known_ = false;
};

}  // namespace sally::app
