// The log as the commands that keep or destroy evidence need it: verified before it is believed,
// and told before they end.
#pragma once

#include <filesystem>
#include <string>

#include "app/commands.h"
#include "ledger/hold.h"
#include "ledger/outbox.h"
#include "store/state.h"

namespace sally::app {

// Where the log is and whose.
struct LogPlace {
  std::filesystem::path folder;
  std::string key;  // its public key: NAME+ID+KEY
};
// The configuration's, which was read with its keys.
Result<LogPlace> log_place(const Config& config);

// Verifies the whole log and rebuilds its holds from its entries. kCorrupt where it does not
// verify: somebody who altered it must not be able to lift a hold by it.
Result<ledger::Holds> verified_holds(const LogPlace& place);

// Brings what waits in the state's outbox into the log: by the gate that is running, or, where none
// is, by this process.
Result<> bring_to_log(const World& world, const Config& config, store::State& state);
// The same where it is enough that the change waits in the state: a failure is a warning.
void bring_or_warn(const World& world, const Config& config, store::State& state);

}  // namespace sally::app
