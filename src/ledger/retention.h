// Retention: how long entries are kept, and pruning as c2sp.org/tlog-tiles defines it: a minimum
// index, below which bundles and tiles may be missing, while the tree, its root and every proof of
// what is left stay as they were.
//
// The minimum index stands in the file `pruned`, and in the log itself (`log.prune`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/hold.h"
#include "ledger/log_reader.h"

namespace sally::ledger {

inline constexpr std::string_view kPruned = "log.prune";

struct PrunePlan {
  uint64_t present = 0;  // the minimum index now
  uint64_t minimum = 0;  // and after it: a multiple of 256, never beyond the checkpoint
  // Ids of the holds for which entries that are old enough are kept.
  std::vector<std::string> held_by;
  [[nodiscard]] bool does_something() const { return minimum > present; }
};

struct PruneReport {
  uint64_t files = 0;
  uint64_t bytes = 0;
};

// The first entries of the log that are all older than `keep` at `now`, as far as whole bundles go
// and no hold protects one of them; looks at `most` entries at most. `checkpoint_size`: of the
// newest checkpoint. Zero `keep`: there is no policy, and without one nothing is pruned (kUsage).
Result<PrunePlan> plan_prune(LogReader& reader, uint64_t checkpoint_size, Millis keep, WallTime now,
                             const Holds& holds, uint64_t most = UINT64_MAX);

// Publishes the plan's minimum index, then deletes every bundle and every tile of level 0 below it.
// Tiles of higher levels stay: they hold the roots of what went. May be done again after a crash.
Result<PruneReport> prune(const std::filesystem::path& folder, const PrunePlan& plan);

}  // namespace sally::ledger
