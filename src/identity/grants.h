// ActiveGrants: which roles principals hold at this moment, as the state has it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/principal.h"
#include "identity/published.h"
#include "store/state.h"

namespace sally::identity {

// What the grants of one principal give. Fills `Principal::roles`, `grants` and `break_glass`.
struct HeldGrants {
  std::vector<std::string> roles;   // each once, sorted
  std::vector<std::string> grants;  // their ids: one that breaks the glass first
  std::string break_glass;          // the id of one that does; empty: none

  [[nodiscard]] bool empty() const { return grants.empty(); }
};

class ActiveGrants {
 public:
  // Reads the grants. `state` outlives it.
  static Result<std::unique_ptr<ActiveGrants>> open(store::State& state, Millis max_age,
                                                    WallTime now);

  // From every thread, without waiting: see Published. What has ended by `now` gives nothing,
  // whether or not that was noted; nor does what was revoked, as soon as a refresh has seen it; nor
  // anything at all while the grants are older than `max_age`. One relaxed load where nobody holds
  // any.
  [[nodiscard]] HeldGrants roles_of(std::string_view principal, WallTime now) const;
  // Whether every grant that `principal` was identified with still lasts.
  [[nodiscard]] bool still_held(const Principal& principal, WallTime now) const;

  // Reads the grants again where the state has changed. True when it had. `before` is called when
  // they were read and are not yet in force. It waits for the disk, so never from a loop thread.
  [[nodiscard]] Result<bool> refresh(WallTime now, const std::function<void()>& before = {});

  // Those that last at `now`; for metrics.
  struct Count {
    size_t active = 0;
    size_t break_glass = 0;
  };
  [[nodiscard]] Count count(WallTime now) const;
  // Those that break the glass at `now`.
  struct BrokenGlass {
    std::string grant;
    std::string principal;
    std::string role;
  };
  [[nodiscard]] std::vector<BrokenGlass> broken_glass(WallTime now) const;
  // The earliest moment at which something ends or expires by itself: GrantService::settle has
  // something to do from then on.
  [[nodiscard]] std::optional<WallTime> next_due() const;

 private:
  struct Grant {
    std::string id;
    std::string role;
    bool break_glass = false;
    WallTime ends;
  };
  struct Held {
    std::unordered_map<std::string_view, std::vector<Grant>> by_principal;  // views into `names`
    std::vector<std::string> names;
    std::optional<WallTime> next_due;
  };
  struct Loaded {
    std::unique_ptr<const Held> held;
    uint64_t generation;
  };
  static Result<Loaded> load(store::State& state, WallTime now);
  ActiveGrants(store::State& state, Millis max_age);
  void publish(Loaded loaded);
  [[nodiscard]] bool stale(WallTime now) const;

  store::State& state_;
  const Micros max_age_;
  Published<Held> held_;
  std::atomic<size_t> principals_{0};  // of held_: nobody is the usual case
  std::mutex refreshing_;
  uint64_t generation_ = 0;          // guarded by refreshing_
  std::atomic<int64_t> read_at_{0};  // microseconds since 1970
};

}  // namespace sally::identity
