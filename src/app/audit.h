// What the commands that read the log share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/commands.h"
#include "app/log_view.h"
#include "base/clock.h"

namespace sally::app {

// The log in `folder`; where that is empty, the one of the configuration (see find_config).
Result<LogView> open_log(const World& world, const std::string& folder, const std::string& config);

// A time, or how long ago; nullopt where `text` is empty. kUsage, naming `option`.
Result<std::optional<WallTime>> parse_when(std::string_view option, const std::string& text,
                                           WallTime now);

}  // namespace sally::app
