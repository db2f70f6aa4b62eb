// Doorbell: many threads tell one that there is work. Telling is a load where it was told already,
// and a system call only where the one sleeps. futex(2).
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace sally::ledger {

class Doorbell {
 public:
  // How urgent it is. The sleeper says what is worth waking for.
  enum Level : uint32_t { kQuiet, kSoon, kNow, kStop };

  // From any thread.
  void ring(Level level);
  // The one thread: sleeps until somebody rang with `least` or more, or until `deadline`. The
  // highest level rung since the last call that returned; the bell is quiet again.
  Level wait(Level least, std::optional<MonoTime> deadline);

 private:
  std::atomic<uint32_t> level_{kQuiet};
  std::atomic<uint32_t> wakes_for_{kQuiet};  // kQuiet: it does not sleep
};

}  // namespace sally::ledger
