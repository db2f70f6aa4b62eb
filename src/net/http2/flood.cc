#include "net/http2/flood.h"

namespace sally::net::http2 {

bool FloodGuard::overhead(MonoTime now) {
  if (now - overhead_since_ >= kOverheadWindow) {
    overhead_since_ = now;
    overhead_ = 0;
    productive_ = 0;
  }
  return ++overhead_ <= kOverheadAllowed + kPerProductive * productive_;
}

bool FloodGuard::reset(MonoTime now) {
  if (now - resets_since_ >= kResetWindow) {
    resets_since_ = now;
    resets_ = 0;
  }
  return ++resets_ <= resets_allowed_;
}

}  // namespace sally::net::http2
