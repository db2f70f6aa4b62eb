// What the commands of `audit` share in how they show things.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "verifier/note.h"

namespace sally::app {

// `2 s ago`, `5 min ago`, `3 h ago`, `4 days ago`; a time to come is `0 s ago`.
[[nodiscard]] std::string how_long_ago(WallTime now, WallTime then);

// The public key that a log's folder holds: the gate's own word. kNotFound where there is no log.
[[nodiscard]] Result<verifier::VerifierKey> log_key_in(const std::string& folder);

}  // namespace sally::app
