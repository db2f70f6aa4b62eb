#include "net/loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>

namespace sally::net {
namespace {

constexpr int kSoonRounds =
    16;  // of work that asks for more work, before events are looked at again
constexpr uint64_t kMailboxKey = ~uint64_t{0};

uint64_t key_of(int fd, uint32_t generation) {
  return (uint64_t{generation} << 32) | static_cast<uint32_t>(fd);
}

Error os_error(std::string_view what) {
  return Error(ErrorKind::kIo, std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

// ---- Timer ----

void Timer::arm(Loop& loop, Millis after) {
  disarm();
  loop_ = &loop;
  // The first tick that ends at or after the time asked for, and never one that has already run.
  const uint64_t due =
      loop.tick_of(loop.now_ + std::max(after, Millis{0}) + Loop::kTick - Nanos{1});
  loop.enlist(*this, std::max(due, loop.tick_ + 1));
}

void Timer::arm_soon(Loop& loop) {
  disarm();
  loop_ = &loop;
  Loop::push(loop.soon_, *this);
}

void Timer::arm_at_turn_end(Loop& loop) {
  disarm();
  loop_ = &loop;
  Loop::push(loop.turn_end_, *this);
}

void Timer::disarm() {
  if (loop_ != nullptr) {
    Loop::unlink(*this);
    loop_ = nullptr;
  }
}

// ---- Loop ----

struct Loop::Events {
  static constexpr int kPerTurn = 256;
  std::array<epoll_event, kPerTurn> at;
};

Loop::Loop(const Clock& clock, Logger& logger, int epoll, int mailbox)
    : clock_(clock),
      logger_(logger),
      epoll_(epoll),
      mailbox_(mailbox),
      start_(clock.monotonic()),
      now_(start_),
      events_(std::make_unique_for_overwrite<Events>()) {}

Result<std::unique_ptr<Loop>> Loop::create(const Clock& clock, Logger& logger) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) {
    return os_error("cannot create an epoll instance");
  }
  const int mailbox = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (mailbox < 0) {
    Error error = os_error("cannot create an eventfd");
    close(epoll);
    return error;
  }
  std::unique_ptr<Loop> loop(new Loop(clock, logger, epoll, mailbox));
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = kMailboxKey}};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, mailbox, &event) != 0) {
    return os_error("cannot watch an eventfd");
  }
  return loop;
}

Loop::~Loop() {
  tasks_.reset();
  mail_.clear();
  hooks_.clear();
  close(mailbox_);
  close(epoll_);
}

void Loop::run() {
  while (!stopping_.load(std::memory_order_acquire)) {
    turn(Millis::max());
  }
}

void Loop::stop() {
  stopping_.store(true, std::memory_order_release);
  post([] {});
}

void Loop::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mail_mutex_);
    mail_.push_back(std::move(work));
  }
  if (!mailed_.exchange(true, std::memory_order_acq_rel)) {
    const uint64_t one = 1;
    // A full counter wakes the loop as well; nothing else can fail here.
    [[maybe_unused]] const ssize_t written = write(mailbox_, &one, sizeof one);
  }
}

Result<> Loop::watch(int fd, ReadyTarget& target) {
  SALLY_CHECK(fd >= 0);
  const auto index = static_cast<size_t>(fd);
  if (index >= watches_.size()) {
    watches_.resize(std::max(index + 1, watches_.size() * 2));
  }
  Watch& watch = watches_[index];
  SALLY_CHECK(watch.target == nullptr);
  ++watch.generation;
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                    .data = {.u64 = key_of(fd, watch.generation)}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    return os_error("cannot watch a descriptor");
  }
  watch.target = &target;
  return ok();
}

void Loop::forget(int fd) {
  const auto index = static_cast<size_t>(fd);
  SALLY_CHECK(fd >= 0 && index < watches_.size());
  watches_[index].target = nullptr;
  epoll_event event{};
  // Fails only when the descriptor is already closed, which forgets it as well.
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, &event);
}

void Loop::resume_soon(std::coroutine_handle<> handle) {
  ready_.push_back(handle);
}

void Loop::at_turn_end(std::function<void()> hook) {
  hooks_.push_back(std::move(hook));
}

Task<void> Loop::log_failure(std::string_view name, Task<Result<>> task) {
  const Result<> result = co_await std::move(task);
  if (!result.ok()) {
    logger_.write(LogEvent::kTaskFailed, {{"task", name}, {"error", result.error().message()}});
  }
}

void Loop::spawn(std::string_view name, Task<Result<>> task) {
  tasks_->start(log_failure(name, std::move(task)));
}

namespace {

struct Sleep final : Timer::Target {
  Sleep(Loop& on, Millis how_long) : loop(on), duration(how_long) {}
  void on_timer(Timer&) override { waiting.resume(); }
  [[nodiscard]] static bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiting = handle;
    timer.arm(loop, duration);
  }
  static void await_resume() noexcept {}

  Loop& loop;
  Millis duration;
  Timer timer{*this};
  std::coroutine_handle<> waiting;
};

struct Yield final : Timer::Target {
  explicit Yield(Loop& on) : loop(on) {}
  void on_timer(Timer&) override { waiting.resume(); }
  [[nodiscard]] static bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiting = handle;
    timer.arm_at_turn_end(loop);
  }
  static void await_resume() noexcept {}

  Loop& loop;
  Timer timer{*this};
  std::coroutine_handle<> waiting;
};

}  // namespace

Task<void> Loop::sleep(Millis duration) {
  co_await Sleep(*this, duration);
}

Task<void> Loop::yield() {
  co_await Yield(*this);
}

