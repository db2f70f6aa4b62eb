// Waiting in a coroutine for somebody who answers by a callback, from any thread.
//
//   co_await net::until_done(loop, [&](std::function<void()> done) {
//     identifier.ask(credentials, now, std::move(done));
//   });
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <utility>

#include "net/loop.h"

namespace sally::net {

// Calls `ask(done)` and resumes on `loop` in a turn after `done` was called, which may be before
// `ask` returns. A coroutine that is destroyed while it waits is not resumed. `done` must not be
// called when `loop` is gone.
template <typename Ask>
class [[nodiscard]] UntilDone {
 public:
  UntilDone(Loop& loop, Ask ask) : loop_(loop), ask_(std::move(ask)) {}
  UntilDone(const UntilDone&) = delete;
  UntilDone& operator=(const UntilDone&) = delete;
  ~UntilDone() {
    if (waiting_ != nullptr) {
      *waiting_ = nullptr;
    }
  }

  static bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    waiting_ = std::make_shared<std::coroutine_handle<>>(handle);
    ask_([to = &loop_, waiting = waiting_] {
      to->post([waiting] {
        if (*waiting) {
          waiting->resume();
        }
      });
    });
  }
  static void await_resume() noexcept {}

 private:
  Loop& loop_;
  Ask ask_;
  // Read and written on the loop's thread alone; null when nobody waits any longer.
  std::shared_ptr<std::coroutine_handle<>> waiting_;
};

template <typename Ask>
UntilDone<Ask> until_done(Loop& loop, Ask ask) {
  return UntilDone<Ask>(loop, std::move(ask));
}

}  // namespace sally::net
