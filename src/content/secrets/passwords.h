// Passwords, PINs and headers: secrets that a cue stands before (cues.h), in prose and in programs.
#pragma once

#include "content/secrets/context.h"
#include "content/secrets/cues.h"

namespace sally::content {

// Octets between the beginning of a cue and the value: what is farther is none of its.
inline constexpr size_t kCueReach = 120;

// Adds what the cue tells of. The value begins at most kCueReach behind the cue.
void read_cue(const Window& window, const Cue& cue, Candidates& out);

}  // namespace sally::content
