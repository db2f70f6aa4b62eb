#include "app/housekeeper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace sally::app {
namespace {

TEST(Housekeeper, WorkIsDoneInItsOrder) {
  Housekeeper keeper(std::chrono::hours(1), [] {});
  std::string done;
  std::promise<void> last;
  keeper.post([&] { done += "a"; });
  keeper.post([&] { done += "b"; });
  keeper.post([&] { last.set_value(); });
  last.get_future().wait();
  EXPECT_EQ(done, "ab");
}

TEST(Housekeeper, WorkThatNeverEndsDoesNotHoldUpTheChore) {
  std::atomic<bool> called = false;
  std::promise<bool> end;
  // Outlives the keeper, on whose thread it runs.
  std::function<void()> again;
  int times = 0;
  Housekeeper keeper(Millis(0), [&] { called = true; });
  again = [&] {
    if (called || ++times == 10'000) {
      end.set_value(called);
    } else {
      keeper.post(again);
    }
  };
  keeper.post(again);
  EXPECT_TRUE(end.get_future().get());
}

TEST(Housekeeper, TheChoreDoesNotHoldUpWork) {
  Housekeeper keeper(Millis(0), [] {});
  std::promise<void> done;
  keeper.post([&] { done.set_value(); });
  done.get_future().wait();
}

}  // namespace
}  // namespace sally::app
