// Applied: since when each worker decides by which set of revocations.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace sally::app {

// Safe from every thread.
class Applied {
 public:
  // `workers`: how many there are. They count from 0.
  explicit Applied(size_t workers) : workers_(workers) {}

  // `worker` says: whatever it decides from `at` on, it decides by the set `epoch` or a later one.
  void note(size_t worker, uint64_t epoch, WallTime at);
  // Since when each worker decides by `epoch` or a later one; nothing where it has not said so.
  [[nodiscard]] std::vector<std::optional<WallTime>> since(uint64_t epoch) const;
  // Nobody will ask for an epoch before `oldest` again.
  void forget_before(uint64_t oldest);

 private:
  mutable std::mutex mutex_;
  std::vector<std::map<uint64_t, WallTime>> workers_;
};

// The latest of them; nothing where one is missing.
[[nodiscard]] std::optional<WallTime> everywhere_since(
    const std::vector<std::optional<WallTime>>& applied);

}  // namespace sally::app
