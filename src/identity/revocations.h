// Revocations: what was revoked, as every decision sees it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/principal.h"
#include "identity/published.h"
#include "store/state.h"

namespace sally::identity {

// The revocations of one reading of the state, ready for look-up. Immutable.
class RevocationSet {
 public:
  struct Entry {
    std::string id;  // of the revocation
    WallTime requested;
    std::optional<WallTime> issued_before;  // as in RevocationRecord, as is the next
    std::optional<WallTime> until;
  };

  // `before`: the set that this one follows; null for the first.
  RevocationSet(const std::vector<store::RevocationRecord>& records, const RevocationSet* before);

  // The revocation that takes `target` at `now` from whoever got it at `issued`; null where none
  // does. Nothing for `issued` is revoked by every one of the target's.
  [[nodiscard]] const Entry* find(store::RevokedKind kind, std::string_view target,
                                  std::optional<WallTime> issued, WallTime now) const;
  // The epoch of the first set that held the revocation of this id; nothing where this one does
  // not.
  [[nodiscard]] std::optional<uint64_t> epoch_of(std::string_view id) const;
  [[nodiscard]] uint64_t epoch() const { return epoch_; }
  // The first epoch that any of its revocations is of; its own where it is empty.
  [[nodiscard]] uint64_t oldest_epoch() const { return oldest_; }
  [[nodiscard]] size_t size() const { return by_id_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <typename Value>
  using ByName = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  // Of one target usually one, and never one that another outdoes.
  std::array<ByName<std::vector<Entry>>, store::kRevokedKinds> by_target_;
  ByName<uint64_t> by_id_;  // epochs
  uint64_t epoch_ = 1;
  uint64_t oldest_ = 1;
};

// Reads the set from the state and says who is refused by it. From every thread, without waiting,
// but for `refresh`.
class Revocations {
 public:
  // Reads the state, which outlives the object. What could not be read again for `max_age` refuses
  // everybody: a revocation might have been missed.
  static Result<std::unique_ptr<Revocations>> open(store::State& state, Millis max_age,
                                                   WallTime now);

  // Why `principal` is not accepted at `now`; nothing where nothing of it was revoked: its key,
  // user or agent, whom it acts for and who acted before it, its workload, token, session and
  // grants. kUnauthenticated with the revocation's id and without its reason; kUnavailable where
  // the set is too old. An anonymous caller has nothing that could be revoked. Without allocation
  // where nothing is revoked; otherwise as many look-ups as the principal has names.
  [[nodiscard]] std::optional<Error> refusal_of(const Principal& principal, WallTime now) const;
  // Whether `target` is revoked: for whoever hands out what would be refused (a role by a grant).
  [[nodiscard]] bool holds(store::RevokedKind kind, std::string_view target, WallTime now) const;

  // Reads the set again where the state has changed and puts it in force: for every decision that
  // begins after the call returned. True where the set is another one. Waits for the disk.
  [[nodiscard]] Result<bool> refresh(WallTime now);

  // Which set is in force: it counts from 1.
  [[nodiscard]] uint64_t epoch() const;
  // The first set in force that held the revocation of this id; nothing where it is not in force.
  [[nodiscard]] std::optional<uint64_t> epoch_of(std::string_view id) const;
  [[nodiscard]] uint64_t oldest_epoch() const;
  [[nodiscard]] size_t size() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] bool stale(WallTime now) const;

 private:
  Revocations(store::State& state, Millis max_age);
  Result<bool> load(WallTime now);  // with refreshing_ held

  store::State& state_;
  const Micros max_age_;
  Published<RevocationSet> set_;
  std::atomic<size_t> size_{0};      // of set_
  std::atomic<int64_t> read_at_{0};  // microseconds since 1970
  std::mutex refreshing_;
  std::optional<uint64_t> generation_;             // guarded by refreshing_
  std::vector<store::RevocationRecord> in_force_;  // what set_ was made of; the same
};

}  // namespace sally::identity
