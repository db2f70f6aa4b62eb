#include "perimeter/rate_limiter.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "store/memory_counters.h"

namespace sally::perimeter {
namespace {

constexpr MonoTime kStart{std::chrono::hours(1)};

TEST(CountedRateLimiter, LetsABurstThroughAndThenOneAtATime) {
  SeededRandom random(1);
  store::MemoryCounters counters(random);
  CountedRateLimiter limiter(counters);
  const Rate rate{.per_minute = 60, .burst = 3};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(*limiter.take("key_a", rate, kStart), Millis{0});
  }
  EXPECT_EQ(*limiter.take("key_a", rate, kStart), Millis{1'000});
  EXPECT_EQ(*limiter.take("key_a", rate, kStart + Millis{1'000}), Millis{0});
}

TEST(CountedRateLimiter, KeepsCallersApart) {
  SeededRandom random(1);
  store::MemoryCounters counters(random);
  CountedRateLimiter limiter(counters);
  const Rate rate{.per_minute = 1, .burst = 1};
  EXPECT_EQ(*limiter.take("key_a", rate, kStart), Millis{0});
  EXPECT_GT(*limiter.take("key_a", rate, kStart), Millis{0});
  EXPECT_EQ(*limiter.take("key_b", rate, kStart), Millis{0});
}

TEST(CountedRateLimiter, TellsAWaitAfterWhichTheTokenIsThere) {
  SeededRandom random(1);
  store::MemoryCounters counters(random);
  CountedRateLimiter limiter(counters);
  const Rate rate{.per_minute = 7, .burst = 1};
  EXPECT_EQ(*limiter.take("key_a", rate, kStart), Millis{0});
  const Millis wait = *limiter.take("key_a", rate, kStart);
  EXPECT_EQ(*limiter.take("key_a", rate, kStart + wait), Millis{0});
}

}  // namespace
}  // namespace sally::perimeter
