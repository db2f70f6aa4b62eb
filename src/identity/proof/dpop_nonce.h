// Nonces that a gate makes and keeps not: each is the keyed digest of the slot of time in which it
// was made (RFC 9449, section 8).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/hmac.h"

namespace sally::identity {

// Safe from every thread.
class DpopNonces {
 public:
  // A nonce is taken for one slot at least and two at most.
  static constexpr std::chrono::seconds kSlot{120};

  // `key`: 32 random bytes, of this process alone or of a fleet.
  explicit DpopNonces(const Secret& key) : key_(key) {}

  // The nonce of this slot: 22 characters.
  [[nodiscard]] std::string current(WallTime now) const;
  // Whether it is the nonce of this slot or of the one before.
  [[nodiscard]] bool accepts(std::string_view nonce, WallTime now) const;

 private:
  [[nodiscard]] std::string of_slot(int64_t slot) const;
  crypto::HmacKey key_;
};

}  // namespace sally::identity
