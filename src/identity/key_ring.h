// KeyRing: the API keys in force, ready for look-up. Immutable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "core/principal.h"
#include "crypto/hash.h"
#include "identity/last_use.h"
#include "store/state.h"

namespace sally::identity {

class KeyRing {
 public:
  struct Entry {
    crypto::Sha256Digest digest;
    PrincipalPtr principal;
    std::optional<WallTime> revoked;
    std::shared_ptr<UseMark> mark;
  };

  // The marks of `last_use` are found or made for every key.
  KeyRing(std::vector<store::KeyRecord> records, LastUse& last_use);

  // The key with this digest, revoked and expired ones included; null when there is none. A table
  // look-up by the digest's first octets, then a comparison in constant time: what a caller can
  // influence without knowing the pepper is random to it.
  [[nodiscard]] const Entry* find(const crypto::Sha256Digest& digest) const;
  [[nodiscard]] const Entry* find(std::string_view id) const;
  [[nodiscard]] size_t size() const { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;  // position in entries_ plus one; zero is empty; a power of two
  std::unordered_map<std::string_view, uint32_t> by_id_;  // views into the principals
};

}  // namespace sally::identity
