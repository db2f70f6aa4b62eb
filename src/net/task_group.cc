#include "net/task_group.h"

namespace sally::net {

struct TaskGroup::Root {
  struct promise_type : Link {
    promise_type(TaskGroup& in, const Task<void>&) : group(in) {
      previous = group.roots_.previous;
      next = &group.roots_;
      previous->next = this;
      next->previous = this;
      ++group.size_;
    }
    promise_type(const promise_type&) = delete;
    promise_type& operator=(const promise_type&) = delete;
    ~promise_type() {
      previous->next = next;
      next->previous = previous;
      --group.size_;
    }
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* block, std::size_t size) noexcept {
      FramePool::release(block, size);
    }
    static Root get_return_object() noexcept { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    [[noreturn]] static void unhandled_exception() noexcept { std::terminate(); }

    TaskGroup& group;
  };
};

TaskGroup::Root TaskGroup::run(TaskGroup&, Task<void> task) {
  co_await std::move(task);
}

void TaskGroup::start(Task<void> task) {
  run(*this, std::move(task));
}

TaskGroup::~TaskGroup() {
  while (size_ > 0) {
    // Destroying the frame takes its promise out of the list.
    auto& promise = static_cast<Root::promise_type&>(*roots_.next);
    std::coroutine_handle<Root::promise_type>::from_promise(promise).destroy();
  }
}

}  // namespace sally::net
