// What a candidate would have decided differently, of what stands in the ledger.
#pragma once

#include <string>

#include "app/commands.h"
#include "app/config.h"
#include "policy/policy_texts.h"
#include "policy/replay.h"

namespace sally::app {

// Decides the calls of the ledger again, from `since` to `until` where they are given, by what is
// in force and by the candidate. Errors of the ledger, the store and the candidate's texts.
Result<policy::Replay::Result> replay_policies(const Config& config,
                                               const policy::PolicyTexts& candidate,
                                               std::optional<WallTime> since,
                                               std::optional<WallTime> until);

// `3 of 12,408 recorded calls newly allowed, 0 newly denied`.
std::string replay_summary(const policy::Replay::Result& result);

}  // namespace sally::app
