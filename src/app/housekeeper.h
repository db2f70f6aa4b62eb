// Housekeeper: one thread for what may wait for a disk: reading keys again, flushing last uses,
// loading a configuration. Loops hand it work and are resumed when it is done.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "net/loop.h"

namespace sally::app {

class Housekeeper {
 public:
  // Calls `chore` every `every`, on the housekeeper's thread, from the start on, however much work
  // is handed over meanwhile.
  Housekeeper(Millis every, std::function<void()> chore);
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;
  // Finishes the work at hand; what waits behind it is dropped.
  ~Housekeeper() { stop(); }
  void stop();

  // From any thread: runs `work` on the housekeeper's thread, in order.
  void post(std::function<void()> work);

  // co_await housekeeper.run(loop, work): resumes on `loop` when `work` is done. At most one wait
  // is lost when the process ends.
  class [[nodiscard]] Run {
   public:
    Run(Housekeeper& keeper, net::Loop& loop, std::function<void()> work)
        : keeper_(keeper), loop_(loop), work_(std::move(work)) {}
    [[nodiscard]] static bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle);
    static void await_resume() {}

   private:
    Housekeeper& keeper_;
    net::Loop& loop_;
    std::function<void()> work_;
  };
  Run run(net::Loop& loop, std::function<void()> work) { return {*this, loop, std::move(work)}; }

 private:
  void work_on();

  const Millis every_;
  const std::function<void()> chore_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sally::app
