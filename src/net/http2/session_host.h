// SessionHost: what an HTTP/2 session asks of whoever moves its bytes. The sessions themselves do
// no I/O and read no clock, so that tests and fuzzers drive them with plain bytes.
#pragma once

#include <coroutine>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace sally::net::http2 {

class SessionHost {
 public:
  [[nodiscard]] virtual MonoTime now() const = 0;
  // Resumes `handle` soon, outside the call at hand.
  virtual void resume_soon(std::coroutine_handle<> handle) = 0;
  // Not any more: its coroutine is being destroyed.
  virtual void forget(std::coroutine_handle<> handle) = 0;
  // There is output: call `take_output` before the loop waits again. May be called many times.
  virtual void want_flush() = 0;
  // Call `check` at `when` or soon after. The earliest of several counts.
  virtual void want_check(MonoTime when) = 0;

 protected:
  ~SessionHost() = default;
};

// A place where at most one coroutine waits to be woken.
class Waiter {
 public:
  class [[nodiscard]] Awaiter {
   public:
    Awaiter(Waiter& waiter, SessionHost& host) : waiter_(waiter), host_(host) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    // Of a coroutine that is destroyed while it waits: nobody resumes it.
    ~Awaiter() {
      if (handle_ && waiter_.handle_ == handle_) {
        waiter_.handle_ = {};
      } else if (handle_) {
        host_.forget(handle_);
      }
    }
    static bool await_ready() noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept {
      SALLY_CHECK(!waiter_.handle_);
      handle_ = waiter_.handle_ = handle;
    }
    void await_resume() noexcept { handle_ = {}; }

   private:
    Waiter& waiter_;
    SessionHost& host_;
    std::coroutine_handle<> handle_;
  };

  // `host` is the one that wakes.
  Awaiter wait(SessionHost& host) { return {*this, host}; }
  void wake(SessionHost& host) {
    if (handle_) {
      host.resume_soon(std::exchange(handle_, {}));
    }
  }

 private:
  std::coroutine_handle<> handle_;
};

}  // namespace sally::net::http2
