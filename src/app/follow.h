// follow(): the log as it grows, until ctrl-c.
#pragma once

#include <cstdint>

#include "app/console.h"
#include "app/log_view.h"

namespace sally::app {

// Whether ctrl-c, or SIGTERM, came since stop_on_signals().
void stop_on_signals();
[[nodiscard]] bool asked_to_stop();

// Shows the events from `from` on and those to come, and returns when asked to stop. `after` is
// called with the position behind what was shown, whenever there is no more for now.
Result<> follow(LogView& view, uint64_t from, const LogView::Visitor& visitor,
                const std::function<Result<>(uint64_t position)>& after);

}  // namespace sally::app
