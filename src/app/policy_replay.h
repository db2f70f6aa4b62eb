// What a candidate would have decided differently, of what stands in the ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "app/commands.h"
#include "app/config.h"
#include "policy/differences.h"
#include "policy/policy_texts.h"

namespace sally::app {

// Decides the calls of the ledger again, from `since` to `until` where they are given, by what is
// in force and by the candidate. Errors of the ledger, the store and the candidate's texts.
Result<policy::Differences> replay_policies(const Config& config,
                                            const policy::PolicyTexts& candidate,
                                            std::optional<WallTime> since,
                                            std::optional<WallTime> until);

inline constexpr std::string_view kRecordedCalls = "recorded calls";

// What the shadow set of that activation, while it was in the shadow, said differently of the calls
// of the ledger.
Result<policy::Differences> shadow_differences(const Config& config, uint64_t activation);

}  // namespace sally::app
