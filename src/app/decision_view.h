// Why the policies decided a recorded call as they did: the set that decided is asked again.
#pragma once

#include <string>

#include "app/config.h"
#include "app/console.h"
#include "base/result.h"
#include "core/event.h"
#include "ledger/event_json.h"

namespace sally::app {

// Lines for a person; empty where no policy was asked. Where the set is gone, or the call stands in
// the record too shortly, one line that says so.
std::string decision_text(const Config& config, const ledger::RecordedEvent& recorded,
                          const Console& console);

}  // namespace sally::app
