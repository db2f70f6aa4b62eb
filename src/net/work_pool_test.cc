#include "net/work_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

namespace sally::net {
namespace {

class WorkPoolTest : public testing::Test {
 protected:
  SystemClock clock_;
  Logger logger_{open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
                 clock_};
  std::unique_ptr<Loop> loop_ = *Loop::create(clock_, logger_);
  std::thread::id worked_on_;
  std::thread::id resumed_on_;
  int done_ = 0;
  int refused_ = 0;

  static Task<Result<>> work(WorkPoolTest& test, WorkPool& pool) {
    auto run = pool.run(*test.loop_, [&test] { test.worked_on_ = std::this_thread::get_id(); });
    CO_TRY_OK(co_await run);
    test.resumed_on_ = std::this_thread::get_id();
    ++test.done_;
    co_return ok();
  }
  static Task<Result<>> wait_on(WorkPoolTest& test, WorkPool& pool, std::shared_future<void> gate) {
    auto run = pool.run(*test.loop_, [gate] { gate.wait(); });
    const Result<> result = co_await run;
    ++(result ? test.done_ : test.refused_);
    co_return ok();
  }
};

TEST_F(WorkPoolTest, WorksOnAThreadOfItsOwnAndResumesOnTheLoop) {
  WorkPool pool(1, 4);
  loop_->spawn("test", work(*this, pool));
  while (done_ == 0) {
    loop_->turn(Millis{1'000});
  }
  EXPECT_EQ(resumed_on_, std::this_thread::get_id());
  EXPECT_NE(worked_on_, std::this_thread::get_id());
}

TEST_F(WorkPoolTest, RefusesMoreThanMayWait) {
  WorkPool pool(1, 2);
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future().share();
  for (int i = 0; i < 8; ++i) {
    loop_->spawn("test", wait_on(*this, pool, opened));
  }
  EXPECT_GE(refused_, 5);  // one is at work, or not yet begun, and two wait
  gate.set_value();
  while (done_ + refused_ < 8) {
    loop_->turn(Millis{1'000});
  }
  EXPECT_GE(done_, 2);
}

}  // namespace
}  // namespace sally::net
