// TokenCache: what was found out of tokens that verified, so that the next request of the same
// caller costs a hash and not a signature.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "core/principal.h"
#include "crypto/hash.h"
#include "identity/token/claims.h"

namespace sally::identity {

// Of one token. Immutable.
struct VerifiedToken {
  size_t issuer = 0;      // which of the issuers
  uint64_t keys = 0;      // the number of the key set that verified it
  WallTime good_until{};  // leeway included
  std::optional<Confirmation> confirmation;
  PrincipalPtr principal;
};
using VerifiedTokenPtr = std::shared_ptr<const VerifiedToken>;

// Bounded: two generations of at most kMost each; what was not asked for in the time of one is
// forgotten. Holds digests of tokens, never their text. Safe from every thread.
class TokenCache {
 public:
  static constexpr size_t kShards = 16;
  static constexpr size_t kMost = 512;  // per shard and generation

  // Null where it is not known.
  [[nodiscard]] VerifiedTokenPtr find(const crypto::Sha256Digest& digest) {
    Shard& shard = shard_of(digest);
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.young.find(digest); found != shard.young.end()) {
      return found->second;
    }
    const auto found = shard.old.find(digest);
    if (found == shard.old.end()) {
      return nullptr;
    }
    VerifiedTokenPtr token = found->second;
    shard.put(digest, token);
    return token;
  }
  void put(const crypto::Sha256Digest& digest, VerifiedTokenPtr token) {
    Shard& shard = shard_of(digest);
    const std::lock_guard lock(shard.mutex);
    shard.put(digest, std::move(token));
  }

 private:
  struct Hash {
    size_t operator()(const crypto::Sha256Digest& digest) const {
      size_t out = 0;
      std::memcpy(&out, digest.data(), sizeof(out));
      return out;
    }
  };
  using Table = std::unordered_map<crypto::Sha256Digest, VerifiedTokenPtr, Hash>;
  struct Shard {
    std::mutex mutex;
    Table young;
    Table old;

    void put(const crypto::Sha256Digest& digest, VerifiedTokenPtr token) {
      if (young.size() >= kMost) {
        old = std::exchange(young, {});
      }
      young.insert_or_assign(digest, std::move(token));
    }
  };
  Shard& shard_of(const crypto::Sha256Digest& digest) {
    return shards_[static_cast<size_t>(digest.back()) % kShards];
  }

  std::array<Shard, kShards> shards_;
};

}  // namespace sally::identity
