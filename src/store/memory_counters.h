// Counters in the memory of one process.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "base/random.h"
#include "store/counters.h"
#include "store/expiring_table.h"

namespace sally::store {

// At most `max_entries` sums, buckets and members at once, some 64 bytes each; an entry is
// forgotten only when it says nothing any more: a sum or a member at its end, a bucket when it is
// full again. While all of them say something, a name not seen before is refused (kUnavailable).
class MemoryCounters final : public Counters {
 public:
  static constexpr size_t kDefaultEntries = size_t{1} << 20;

  // Draws the key of the hash by which names are found.
  explicit MemoryCounters(Random& random, size_t max_entries = kDefaultEntries);

  [[nodiscard]] Result<int64_t> add(std::string_view name, int64_t delta, Nanos life,
                                    MonoTime now) override;
  [[nodiscard]] Result<Take> take(std::string_view name, const Bucket& shape, uint32_t tokens,
                                  MonoTime now) override;
  [[nodiscard]] Result<bool> insert(std::string_view set, std::string_view member, Nanos life,
                                    MonoTime now) override;
  [[nodiscard]] Result<bool> contains(std::string_view set, std::string_view member,
                                      MonoTime now) override;

  // Entries held, for a metric.
  [[nodiscard]] size_t entries() const;

 private:
  static constexpr size_t kShards = 64;
  enum Space : size_t { kSums, kBuckets, kSets, kSpaces };

  struct alignas(64) Shard {
    explicit Shard(uint32_t max_entries) : table(max_entries) {}
    std::mutex mutex;
    ExpiringTable table;
  };

  [[nodiscard]] Hash128 key_of(Space space, std::string_view name) const {
    return siphash128(seeds_[space], as_bytes(name));
  }
  [[nodiscard]] Hash128 key_of_member(std::string_view set, std::string_view member) const {
    return siphash128(key_of(kSets, set), as_bytes(member));
  }
  // By other bits than those by which the table finds its place.
  [[nodiscard]] Shard& shard_of(const Hash128& key) { return *shards_[key.high % kShards]; }

  std::array<Hash128, kSpaces> seeds_;
  std::array<std::unique_ptr<Shard>, kShards> shards_;
};

}  // namespace sally::store
