// CachedVault: a vault that keeps in memory what was put or got lately, so that a request that
// brings its whole history again writes nothing, and a placeholder in an answer is restored without
// a look into the tables. What is forgotten in any process is gone from here by the next call.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/random.h"
#include "crypto/hmac.h"
#include "store/vault.h"

namespace sally::store {

struct VaultCacheLimits {
  size_t octets = size_t{32} << 20;  // of values and names, of all scopes together
};

class CachedVault final : public Vault {
 public:
  CachedVault(std::unique_ptr<Vault> vault, const VaultCacheLimits& limits, Random& random);
  CachedVault(const CachedVault&) = delete;
  CachedVault& operator=(const CachedVault&) = delete;
  ~CachedVault() override = default;

  Result<std::vector<VaultEntry>> put(std::string_view scope, std::string_view subject,
                                      std::span<const VaultItem> items, WallTime now) override;
  Result<std::optional<VaultValue>> get(std::string_view scope, uint32_t number,
                                        WallTime now) override;
  Result<size_t> forget(std::string_view subject) override;
  Result<size_t> sweep(WallTime now) override { return vault_->sweep(now); }
  Result<uint64_t> generation() override { return vault_->generation(); }
  [[nodiscard]] const VaultLimits& limits() const override { return vault_->limits(); }

  // For tests and metrics.
  [[nodiscard]] size_t cached_octets() const;

 private:
  // Values are found by a keyed digest of subject and value, so that none lies about that is not a
  // Secret; scopes by one of their name, so that nobody can choose names that collide.
  using Digest = crypto::Sha256Digest;
  struct DigestHash {
    size_t operator()(const Digest& digest) const noexcept;
  };
  struct Scope {
    Digest name{};
    std::unordered_map<uint32_t, VaultValue> values;
    std::unordered_map<Digest, uint32_t, DigestHash> numbers;
    size_t octets = 0;
  };
  using Scopes = std::list<Scope>;

  [[nodiscard]] Digest digest_of(std::string_view kind, std::string_view first,
                                 std::string_view second) const;
  // All below: with mutex_ held.
  // Lets go of everything where something was forgotten since.
  void see(uint64_t generation);
  // The scope, which is the youngest from now on; null where it is not here.
  Scope* find(const Digest& name);
  // Null where something was forgotten since `generation`: what was read then is not kept.
  Scope* find_or_add(const Digest& name, uint64_t generation);
  void keep(Scope& scope, const VaultEntry& entry, std::string_view value);
  void keep_number(Scope& scope, const Digest& digest, uint32_t number);
  // The entry of the value where it is here, and needs not be put again to live on.
  [[nodiscard]] const VaultEntry* fresh(const Scope& scope, const Digest& digest,
                                        WallTime now) const;
  // Lets scopes go, the oldest first, until the rest fits.
  void shrink();

  const std::unique_ptr<Vault> vault_;
  const VaultCacheLimits limits_;
  const crypto::HmacKey key_;  // drawn at the start

  mutable std::mutex mutex_;
  uint64_t generation_ = 0;
  size_t octets_ = 0;
  Scopes scopes_;  // the youngest first
  std::unordered_map<Digest, Scopes::iterator, DigestHash> by_name_;
};

}  // namespace sally::store
