// HMAC-SHA-256 (RFC 2104, FIPS 198-1) under a key that is prepared once.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/hash.h"

namespace sally::crypto {

// A key ready for use. Every thread may call `sign` at once: a call copies the prepared state and
// shares nothing. Two to three compressions for a short message; no allocation. The state is wiped
// when the key goes.
class HmacKey {
 public:
  // A key of any length; one longer than 64 bytes is hashed first, as the RFC says.
  explicit HmacKey(const Secret& key);
  HmacKey(HmacKey&&) noexcept = default;
  HmacKey& operator=(HmacKey&&) noexcept = default;
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;
  ~HmacKey() = default;

  [[nodiscard]] Sha256Digest sign(ByteView message) const;

 private:
  struct State;
  struct Wipe {
    void operator()(State* state) const;
  };
  std::unique_ptr<State, Wipe> state_;
};

}  // namespace sally::crypto
