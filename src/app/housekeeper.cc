#include "app/housekeeper.h"

#include <utility>

namespace sally::app {

Housekeeper::Housekeeper(Millis every, std::function<void()> chore)
    : every_(every), chore_(std::move(chore)), thread_([this] { work_on(); }) {}

void Housekeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Housekeeper::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  changed_.notify_all();
}

void Housekeeper::Run::await_suspend(std::coroutine_handle<> handle) {
  net::Loop* const loop = &loop_;
  keeper_.post([loop, handle, work = std::move(work_)] {
    work();
    loop->post([handle] { handle.resume(); });
  });
}

void Housekeeper::work_on() {
  using Timer = std::chrono::steady_clock;
  Timer::time_point due = Timer::now() + every_;
  bool was_chore = false;  // what was done last: neither holds up the other
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_until(lock, due, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) {
      return;
    }
    was_chore = Timer::now() >= due && !(was_chore && !queue_.empty());
    std::function<void()> work;
    if (!was_chore) {
      if (queue_.empty()) {
        continue;
      }
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    if (was_chore) {
      chore_();
      due = Timer::now() + every_;
    } else {
      work();
    }
    lock.lock();
  }
}

}  // namespace sally::app
