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
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (queue_.empty() &&
        changed_.wait_for(lock, every_, [this] { return stopping_ || !queue_.empty(); })) {
      continue;
    }
    std::function<void()> work;
    if (!queue_.empty()) {
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    work ? work() : chore_();
    lock.lock();
  }
}

}  // namespace sally::app
