// What every engine of store::Counters does. An engine's test names a type and instantiates the
// suite:
//
//   struct MyEngine {
//     store::Counters& counters();
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, CountersConformance, MyEngine);
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "store/counters.h"

namespace sally::test {

template <typename Engine>
class CountersConformance : public testing::Test {
 protected:
  int64_t add(std::string_view name, int64_t delta, Nanos life = std::chrono::minutes(1)) {
    const auto sum = counters_.add(name, delta, life, now_);
    EXPECT_TRUE(sum.ok());
    return sum.ok() ? *sum : -1;
  }
  store::Take take(std::string_view name, const store::Bucket& shape, uint32_t tokens = 1) {
    const auto took = counters_.take(name, shape, tokens, now_);
    EXPECT_TRUE(took.ok());
    return took.ok() ? *took : store::Take{};
  }
  bool insert(std::string_view set, std::string_view member, Nanos life = std::chrono::minutes(1)) {
    const auto inserted = counters_.insert(set, member, life, now_);
    EXPECT_TRUE(inserted.ok());
    return inserted.ok() && *inserted;
  }
  bool contains(std::string_view set, std::string_view member) {
    const auto found = counters_.contains(set, member, now_);
    EXPECT_TRUE(found.ok());
    return found.ok() && *found;
  }

