#include "app/processors.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

namespace sally::app {
namespace {

TEST(Processors, AThreadThatIsKeptIsAllowedNowhereElse) {
  const std::vector<int> before = allowed_processors();
  ASSERT_FALSE(before.empty());
  std::vector<int> seen;
  std::latch kept(1);
  std::thread thread([&] {
    kept.wait();
    seen = allowed_processors();
  });
  EXPECT_TRUE(keep_on(thread, before.back()));
  kept.count_down();
  thread.join();
  EXPECT_EQ(seen, std::vector{before.back()});
  EXPECT_EQ(allowed_processors(), before);  // it was about that thread only
}

TEST(Processors, AThreadCannotBeKeptWhereNoProcessorIs) {
  constexpr int kNobodyHasSoMany = 1023;
  std::latch asked(1);
  std::thread thread([&] { asked.wait(); });
  EXPECT_FALSE(keep_on(thread, kNobodyHasSoMany));
  asked.count_down();
  thread.join();
}

}  // namespace
}  // namespace sally::app
