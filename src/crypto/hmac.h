// HMAC-SHA-256 (RFC 2104, FIPS 198-1) under a key that is prepared once.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/hash.h"

namespace sally::crypto {

// A message that arrives in pieces. Belongs to one thread; a copy goes on by itself; wiped when it
// goes.
class HmacStream {
 public:
  // Under a key that is used once: what HmacKey does, without its allocation.
  explicit HmacStream(ByteView key);
  HmacStream(const HmacStream&) = default;
  HmacStream& operator=(const HmacStream&) = default;
  ~HmacStream();

  void update(ByteView piece);
  // The digest of all pieces. The last call.
  [[nodiscard]] Sha256Digest finish();

 private:
  friend class HmacKey;
  // OpenSSL's state of one hash, whose header stays out of this one.
  struct alignas(8) Hash {
    std::array<std::byte, 112> state;
  };
  HmacStream(const Hash& inner, const Hash& outer) : inner_(inner), outer_(outer) {}
  Hash inner_;
  Hash outer_;
};

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
  // The same for a message in pieces.
  [[nodiscard]] HmacStream begin() const;

 private:
  struct State;
  struct Wipe {
    void operator()(State* state) const;
  };
  std::unique_ptr<State, Wipe> state_;
};

}  // namespace sally::crypto