  Engine engine_;
  store::Counters& counters_ = engine_.counters();
  MonoTime now_{std::chrono::hours(1'000)};
};

TYPED_TEST_SUITE_P(CountersConformance);

TYPED_TEST_P(CountersConformance, ASumAddsUpUntilItsEnd) {
  using std::chrono::seconds;
  EXPECT_EQ(this->add("a", 5, seconds(10)), 5);
  this->now_ += seconds(9);
  EXPECT_EQ(this->add("a", -2, seconds(10)), 3);
  this->now_ += seconds(1);
  EXPECT_EQ(this->add("a", 1, seconds(10)), 1) << "ten seconds after the first, not the last";
}

TYPED_TEST_P(CountersConformance, SumsOfDifferentNamesAreApart) {
  EXPECT_EQ(this->add("a", 1), 1);
  EXPECT_EQ(this->add("b", 1), 1);
  EXPECT_EQ(this->add("", 1), 1);
  EXPECT_EQ(this->add(std::string_view("a\0", 2), 1), 1);
}

TYPED_TEST_P(CountersConformance, ASumStopsAtTheEndsOfItsRange) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(this->add("up", kMax), kMax);
  EXPECT_EQ(this->add("up", 1), kMax);
  EXPECT_EQ(this->add("down", kMin), kMin);
  EXPECT_EQ(this->add("down", -1), kMin);
}

TYPED_TEST_P(CountersConformance, ABucketGivesItsBurstAndThenItsRate) {
  using std::chrono::milliseconds;
  const store::Bucket shape{.per_minute = 60, .burst = 3};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(this->take("a", shape).taken);
  }
  const store::Take refused = this->take("a", shape);
  EXPECT_FALSE(refused.taken);
  EXPECT_EQ(refused.wait, milliseconds(1'000));
  this->now_ += milliseconds(999);
  EXPECT_EQ(this->take("a", shape).wait, milliseconds(1));
  this->now_ += milliseconds(1);
  EXPECT_TRUE(this->take("a", shape).taken);
  EXPECT_FALSE(this->take("a", shape).taken);
}

TYPED_TEST_P(CountersConformance, ABucketNeverHoldsMoreThanItsBurst) {
  const store::Bucket shape{.per_minute = 60, .burst = 3};
  EXPECT_TRUE(this->take("a", shape).taken);
  this->now_ += std::chrono::hours(10);
  EXPECT_TRUE(this->take("a", shape, 3).taken);
  EXPECT_FALSE(this->take("a", shape).taken);
}

TYPED_TEST_P(CountersConformance, ARefusedTakeCostsNothing) {
  const store::Bucket shape{.per_minute = 60, .burst = 5};
  EXPECT_TRUE(this->take("a", shape, 3).taken);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(this->take("a", shape, 3).taken);
  }
  EXPECT_TRUE(this->take("a", shape, 2).taken);
}

TYPED_TEST_P(CountersConformance, MoreThanTheBurstIsNeverThere) {
  EXPECT_EQ(this->take("a", {.per_minute = 60, .burst = 5}, 6).wait, store::Take::kNever);
  EXPECT_EQ(this->take("a", {.per_minute = 60, .burst = 0}, 1).wait, store::Take::kNever);
  EXPECT_EQ(this->take("a", {.per_minute = 0, .burst = 5}, 1).wait, store::Take::kNever);
  EXPECT_TRUE(this->take("a", {.per_minute = 60, .burst = 5}, 5).taken);
}

TYPED_TEST_P(CountersConformance, ASmallerBurstDoesNotForgiveWhatWasTaken) {
  EXPECT_TRUE(this->take("a", {.per_minute = 60, .burst = 10}, 10).taken);
  EXPECT_EQ(this->take("a", {.per_minute = 60, .burst = 2}).wait, std::chrono::seconds(9));
  EXPECT_EQ(this->take("a", {.per_minute = 60, .burst = 20}).wait, Nanos(0));
}

TYPED_TEST_P(CountersConformance, TheExtremesOfABucketDoNotOverflow) {
  constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();
  EXPECT_TRUE(this->take("slow", {.per_minute = 1, .burst = kMost}, kMost).taken);
  EXPECT_FALSE(this->take("slow", {.per_minute = 1, .burst = kMost}, kMost).taken);
  EXPECT_TRUE(this->take("fast", {.per_minute = kMost, .burst = kMost}, kMost).taken);
  EXPECT_FALSE(this->take("fast", {.per_minute = kMost, .burst = kMost}, kMost).taken);
  this->now_ += std::chrono::minutes(1);
  EXPECT_TRUE(this->take("fast", {.per_minute = kMost, .burst = kMost}, kMost).taken);
}

TYPED_TEST_P(CountersConformance, AMemberIsInsertedOnce) {
  EXPECT_FALSE(this->contains("set", "m"));
  EXPECT_TRUE(this->insert("set", "m"));
  EXPECT_FALSE(this->insert("set", "m"));
  EXPECT_TRUE(this->contains("set", "m"));
  EXPECT_FALSE(this->contains("set", "n"));
  EXPECT_FALSE(this->contains("other", "m"));
  EXPECT_FALSE(this->contains("se", "tm"));
}

TYPED_TEST_P(CountersConformance, AMemberStaysUntilTheLaterEnd) {
  using std::chrono::seconds;
  EXPECT_TRUE(this->insert("set", "m", seconds(10)));
  EXPECT_FALSE(this->insert("set", "m", seconds(5)));
  this->now_ += seconds(9);
  EXPECT_FALSE(this->insert("set", "m", seconds(10)));
  this->now_ += seconds(9);
  EXPECT_TRUE(this->contains("set", "m"));
  this->now_ += seconds(1);
  EXPECT_FALSE(this->contains("set", "m"));
  EXPECT_TRUE(this->insert("set", "m", seconds(10)));
}

TYPED_TEST_P(CountersConformance, NamesOfDifferentKindsDoNotSeeOneAnother) {
  EXPECT_EQ(this->add("a", 1), 1);
  EXPECT_TRUE(this->take("a", {.per_minute = 1, .burst = 1}).taken);
  EXPECT_TRUE(this->insert("a", ""));
  EXPECT_EQ(this->add("a", 1), 2);
  EXPECT_FALSE(this->take("a", {.per_minute = 1, .burst = 1}).taken);
}

TYPED_TEST_P(CountersConformance, TakesFromManyThreadsNeverGiveMoreThanTheBurst) {
  const store::Bucket shape{.per_minute = 1, .burst = 500};
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const auto took = this->counters_.take("a", shape, 1, this->now_);
        taken += took.ok() && took->taken ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(taken, 500);
}

TYPED_TEST_P(CountersConformance, AdditionsFromManyThreadsAreAllCounted) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_TRUE(this->counters_.add("a", 1, std::chrono::hours(1), this->now_).ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(this->add("a", 0), 800);
}

REGISTER_TYPED_TEST_SUITE_P(CountersConformance, ASumAddsUpUntilItsEnd,
                            SumsOfDifferentNamesAreApart, ASumStopsAtTheEndsOfItsRange,
                            ABucketGivesItsBurstAndThenItsRate, ABucketNeverHoldsMoreThanItsBurst,
                            ARefusedTakeCostsNothing, MoreThanTheBurstIsNeverThere,
                            ASmallerBurstDoesNotForgiveWhatWasTaken,
                            TheExtremesOfABucketDoNotOverflow, AMemberIsInsertedOnce,
                            AMemberStaysUntilTheLaterEnd, NamesOfDifferentKindsDoNotSeeOneAnother,
                            TakesFromManyThreadsNeverGiveMoreThanTheBurst,
                            AdditionsFromManyThreadsAreAllCounted);

}  // namespace sally::test
