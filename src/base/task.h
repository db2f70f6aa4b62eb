// Task<T>: a lazily started coroutine with one awaiter. Frames come from a per-thread pool, so an
// awaited call costs no malloc in the steady state.
//
// Rules (CONTRIBUTING.md, "Coroutines"): no capturing lambda is a coroutine; parameters are values,
// or references to objects that the awaiting frame owns; nothing is locked across co_await.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <utility>

#include "base/check.h"

// On the declaration of a coroutine: its frame is its own. Without it the compiler may put the
// frame into the caller's, which is faster but keeps the memory for as long as the caller lives:
// not wanted where one of several callees runs for long and the others do not.
#define SALLY_OWN_FRAME [[gnu::noinline]]

namespace sally {

// Free lists of coroutine frames by size class, one set per thread. A frame freed on another thread
// than the one it came from joins that thread's list: blocks are plain memory.
class FramePool {
 public:
  static void* allocate(std::size_t size);
  static void release(void* block, std::size_t size) noexcept;
};

template <typename T>
class Task;

namespace task_detail {

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();

  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* block, std::size_t size) noexcept {
    FramePool::release(block, size);
  }

  struct FinalAwaiter {
    static bool await_ready() noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      return self.promise().continuation;
    }
    static void await_resume() noexcept {}
  };

  static std::suspend_always initial_suspend() noexcept { return {}; }
  static FinalAwaiter final_suspend() noexcept { return {}; }
  // Third-party exceptions are caught where they arise; one that reaches here is a defect.
  [[noreturn]] static void unhandled_exception() noexcept { std::terminate(); }
};

template <typename T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <typename U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  static void return_void() noexcept {}
  static void take() noexcept {}
};

}  // namespace task_detail

template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = task_detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  // Destroying a suspended task destroys its frame and what it owns.
  ~Task() { reset(); }

  struct Awaiter {
    Handle handle;
    [[nodiscard]] bool await_ready() const noexcept { return handle.done(); }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
      handle.promise().continuation = awaiting;
      return handle;
    }
    T await_resume() { return handle.promise().take(); }
  };
  Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }

  // Runs a task that never suspends and returns its value: for tests and offline commands.
  T run_to_completion() && {
    handle_.resume();
    SALLY_CHECK(handle_.done());
    return handle_.promise().take();
  }

 private:
  void reset() {
    if (handle_) {
      handle_.destroy();
    }
  }
  Handle handle_;
};

namespace task_detail {
template <typename T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

struct Detached {
  struct promise_type {
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* block, std::size_t size) noexcept {
      FramePool::release(block, size);
    }
    static Detached get_return_object() noexcept { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    [[noreturn]] static void unhandled_exception() noexcept { std::terminate(); }
  };
};
inline Detached run_detached(Task<void> task) {
  co_await std::move(task);
}
}  // namespace task_detail

// Starts `task` now; it owns itself until it ends. It handles its own failures.
inline void detach(Task<void> task) {
  task_detail::run_detached(std::move(task));
}

}  // namespace sally
