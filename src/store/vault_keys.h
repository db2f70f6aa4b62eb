// VaultKeys: what the engines of a vault derive, seal and compare; all of it out of one root key.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/hmac.h"
#include "store/vault.h"

namespace sally::store {

using VaultDigest = crypto::Sha256Digest;

// Every thread may use it at once.
class VaultKeys {
 public:
  // Nonce, key, tag.
  static constexpr size_t kWrappedKey = crypto::kAeadNonceSize + 32 + crypto::kAeadTagSize;

  // kUsage when `root` has not 32 bytes.
  static Result<VaultKeys> derive(const Secret& root);

  // Names as they are stored: nobody learns them from the vault.
  [[nodiscard]] VaultDigest scope(std::string_view name) const;
  [[nodiscard]] VaultDigest subject(std::string_view name) const;
  // By what a value is found again in its scope; equal values of two scopes look different.
  [[nodiscard]] VaultDigest look_up(const VaultDigest& scope, std::string_view value) const;
  [[nodiscard]] VaultTag tag(const VaultDigest& scope, uint32_t number, std::string_view label,
                             std::string_view value) const;
  // Tells another root key from this one.
  [[nodiscard]] VaultDigest check() const;

  // A new subject's key, and how it is stored.
  [[nodiscard]] Result<Bytes> make_subject_key(const VaultDigest& subject, Random& random) const;
  // kCorrupt.
  [[nodiscard]] Result<crypto::Aead> open_subject_key(const VaultDigest& subject,
                                                      ByteView wrapped) const;

  // What a value is sealed with besides its key: it opens in its own place alone.
  using Place = std::array<std::byte, crypto::kSha256Size + 4>;
  [[nodiscard]] static Place place(const VaultDigest& scope, uint32_t number);

 private:
  VaultKeys(crypto::HmacKey names, crypto::HmacKey values, crypto::HmacKey tags,
            crypto::Aead wrapping)
      : names_(std::move(names)),
        values_(std::move(values)),
        tags_(std::move(tags)),
        wrapping_(std::move(wrapping)) {}

  crypto::HmacKey names_;
  crypto::HmacKey values_;
  crypto::HmacKey tags_;
  crypto::Aead wrapping_;
};

}  // namespace sally::store
