// Vault: the values that placeholders stand for. A port; `open_sqlite_vault` is the engine for one
// machine, `CachedVault` keeps in memory what was used lately.
//
//   scope    where a placeholder is good: one session, or one tenant
//   subject  whose value it is: a stable pseudonym. Forgetting it makes all of its values
//            unreadable, wherever copies of the vault lie
//
// In one scope a value has one number, whoever gave it. Numbers are not used twice while the scope
// lives. Every thread may use a vault; a call waits for the disk as long as a write to the page
// cache takes, and for another process as long as SQLite does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::store {

struct VaultLimits {
  size_t values_per_scope = 10'000;
  size_t value_octets = 16 * 1024;
  Millis lifetime = std::chrono::hours(24);  // of a value since it was last put
  uint64_t octets = uint64_t{4} << 30;       // of all that is kept
};

// Ties scope, number, label and value together: who does not hold the vault's key cannot make one,
// and one that was made for another value is never taken for this one's.
using VaultTag = std::array<std::byte, 5>;

struct VaultEntry {
  uint32_t number = 0;  // in the scope, from 1
  std::string label;    // what it was first put as
  VaultTag tag{};
  WallTime expires;
  friend bool operator==(const VaultEntry&, const VaultEntry&) = default;
};

struct VaultItem {
  std::string_view label;  // 1 to kMostLabel octets
  std::string_view value;  // not empty
};

struct VaultValue {
  VaultEntry entry;
  Secret value;
};

class Vault {
 public:
  static constexpr size_t kMostLabel = 64;

  Vault() = default;
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  virtual ~Vault() = default;

  // The entry of each item, in their order: the one that its value has in the scope, or a new one,
  // which `subject` may have forgotten. All or none, in one transaction. kTooMany where the scope
  // would hold more than it may, kTooLarge for a value or label that is too long, kUnavailable, kIo
  // where the vault or the disk is full.
  [[nodiscard]] virtual Result<std::vector<VaultEntry>> put(std::string_view scope,
                                                            std::string_view subject,
                                                            std::span<const VaultItem> items,
                                                            WallTime now) = 0;
  // Nothing where there is no such number, it expired, or whose it was is forgotten.
  [[nodiscard]] virtual Result<std::optional<VaultValue>> get(std::string_view scope,
                                                              uint32_t number, WallTime now) = 0;

  // Deletes the subject's key, on the disk when the call returns, and with it what tells which
  // values those were. Gives how many can no longer be read; 0 where there was nothing (any more).
  // kUnavailable where another process reads for so long that octets of the key may still lie in
  // the write-ahead log: the key counts as deleted then, and the call is to be made again.
  [[nodiscard]] virtual Result<size_t> forget(std::string_view subject) = 0;

  // Deletes what expired; gives how many values. To be called now and then.
  [[nodiscard]] virtual Result<size_t> sweep(WallTime now) = 0;

  // Another number after every `forget`, in whatever process.
  [[nodiscard]] virtual Result<uint64_t> generation() = 0;

  [[nodiscard]] virtual const VaultLimits& limits() const = 0;
};

}  // namespace sally::store
