// Ed25519 signatures (RFC 8032), pure: the message is signed itself, not a digest of it.
#pragma once

#include <array>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::crypto {

inline constexpr size_t kEd25519Seed = 32;
using Ed25519PublicKey = std::array<std::byte, 32>;
using Ed25519Signature = std::array<std::byte, 64>;

// A private key. Every thread may sign at once. OpenSSL holds the key and wipes it.
class Ed25519PrivateKey {
 public:
  // From its seed of kEd25519Seed bytes (what a key file holds). kInvalidInput for another length.
  static Result<Ed25519PrivateKey> from_seed(const Secret& seed);
  Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept = default;
  Ed25519PrivateKey& operator=(Ed25519PrivateKey&&) noexcept = default;
  Ed25519PrivateKey(const Ed25519PrivateKey&) = delete;
  Ed25519PrivateKey& operator=(const Ed25519PrivateKey&) = delete;
  ~Ed25519PrivateKey() = default;

  [[nodiscard]] const Ed25519PublicKey& public_key() const { return public_; }
  // Fails only when OpenSSL does (kInternal).
  [[nodiscard]] Result<Ed25519Signature> sign(ByteView message) const;

 private:
  struct Key;
  struct Free {
    void operator()(Key* key) const;
  };
  Ed25519PrivateKey(std::unique_ptr<Key, Free> key, Ed25519PublicKey public_key)
      : key_(std::move(key)), public_(public_key) {}
  std::unique_ptr<Key, Free> key_;
  Ed25519PublicKey public_;
};

// Whether `signature` over `message` is by the owner of `key`. A key that is no point of the curve
// verifies nothing.
[[nodiscard]] bool ed25519_verify(const Ed25519PublicKey& key, ByteView message,
                                  const Ed25519Signature& signature);

}  // namespace sally::crypto
