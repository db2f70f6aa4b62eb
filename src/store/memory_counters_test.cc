#include "store/memory_counters.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "support/counters_conformance.h"

namespace sally::store {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct MemoryEngine {
  Counters& counters() { return engine; }
  SeededRandom random{1};
  MemoryCounters engine{random};
};

}  // namespace
}  // namespace sally::store

namespace sally::test {
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, CountersConformance, store::MemoryEngine);
}

namespace sally::store {
namespace {

constexpr Bucket kShape{.per_minute = 60, .burst = 2};

class SmallMemory : public testing::Test {
 protected:
  static constexpr size_t kEntries = 64 * 8;

  Result<Take> take(int name) {
    return counters_.take("caller " + std::to_string(name), kShape, 1, now_);
  }
  // Takes for new callers until so many were refused that every shard must be full.
  int fill() {
    int name = 0;
    for (size_t refused = 0; refused < 8 * kEntries; ++name) {
      refused += take(name).ok() ? 0 : 1;
    }
    return name;
  }

  SeededRandom random_{1};
  MemoryCounters counters_{random_, kEntries};
  MonoTime now_{std::chrono::hours(1)};
};

TEST_F(SmallMemory, NeverHoldsMoreThanItMay) {
  fill();
  EXPECT_EQ(counters_.entries(), kEntries);
}

TEST_F(SmallMemory, AnActiveLimitIsNotForgivenToMakeRoom) {
  EXPECT_TRUE(take(0)->taken);
  EXPECT_TRUE(take(0)->taken);
  fill();
  EXPECT_FALSE(take(0)->taken);
}

TEST_F(SmallMemory, ANewCallerIsRefusedWhileAllEntriesCount) {
  const int next = fill();
  const auto refused = take(next);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUnavailable);
}

TEST_F(SmallMemory, AFullBucketMakesRoom) {
  const int next = fill();
  now_ += seconds(5);
  for (int name = next; name < next + 100; ++name) {
    EXPECT_TRUE(take(name).ok()) << name;
  }
}

TEST_F(SmallMemory, ALongRestIsCaughtUpWith) {
  int next = fill();
  for (const auto rest : {minutes(3), minutes(5), minutes(60), minutes(60 * 24 * 365)}) {
    now_ += rest;
    EXPECT_TRUE(take(++next).ok());
    next = fill();
    EXPECT_EQ(counters_.entries(), kEntries);
  }
}

TEST_F(SmallMemory, EntriesOfAllLivesEndInTime) {
  // Each second a member whose life is longer than a turn of the table's wheel, and one shorter.
  for (int second = 0; second < 2'000; ++second) {
    const std::string name = std::to_string(second);
    ASSERT_TRUE(*counters_.insert("long", name, seconds(100), now_)) << second;
    ASSERT_TRUE(*counters_.insert("short", name, seconds(2), now_)) << second;
    now_ += seconds(1);
  }
  EXPECT_LT(counters_.entries(), 250U);
}

// Against the plainest possible model: the same answers through fills, ends and reuse.
TEST(ExpiringTable, AgreesWithAMap) {
  ExpiringTable table(200);
  std::map<uint64_t, std::pair<int64_t, MonoTime>> model;
  SeededRandom random(7);
  MonoTime now{seconds(0)};
  size_t refused = 0;
  for (int step = 0; step < 50'000; ++step) {
    const uint64_t name = random.next_u64() % 500;
    // Few distinct low halves: long runs of probes.
    const Hash128 key{name % 32, name};
    now += Nanos(static_cast<int64_t>(random.next_u64() % 400'000'000));
    std::erase_if(model, [&](const auto& item) { return item.second.second <= now; });
    ExpiringTable::Entry* entry = table.find(key, now);
    const auto known = model.find(name);
    ASSERT_EQ(entry != nullptr, known != model.end()) << step;
    if (entry != nullptr) {
      ASSERT_EQ(entry->value, known->second.first) << step;
      if (random.next_u64() % 4 == 0) {
        entry->ends += seconds(20);
        known->second.second = entry->ends;
      }
      continue;
    }
    const MonoTime ends = now + seconds(static_cast<int64_t>(random.next_u64() % 100));
    if (table.make(key, step, ends, now) == nullptr) {
      ++refused;
      // Only entries that ended less than two ticks ago may still be in the way.
      ASSERT_GE(model.size(), 180U) << step;
    } else {
      model[name] = {step, ends};
    }
    ASSERT_LE(table.size(), 200U);
  }
  EXPECT_GT(refused, 0U) << "the test should reach a full table";
}

}  // namespace
}  // namespace sally::store
