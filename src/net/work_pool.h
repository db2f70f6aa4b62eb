// WorkPool: a few threads for computation that would hold a loop for a millisecond or more.
//
//   const Result<> done = co_await pool.run(loop, [&] { answer = parse(large_body); });
//
// Bounded: when as much waits as may, run() fails at once and the caller refuses.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "net/loop.h"

namespace sally::net {

class WorkPool {
 public:
  WorkPool(size_t threads, size_t most_waiting);
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;
  // Ends after the work at hand; work that waits is dropped, and who awaits it is not resumed. The
  // loops are stopped before.
  ~WorkPool();

  // Awaited on `loop`'s thread and resumed there when `work` is done. `work` runs on a thread of
  // the pool, touches only what the awaiting coroutine owns, and does not throw. kUnavailable when
  // the pool is full.
  class [[nodiscard]] Run {
   public:
    Run(WorkPool& pool, Loop& loop, std::function<void()> work)
        : pool_(pool), loop_(loop), work_(std::move(work)) {}
    [[nodiscard]] static bool await_ready() { return false; }
    bool await_suspend(std::coroutine_handle<> handle);
    Result<> await_resume();

   private:
    WorkPool& pool_;
    Loop& loop_;
    std::function<void()> work_;
    bool refused_ = false;
  };
  Run run(Loop& loop, std::function<void()> work) { return {*this, loop, std::move(work)}; }

 private:
  void work_on();

  const size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sally::net
