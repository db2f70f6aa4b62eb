// LastUse: when each key was last used, coarsely. Marked on the path of a request by one relaxed
// load; written to the state in batches, by whoever may wait for a disk.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "store/state.h"

namespace sally::identity {

// The last noted use of one key. Shared by the rings that hold the key, one after the other.
class UseMark {
 public:
  // Uses nearer than this to the noted one are not noted.
  static constexpr Micros kStep = std::chrono::minutes(1);

  explicit UseMark(std::optional<WallTime> last)
      : noted_(last ? last->time_since_epoch().count() : 0), written_(noted_.load()) {}

  // From every thread.
  void note(WallTime now) {
    const int64_t time = now.time_since_epoch().count();
    if (time - noted_.load(std::memory_order_relaxed) >= kStep.count()) {
      noted_.store(time, std::memory_order_relaxed);
    }
  }

 private:
  friend class LastUse;
  std::atomic<int64_t> noted_;
  int64_t written_;  // guarded by LastUse
};

// Safe from every thread.
class LastUse {
 public:
  // The mark of the key, made when there is none yet.
  [[nodiscard]] std::shared_ptr<UseMark> mark_of(const KeyId& id, std::optional<WallTime> last);
  // Writes what was noted since the last flush, in one transaction, and returns how many keys that
  // were. Waits for the disk. What could not be written is written by the next flush.
  [[nodiscard]] Result<size_t> flush(store::State& state);

 private:
  std::mutex mutex_;
  std::map<KeyId, std::shared_ptr<UseMark>> marks_;
};

}  // namespace sally::identity
