// AES-256-GCM (NIST SP 800-38D): authenticated encryption with associated data.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::crypto {

inline constexpr size_t kAeadKeySize = 32;
inline constexpr size_t kAeadNonceSize = 12;
inline constexpr size_t kAeadTagSize = 16;
inline constexpr size_t kAeadMaxSize = size_t{1} << 30;  // of one message

using AeadNonce = std::array<std::byte, kAeadNonceSize>;

// A key. Every thread may use it at once.
class Aead {
 public:
  // kUsage when `key` has not 32 bytes.
  static Result<Aead> make(const Secret& key);
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;
  ~Aead();

  // `nonce | ciphertext | tag` under a random nonce: at most 2^32 messages under one key.
  // kTooLarge beyond kAeadMaxSize.
  [[nodiscard]] Result<Bytes> seal(ByteView plain, ByteView associated, Random& random) const;
  // What `seal` sealed. kCorrupt when anything about it was changed, the associated data included;
  // nothing of the plain text is given then.
  [[nodiscard]] Result<Secret> open(ByteView sealed, ByteView associated) const;

  // The same for a caller that keeps its own nonces. Two messages under one key and nonce lose
  // both: the caller's nonce is a counter that is never set back. `ciphertext | tag`.
  [[nodiscard]] Result<Bytes> seal(ByteView plain, ByteView associated,
                                   const AeadNonce& nonce) const;
  [[nodiscard]] Result<Secret> open(ByteView sealed, ByteView associated,
                                    const AeadNonce& nonce) const;

 private:
  struct State;
  explicit Aead(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sally::crypto
