// The keys of an issuer of tokens: a JWK Set (RFC 7517, RFC 7518 section 6, RFC 8037), read from
// JSON that an issuer publishes.
//
// There is no symmetric key here, by construction: a set that has one is refused whole, so that no
// public key can ever be mistaken for a shared secret.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/public_key.h"
#include "formats/json/document.h"

namespace sally::identity {

// One public key that may verify signatures. Immutable, cheap to copy.
class Jwk {
 public:
  // kInvalidInput: private or symmetric members, a `kty`, `crv` or `alg` that is unknown or fits
  // not the others, a `use` or `key_ops` for something else, numbers that crypto::PublicKey
  // refuses.
  static Result<Jwk> parse(const formats::JsonValue& json);

  [[nodiscard]] const std::optional<std::string>& id() const { return id_; }
  [[nodiscard]] const crypto::PublicKey& key() const { return key_; }
  // The one algorithm of this key: what it names, or what its curve leaves. Nullopt for an RSA key
  // that names none.
  [[nodiscard]] std::optional<crypto::SignatureAlgorithm> algorithm() const { return algorithm_; }
  // The thumbprint with SHA-256 (RFC 7638), in base64url: what `jkt` holds.
  [[nodiscard]] const std::string& thumbprint() const { return thumbprint_; }

 private:
  Jwk(std::optional<std::string> id, crypto::PublicKey key, std::string thumbprint,
      std::optional<crypto::SignatureAlgorithm> algorithm)
      : id_(std::move(id)),
        key_(std::move(key)),
        thumbprint_(std::move(thumbprint)),
        algorithm_(algorithm) {}
  std::optional<std::string> id_;
  crypto::PublicKey key_;
  std::string thumbprint_;
  std::optional<crypto::SignatureAlgorithm> algorithm_;
};

// Immutable once read; every thread may look into it.
class JwkSet {
 public:
  static constexpr size_t kMaxBytes = size_t{256} << 10;
  static constexpr size_t kMaxKeys = 100;

  // A key of the set: good, or the reason why it verifies nothing (RFC 7517, section 5: a key for
  // another purpose, or of a kind nobody here knows, does not spoil the set).
  struct Entry {
    std::optional<std::string> id;
    std::optional<Jwk> key;
    std::string why_not;  // where there is no key
  };

  // kInvalidInput: no strict JSON of this form, more than kMaxKeys keys, a key id that stands
  // twice, a symmetric key, a private one. kTooLarge: more than kMaxBytes.
  static Result<JwkSet> parse(std::string_view json);

  // In the order of the text.
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  // How many of them verify.
  [[nodiscard]] size_t usable() const;
  // The entry of exactly this key id; null where there is none. Lives as long as the set.
  [[nodiscard]] const Entry* find(std::string_view id) const;

 private:
  explicit JwkSet(std::vector<Entry> entries) : entries_(std::move(entries)) {}
  std::vector<Entry> entries_;
};

}  // namespace sally::identity
