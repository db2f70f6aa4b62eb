#include "net/until_done.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/task.h"
#include "net/task_group.h"

namespace sally::net {
namespace {

using Done = std::function<void()>;

struct UntilDoneTest : testing::Test {
  // Asks, notes that it was answered.
  Task<void> asks() {
    seen.emplace_back("asked");
    co_await until_done(*loop, [this](Done out) {
      done = std::move(out);
      if (at_once) {
        done();
        seen.emplace_back("returned");
      }
    });
    seen.emplace_back("answered");
  }

  FakeClock clock{WallTime{}};
  Logger logger{2, LogFormat::kText, LogLevel::kError, clock};
  std::unique_ptr<Loop> loop = *Loop::create(clock, logger);
  std::vector<std::string> seen;
  Done done;
  bool at_once = false;
  TaskGroup group;
};

using Seen = std::vector<std::string>;

TEST_F(UntilDoneTest, ResumesOnTheLoopWhenAnotherThreadIsDone) {
  group.start(asks());
  EXPECT_EQ(seen, Seen{"asked"});
  std::thread(done).join();
  EXPECT_EQ(seen, Seen{"asked"});
  loop->turn(Millis{0});
  EXPECT_EQ(seen, (Seen{"asked", "answered"}));
}

TEST_F(UntilDoneTest, IsNotResumedBeforeAskHasReturned) {
  at_once = true;
  group.start(asks());
  loop->turn(Millis{0});
  EXPECT_EQ(seen, (Seen{"asked", "returned", "answered"}));
}

TEST_F(UntilDoneTest, LeavesACoroutineAloneThatIsNoMore) {
  {
    TaskGroup gone;
    gone.start(asks());
  }
  done();
  loop->turn(Millis{0});
  EXPECT_EQ(seen, Seen{"asked"});
}

}  // namespace
}  // namespace sally::net
