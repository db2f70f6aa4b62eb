#include "store/vault_keys.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "crypto/hkdf.h"

namespace sally::store {
namespace {

constexpr size_t kRootKey = 32;

std::array<std::byte, 4> big_endian(uint32_t number) {
  return {static_cast<std::byte>(number >> 24), static_cast<std::byte>(number >> 16),
          static_cast<std::byte>(number >> 8), static_cast<std::byte>(number)};
}

// One key names several kinds of things: the kind goes first.
VaultDigest digest_of(const crypto::HmacKey& key, std::string_view kind, std::string_view name) {
  crypto::HmacStream stream = key.begin();
  stream.update(as_bytes(kind));
  stream.update(as_bytes(name));
  return stream.finish();
}

}  // namespace

Result<VaultKeys> VaultKeys::derive(const Secret& root) {
  if (root.size() != kRootKey) {
    return Error(ErrorKind::kUsage, "the vault's key has not 32 bytes");
  }
  const auto key_for = [&](std::string_view purpose) {
    return crypto::hkdf_expand(root, as_bytes("sallyport vault: " + std::string(purpose)),
                               kRootKey);
  };
  TRY(const Secret names, key_for("names"));
  TRY(const Secret values, key_for("values"));
  TRY(const Secret tags, key_for("tags"));
  TRY(const Secret wrapping, key_for("wrapping"));
  TRY(crypto::Aead aead, crypto::Aead::make(wrapping));
  return VaultKeys(crypto::HmacKey(names), crypto::HmacKey(values), crypto::HmacKey(tags),
                   std::move(aead));
}

VaultDigest VaultKeys::scope(std::string_view name) const {
  return digest_of(names_, "scope:", name);
}
VaultDigest VaultKeys::subject(std::string_view name) const {
  return digest_of(names_, "subject:", name);
}
VaultDigest VaultKeys::check() const {
  return digest_of(names_, "check:", {});
}

VaultDigest VaultKeys::look_up(const VaultDigest& scope, std::string_view value) const {
  crypto::HmacStream stream = values_.begin();
  stream.update(scope);
  stream.update(as_bytes(value));
  return stream.finish();
}

VaultTag VaultKeys::tag(const VaultDigest& scope, uint32_t number, std::string_view label,
                        std::string_view value) const {
  crypto::HmacStream stream = tags_.begin();
  stream.update(place(scope, number));
  // Of known length, so that a label's end cannot be a value's beginning.
  stream.update(big_endian(static_cast<uint32_t>(label.size())));
  stream.update(as_bytes(label));
  stream.update(as_bytes(value));
  const VaultDigest digest = stream.finish();
  VaultTag out;
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

Result<Bytes> VaultKeys::make_subject_key(const VaultDigest& subject, Random& random) const {
  std::array<std::byte, crypto::kAeadKeySize> plain;
  random.fill(plain);
  auto wrapped = wrapping_.seal(plain, subject, random);
  wipe(plain);
  return wrapped;
}

Result<crypto::Aead> VaultKeys::open_subject_key(const VaultDigest& subject,
                                                 ByteView wrapped) const {
  TRY(const Secret key, wrapping_.open(wrapped, subject));
  if (key.size() != crypto::kAeadKeySize) {
    return Error(ErrorKind::kCorrupt, "a subject's key has another length");
  }
  return crypto::Aead::make(key);
}

VaultKeys::Place VaultKeys::place(const VaultDigest& scope, uint32_t number) {
  Place out;
  std::ranges::copy(scope, out.begin());
  std::ranges::copy(big_endian(number), out.begin() + crypto::kSha256Size);
  return out;
}

}  // namespace sally::store
