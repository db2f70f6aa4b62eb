#include "base/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sally {
namespace {

Task<int> add(int a, int b) {
  co_return a + b;
}

Task<int> sum(int count) {
  int total = 0;
  for (int i = 0; i < count; ++i) {
    total = co_await add(total, i);
  }
  co_return total;
}

// What the compiler must get right: a temporary in an expression that awaits is destroyed once.
// (g++ 12 destroys some twice: the reason that clang is the compiler.)
struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { --alive; }
};
struct Aggregate {
  Counted counted;
  std::string text;
};
Task<size_t> take(Aggregate aggregate) {
  co_return aggregate.text.size();
}
Task<size_t> pass_braced() {
  co_return co_await take({.counted = {}, .text = std::string(40, 'x')});
}

// A wait that the test ends by hand.
struct Gate {
  std::coroutine_handle<> waiting;
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> handle) { waiting = handle; }
  void await_resume() {}
};
Task<void> wait_then_count(Gate& gate, std::shared_ptr<int> count) {
  co_await gate;
  ++*count;
}

TEST(Task, ReturnsWhatItAwaited) {
  EXPECT_EQ(sum(100).run_to_completion(), 4950);
}

TEST(Task, DoesNotGrowTheStackOverManyAwaits) {
  EXPECT_EQ(sum(60'000).run_to_completion(), 1'799'970'000);
}

TEST(Task, DestroysTemporariesOfAnAwaitingExpressionOnce) {
  EXPECT_EQ(pass_braced().run_to_completion(), 40U);
  EXPECT_EQ(Counted::alive, 0);
}

TEST(Task, DestroysItsFrameWhenItIsDroppedWhileItWaits) {
  Gate gate;
  const auto count = std::make_shared<int>(0);
  {
    Task<void> task = wait_then_count(gate, count);
    EXPECT_EQ(count.use_count(), 2);
  }
  EXPECT_EQ(count.use_count(), 1);
}

TEST(Task, OwnsItselfOnceDetached) {
  Gate gate;
  const auto count = std::make_shared<int>(0);
  detach(wait_then_count(gate, count));
  EXPECT_EQ(*count, 0);
  gate.waiting.resume();
  EXPECT_EQ(*count, 1);
  EXPECT_EQ(count.use_count(), 1);
}

TEST(FramePool, GivesAFreedBlockToTheNextOfItsSize) {
  void* first = FramePool::allocate(200);
  FramePool::release(first, 200);
  void* second = FramePool::allocate(208);  // the same class of 16-byte steps
  EXPECT_EQ(first, second);
  FramePool::release(second, 208);
}

}  // namespace
}  // namespace sally
