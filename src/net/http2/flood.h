// FloodGuard: how much unproductive work a peer may cause on one connection. Pure counting by the
// clock that is passed in. Against CVE-2019-9511 to 9518 (floods of control and empty frames),
// CVE-2023-44487 (rapid reset) and CVE-2025-8671 (resets that the peer provokes from us).
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace sally::net::http2 {

class FloodGuard {
 public:
  // `resets`: tolerated in 30 s, by either side.
  explicit FloodGuard(uint32_t resets) : resets_allowed_(resets) {}

  // Each returns false when the peer went too far: the connection is to be ended.

  // A frame that asks for work and carries none: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty
  // DATA, unknown types.
  [[nodiscard]] bool overhead(MonoTime now);
  // A stream that the peer reset, or that we reset because of what the peer did.
  [[nodiscard]] bool reset(MonoTime now);

  // Work was done: a request or a frame of an answer. Each allows for a few frames that manage it
  // (WINDOW_UPDATE for connection and stream, a PING to measure the bandwidth).
  void productive() { ++productive_; }

 private:
  static constexpr Millis kOverheadWindow{10'000};
  static constexpr uint64_t kOverheadAllowed = 1'000;
  static constexpr uint64_t kPerProductive = 4;
  static constexpr Millis kResetWindow{30'000};

  uint32_t resets_allowed_;
  uint64_t productive_ = 0;
  uint64_t overhead_ = 0;
  uint64_t resets_ = 0;
  MonoTime overhead_since_{};
  MonoTime resets_since_{};
};

}  // namespace sally::net::http2
