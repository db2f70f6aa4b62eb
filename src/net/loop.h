// Loop: one thread's event loop: readiness, timers, posted work. epoll(7).
#pragma once

#include <atomic>
#include <coroutine>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/task.h"

namespace sally::net {

// A timer that belongs to its owner and does nothing unless armed. Coarse: fires on the first tick
// (10 ms) at or after its time. Arming and disarming are O(1) and allocate nothing. Must be disarmed
// or destroyed on its loop's thread.
class Loop;
class Timer {
 public:
  class Target {
   public:
    virtual void on_timer(Timer& timer) = 0;

   protected:
    ~Target() = default;
  };
  // `target` outlives the timer.
  explicit Timer(Target& target) : target_(&target) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { disarm(); }
  void arm(Loop& loop, Millis after);
  void disarm();
  [[nodiscard]] bool armed() const { return loop_ != nullptr; }

 private:
  friend class Loop;
  Target* target_;
  Loop* loop_ = nullptr;
  uint64_t tick_ = 0;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
};

// What a file descriptor's readiness is told to. One per descriptor, edge-triggered.
class ReadyTarget {
 public:
  // `events` as of epoll_wait. Called on the loop thread.
  virtual void on_ready(uint32_t events) = 0;

 protected:
  ~ReadyTarget() = default;
};

class Loop {
 public:
  // `clock` and `logger` outlive the loop.
  static Result<std::unique_ptr<Loop>> create(const Clock& clock, Logger& logger);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  // Runs until stop(). Once per object, on the thread that owns everything registered here.
  void run();
  // From any thread and from signal-free code: run() returns after the current turn.
  void stop();
  // From any thread: runs `work` on the loop thread, in order.
  void post(std::function<void()> work);

  // Registers `fd` for reading and writing, edge-triggered, until `forget`. Its target outlives that.
  Result<> watch(int fd, ReadyTarget& target);
  void forget(int fd);

  // Resumes `handle` later in this turn, after the events at hand.
  void resume_soon(std::coroutine_handle<> handle);
  // Calls `hook` at the end of every turn, before the loop waits: the place for work that is batched
  // over a turn (flushing writes, committing the record). In order of registration.
  void at_turn_end(std::function<void()> hook);

  // Starts `task` as a coroutine that belongs to nobody; `name` stands in the log when it fails.
  void spawn(std::string_view name, Task<Result<>> task);

  // co_await loop.sleep(Millis{50});
  Task<void> sleep(Millis duration);

  [[nodiscard]] const Clock& clock() const;
  [[nodiscard]] Logger& logger();
  // The time at the start of this turn: good enough for deadlines, free to read.
  [[nodiscard]] MonoTime turn_time() const;

 private:
  Loop() = default;
};

}  // namespace sally::net
