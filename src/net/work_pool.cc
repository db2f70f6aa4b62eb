#include "net/work_pool.h"

#include <utility>

namespace sally::net {

WorkPool::WorkPool(size_t threads, size_t most_waiting) : most_waiting_(most_waiting) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work_on(); });
  }
}

WorkPool::~WorkPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

bool WorkPool::Run::await_suspend(std::coroutine_handle<> handle) {
  // Once queued, the frame may be resumed on the loop at any time after this function returns; it
  // is not before, since this is the loop's thread.
  const std::lock_guard lock(pool_.mutex_);
  if (pool_.queue_.size() >= pool_.most_waiting_) {
    refused_ = true;
    return false;
  }
  pool_.queue_.push_back([loop = &loop_, handle, work = std::move(work_)] {
    work();
    loop->post([handle] { handle.resume(); });
  });
  pool_.changed_.notify_one();
  return true;
}

Result<> WorkPool::Run::await_resume() {
  if (refused_) {
    return Error(ErrorKind::kUnavailable, "too much work waits", "try again later");
  }
  return ok();
}

void WorkPool::work_on() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) {
      return;
    }
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace sally::net