void Loop::turn(Millis most) {
  int wait = 0;
  if (empty(soon_) && empty(turn_end_) && ready_.empty()) {
    const Millis limit = std::min(most, until_next_timer());
    wait =
        limit == Millis::max()
            ? -1
            : static_cast<int>(std::min<int64_t>(limit.count(), std::numeric_limits<int>::max()));
  }
  const int count = epoll_wait(epoll_, events_->at.data(), Events::kPerTurn, wait);
  SALLY_CHECK(count >= 0 || errno == EINTR);
  now_ = clock_.monotonic();
  wall_.reset();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_->at[static_cast<size_t>(i)];
    dispatch(event.data.u64, event.events);
  }
  run_timers();
  run_posted();
  run_soon();
  run_hooks();
  if (!hooks_.empty()) {
    run_soon();
  }
  fire_all(turn_end_);
  // What ran since the hooks may have left them work, and the next turn may wait for long.
  run_hooks();
}

void Loop::run_hooks() {
  for (size_t i = 0; i < hooks_.size(); ++i) {
    hooks_[i]();
  }
}

void Loop::dispatch(uint64_t key, uint32_t events) {
  if (key == kMailboxKey) {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = read(mailbox_, &count, sizeof count);
    return;  // the mail is read in every turn
  }
  const Watch& watch = watches_[static_cast<uint32_t>(key)];
  // An earlier event of this turn may have closed the descriptor, or even opened it anew.
  if (watch.target != nullptr && watch.generation == static_cast<uint32_t>(key >> 32)) {
    watch.target->on_ready(events);
  }
}

void Loop::run_posted() {
  if (!mailed_.load(std::memory_order_acquire)) {
    return;
  }
  mailed_.store(false, std::memory_order_release);
  std::vector<std::function<void()>> mail;
  {
    const std::lock_guard lock(mail_mutex_);
    mail.swap(mail_);
  }
  for (std::function<void()>& work : mail) {
    work();
  }
}

void Loop::run_soon() {
  for (int round = 0; round < kSoonRounds && !(empty(soon_) && ready_.empty()); ++round) {
    fire_all(soon_);
    resuming_.swap(ready_);
    for (const std::coroutine_handle<> handle : resuming_) {
      handle.resume();
    }
    resuming_.clear();
  }
}

// Fires what the list holds now; what is added meanwhile waits for the next call.
void Loop::fire_all(TimerLink& list) {
  if (empty(list)) {
    return;
  }
  TimerLink due;
  due.next_ = list.next_;
  due.previous_ = list.previous_;
  due.next_->previous_ = &due;
  due.previous_->next_ = &due;
  list.next_ = list.previous_ = &list;
  while (!empty(due)) {
    Timer& timer = timer_of(*due.next_);
    timer.disarm();
    timer.target_->on_timer(timer);
  }
}

// ---- the wheel ----

void Loop::push(TimerLink& list, TimerLink& link) {
  link.previous_ = list.previous_;
  link.next_ = &list;
  list.previous_->next_ = &link;
  list.previous_ = &link;
}

void Loop::unlink(TimerLink& link) {
  link.previous_->next_ = link.next_;
  link.next_->previous_ = link.previous_;
  link.previous_ = link.next_ = &link;
}

uint64_t Loop::tick_of(MonoTime time) const {
  return static_cast<uint64_t>((time - start_) / Nanos(kTick));
}

void Loop::enlist(Timer& timer, uint64_t tick) {
  timer.tick_ = tick;
  const size_t slot = tick % kSlots;
  push(wheel_[slot], timer);
  occupied_[slot / 64] |= uint64_t{1} << (slot % 64);
}

// The time to the next slot that may hold a timer: never too long, and early by whole revolutions
// for a timer that is far away.
Millis Loop::until_next_timer() const {
  const size_t from = (tick_ + 1) % kSlots;
  for (size_t step = 0; step <= occupied_.size(); ++step) {
    const size_t word = (from / 64 + step) % occupied_.size();
    uint64_t bits = occupied_[word];
    if (step == 0) {
      bits &= ~uint64_t{0} << (from % 64);
    } else if (step == occupied_.size()) {
      bits &= ~(~uint64_t{0} << (from % 64));
    }
    if (bits != 0) {
      const size_t slot = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      const uint64_t tick = tick_ + 1 + (slot + kSlots - from) % kSlots;
      const MonoTime due = start_ + Nanos(kTick) * static_cast<int64_t>(tick);
      return std::max(std::chrono::ceil<Millis>(due - now_), Millis{0});
    }
  }
  return Millis::max();
}

void Loop::run_timers() {
  const uint64_t now = tick_of(now_);
  if (now == tick_) {
    return;
  }
  const uint64_t slots = std::min<uint64_t>(now - tick_, kSlots);
  const uint64_t first = now - slots + 1;
  tick_ = now;
  for (uint64_t tick = first; tick <= now; ++tick) {
    const size_t slot = tick % kSlots;
    const uint64_t bit = uint64_t{1} << (slot % 64);
    if ((occupied_[slot / 64] & bit) == 0) {
      continue;
    }
    occupied_[slot / 64] &= ~bit;
    TimerLink later;
    while (!empty(wheel_[slot])) {
      Timer& timer = timer_of(*wheel_[slot].next_);
      unlink(timer);
      if (timer.tick_ > now) {
        push(later, timer);
        continue;
      }
      timer.loop_ = nullptr;
      timer.target_->on_timer(timer);
    }
    while (!empty(later)) {
      Timer& timer = timer_of(*later.next_);
      unlink(timer);
      enlist(timer, timer.tick_);
    }
  }
}

}  // namespace sally::net
