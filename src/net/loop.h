// Loop: one thread's event loop: readiness, timers, posted work. epoll(7).
//
// A turn: wait; readiness; timers; posted work; what asked for `soon`; the hooks of the turn's end;
// what asked for the turn's end (writes that were gathered). Nothing here takes a lock but post().
#pragma once

#include <array>
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
#include "net/task_group.h"

namespace sally::net {

class Loop;
class Timer;

// A place in one of the loop's circular lists.
class TimerLink {
 private:
  friend class Loop;
  friend class Timer;
  TimerLink* previous_ = this;
  TimerLink* next_ = this;
};

// A timer that belongs to its owner and does nothing unless armed. Coarse: fires on the first tick
// (10 ms) at or after its time. Arming and disarming are O(1) and allocate nothing. Must be
// disarmed or destroyed on its loop's thread.
class Timer : private TimerLink {
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
  // Each of the three replaces an earlier arming.
  void arm(Loop& loop, Millis after);
  // Fires later in this turn, after the events at hand.
  void arm_soon(Loop& loop);
  // Fires at the end of this turn, after the hooks.
  void arm_at_turn_end(Loop& loop);
  void disarm();
  [[nodiscard]] bool armed() const { return loop_ != nullptr; }

 private:
  friend class Loop;
  Target* target_;
  Loop* loop_ = nullptr;
  uint64_t tick_ = 0;
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
  static constexpr Millis kTick{10};

  // `clock` and `logger` outlive the loop.
  static Result<std::unique_ptr<Loop>> create(const Clock& clock, Logger& logger);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  // Destroys the spawned tasks that have not ended, and with them what they own. The thread that
  // ran the loop has ended, or is this one.
  ~Loop();

  // Runs until stop(). Once per object, on the thread that owns everything registered here.
  void run();
  // One turn that waits at most `most` for something to happen: for tests, which hold the clock.
  void turn(Millis most);
  // From any thread: run() returns after the current turn.
  void stop();
  // From any thread: runs `work` on the loop thread, in order. Work posted after the last turn is
  // destroyed with the loop.
  void post(std::function<void()> work);

  // Registers `fd` for reading and writing, edge-triggered, until `forget`. Its target outlives
  // that.
  Result<> watch(int fd, ReadyTarget& target);
  void forget(int fd);

  // Resumes `handle` later in this turn, after the events at hand. It must not be destroyed before.
  void resume_soon(std::coroutine_handle<> handle);
  // Calls `hook` at the end of every turn, before the loop waits, once before the gathered writes
  // leave and once after: the place for work that is batched over a turn (committing the record). A
  // hook with nothing to do returns at once. In order of registration.
  void at_turn_end(std::function<void()> hook);

  // Starts `task` as a coroutine that belongs to nobody; `name` (a literal) stands in the log when
  // it fails.
  void spawn(std::string_view name, Task<Result<>> task);

  // co_await loop.sleep(Millis{50});
  Task<void> sleep(Millis duration);
  // Lets everything else that is ready go first: continues at the end of this turn, or of the next.
  Task<void> yield();

  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] Logger& logger() { return logger_; }
  // The time at the start of this turn: good enough for deadlines, free to read.
  [[nodiscard]] MonoTime turn_time() const { return now_; }
  // The same by the wall clock, which is read when it is first asked for in a turn.
  [[nodiscard]] WallTime turn_wall() {
    if (!wall_) {
      wall_ = clock_.now();
    }
    return *wall_;
  }

 private:
  friend class Timer;
  static constexpr size_t kSlots = 2048;  // of the wheel: one revolution is 20 s

  struct Watch {
    ReadyTarget* target = nullptr;
    uint32_t generation = 0;
  };
  struct Events;  // room for those of one turn

  Loop(const Clock& clock, Logger& logger, int epoll, int mailbox);
  Task<void> log_failure(std::string_view name, Task<Result<>> task);
  static void push(TimerLink& list, TimerLink& link);
  static void unlink(TimerLink& link);
  static bool empty(const TimerLink& list) { return list.next_ == &list; }
  static Timer& timer_of(TimerLink& link) { return static_cast<Timer&>(link); }

  [[nodiscard]] uint64_t tick_of(MonoTime time) const;
  void enlist(Timer& timer, uint64_t tick);
  [[nodiscard]] Millis until_next_timer() const;
  void dispatch(uint64_t key, uint32_t events);
  void run_timers();
  void run_posted();
  void run_soon();
  void run_hooks();
  static void fire_all(TimerLink& list);

  const Clock& clock_;
  Logger& logger_;
  int epoll_;
  int mailbox_;
  MonoTime start_;
  MonoTime now_;
  std::optional<WallTime> wall_;
  uint64_t tick_ = 0;  // the last one whose timers ran

  std::unique_ptr<Events> events_;
  std::vector<Watch> watches_;  // by file descriptor
  std::array<TimerLink, kSlots> wheel_;
  std::array<uint64_t, kSlots / 64> occupied_{};  // a set bit: the slot may hold timers
  TimerLink soon_;
  TimerLink turn_end_;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> resuming_;
  std::vector<std::function<void()>> hooks_;
  std::unique_ptr<TaskGroup> tasks_ = std::make_unique<TaskGroup>();  // the first to go

  std::atomic<bool> stopping_{false};
  std::atomic<bool> mailed_{false};
  std::mutex mail_mutex_;
  std::vector<std::function<void()>> mail_;
};

}  // namespace sally::net
