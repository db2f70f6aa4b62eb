#include "store/memory_counters.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace sally::store {
namespace {

// No life is longer: so that no end leaves the range of the clock.
constexpr Nanos kLongest = std::chrono::hours(24 * 365 * 50);

Error full() {
  return Error(ErrorKind::kUnavailable, "there are too many callers to count",
               "raise the limit of counters, or find out who makes so many");
}

MonoTime end_of(Nanos life, MonoTime now) {
  return now + std::clamp(life, Nanos(0), kLongest);
}

int64_t saturating_add(int64_t a, int64_t b) {
  int64_t out = 0;
  if (__builtin_add_overflow(a, b, &out)) {
    return b > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
  }
  return out;
}

// How long the bucket takes to gain so many tokens.
Nanos time_of(uint32_t tokens, const Bucket& shape) {
  constexpr double kMinute = 60e9;
  const double time = kMinute * tokens / shape.per_minute;
  return Nanos(static_cast<int64_t>(std::min(time, static_cast<double>(kLongest.count()))));
}

}  // namespace

MemoryCounters::MemoryCounters(Random& random, size_t max_entries) {
  SALLY_CHECK(max_entries >= kShards && max_entries / kShards < (size_t{1} << 28));
  for (Hash128& seed : seeds_) {
    seed = {random.next_u64(), random.next_u64()};
  }
  for (auto& shard : shards_) {
    shard = std::make_unique<Shard>(static_cast<uint32_t>(max_entries / kShards));
  }
}

Result<int64_t> MemoryCounters::add(std::string_view name, int64_t delta, Nanos life,
                                    MonoTime now) {
  const Hash128 key = key_of(kSums, name);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (ExpiringTable::Entry* entry = shard.table.find(key, now)) {
    return entry->value = saturating_add(entry->value, delta);
  }
  if (shard.table.make(key, delta, end_of(life, now), now) == nullptr) {
    return full();
  }
  return delta;
}

// The generic cell rate algorithm: all that a bucket needs is the time at which it will be full. It
// holds `burst` tokens less what it gains until then.
Result<Take> MemoryCounters::take(std::string_view name, const Bucket& shape, uint32_t tokens,
                                  MonoTime now) {
  if (tokens > shape.burst || shape.per_minute == 0) {
    return Take{.taken = false, .wait = Take::kNever};
  }
  const Hash128 key = key_of(kBuckets, name);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  ExpiringTable::Entry* entry = shard.table.find(key, now);
  const MonoTime full_at = (entry == nullptr ? now : entry->ends) + time_of(tokens, shape);
  const Nanos wait = full_at - now - time_of(shape.burst, shape);
  if (wait > Nanos(0)) {
    return Take{.taken = false, .wait = wait};
  }
  if (entry != nullptr) {
    entry->ends = full_at;
  } else if (shard.table.make(key, 0, full_at, now) == nullptr) {
    return full();
  }
  return Take{.taken = true};
}

Result<bool> MemoryCounters::insert(std::string_view set, std::string_view member, Nanos life,
                                    MonoTime now) {
  const Hash128 key = key_of_member(set, member);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (ExpiringTable::Entry* entry = shard.table.find(key, now)) {
    entry->ends = std::max(entry->ends, end_of(life, now));
    return false;
  }
  if (shard.table.make(key, 0, end_of(life, now), now) == nullptr) {
    return full();
  }
  return true;
}

Result<bool> MemoryCounters::contains(std::string_view set, std::string_view member, MonoTime now) {
  const Hash128 key = key_of_member(set, member);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  return shard.table.find(key, now) != nullptr;
}

size_t MemoryCounters::entries() const {
  size_t out = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard->mutex);
    out += shard->table.size();
  }
  return out;
}

}  // namespace sally::store
