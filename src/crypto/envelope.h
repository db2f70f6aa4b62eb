// Envelope encryption: keys that protect keys.
//
//   root key (a file, an HSM's answer)  seals  key-encryption keys: a name, versions from 1
//   the newest version of such a key    seals  data keys, each for one context
//
//   TRY(KeyRing ring, KeyRing::open(root, text_of_the_key_file));
//   TRY(const DataKey key, ring.make_data_key("subject 7", random));   // key.plain, key.wrapped
//   TRY(const Secret plain, ring.unwrap(key.wrapped, "subject 7"));
//
// Rotation: `rotate` adds a version, `rewrap` moves a data key to it, `retire` forgets the old one.
// What the data keys encrypt is never touched. A new root key seals the ring anew (`to_text`).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/aead.h"

namespace sally::crypto {

inline constexpr size_t kDataKeySize = 32;
// nonce | key | tag
inline constexpr size_t kSealedKeySize = kAeadNonceSize + kDataKeySize + kAeadTagSize;

// A data key as it is stored: useless without the ring.
struct WrappedKey {
  uint32_t version = 0;  // of the key-encryption key
  std::array<std::byte, kSealedKeySize> sealed{};
  friend bool operator==(const WrappedKey&, const WrappedKey&) = default;
};

struct DataKey {
  Secret plain;
  WrappedKey wrapped;
};

// The versions of one key-encryption key, opened. Every thread may use a ring that nobody changes.
class KeyRing {
 public:
  static constexpr size_t kMostVersions = 256;
  static constexpr size_t kMostText = 64 * 1024;

  // A new ring named `name` (1 to 32 of `a-z0-9-`) with version 1. kUsage.
  static Result<KeyRing> make(std::string_view name, Random& random);
  // What to_text wrote. kCorrupt when it does not have that form, names another ring, or was sealed
  // under another root key; hostile input, bounded to kMostText.
  static Result<KeyRing> open(std::string_view name, const Secret& root, std::string_view text);

  // One line for each version: `NAME VERSION BASE64`, sealed under `root`.
  [[nodiscard]] Result<std::string> to_text(const Secret& root, Random& random) const;

  // A fresh key for `context`, wrapped by the newest version.
  [[nodiscard]] Result<DataKey> make_data_key(ByteView context, Random& random) const;
  // kCorrupt when it was altered or belongs to another context; kNotFound when its version was
  // retired.
  [[nodiscard]] Result<Secret> unwrap(const WrappedKey& key, ByteView context) const;
  // The same data key under the newest version.
  [[nodiscard]] Result<WrappedKey> rewrap(const WrappedKey& key, ByteView context,
                                          Random& random) const;

  // Adds a version, which wraps from now on. kTooMany.
  [[nodiscard]] Result<uint32_t> rotate(Random& random);
  // Forgets every version but the newest: a data key that was not moved to it is lost.
  void retire_old();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] uint32_t newest() const { return versions_.rbegin()->first; }
  [[nodiscard]] size_t versions() const { return versions_.size(); }

 private:
  struct Version {
    Secret key;
    Aead aead;
  };
  explicit KeyRing(std::string name) : name_(std::move(name)) {}
  Result<> add(uint32_t version, Secret key);
  [[nodiscard]] Result<WrappedKey> wrap(const Secret& plain, ByteView context,
                                        Random& random) const;

  std::string name_;
  std::map<uint32_t, Version> versions_;  // never empty once made
};

}  // namespace sally::crypto
