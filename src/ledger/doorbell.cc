#include "ledger/doorbell.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace sally::ledger {
namespace {

// The futex is the atomic's own word.
static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));

}  // namespace

void Doorbell::ring(Level level) {
  uint32_t seen = level_.load(std::memory_order_seq_cst);
  do {
    if (seen >= level) {
      return;  // whoever rang so saw to it that the sleeper wakes
    }
  } while (!level_.compare_exchange_weak(seen, level, std::memory_order_seq_cst));
  const uint32_t wakes_for = wakes_for_.load(std::memory_order_seq_cst);
  if (wakes_for != kQuiet && wakes_for <= level) {
    ::syscall(SYS_futex, &level_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
}

Doorbell::Level Doorbell::wait(Level least, std::optional<MonoTime> deadline) {
  for (;;) {
    wakes_for_.store(least, std::memory_order_seq_cst);
    const uint32_t seen = level_.load(std::memory_order_seq_cst);
    if (seen >= least || (deadline && std::chrono::steady_clock::now() >= *deadline)) {
      wakes_for_.store(kQuiet, std::memory_order_seq_cst);
      return static_cast<Level>(level_.exchange(kQuiet, std::memory_order_seq_cst));
    }
    timespec until{};
    if (deadline) {
      const auto nanos = deadline->time_since_epoch().count();
      until.tv_sec = static_cast<time_t>(nanos / 1'000'000'000);
      until.tv_nsec = static_cast<long>(nanos % 1'000'000'000);
    }
    // An absolute time on CLOCK_MONOTONIC, which is the steady clock.
    ::syscall(SYS_futex, &level_, FUTEX_WAIT_BITSET_PRIVATE, seen, deadline ? &until : nullptr,
              nullptr, FUTEX_BITSET_MATCH_ANY);
  }
}

}  // namespace sally::ledger
