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
  [[nodiscard]] bool waiting() const { return static_cast<bool>(handle_); }
  void wake(SessionHost& host) {
    if (handle_) {
      host.resume_soon(std::exchange(handle_, {}));
    }
  }
  [[nodiscard]] auto wait() {
    struct Awaiter {
      Waiter& waiter;
      static bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<> handle) noexcept {
        SALLY_CHECK(!waiter.handle_);
        waiter.handle_ = handle;
      }
      static void await_resume() noexcept {}
    };
    return Awaiter{*this};
  }

 private:
  std::coroutine_handle<> handle_;
};

}  // namespace sally::net::http2
