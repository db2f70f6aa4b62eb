// Link: moves the bytes of an HTTP/2 session over a Connection. The part that both ends share.
#pragma once

#include <algorithm>
#include <vector>

#include "base/task.h"
#include "net/buffer.h"
#include "net/connection.h"
#include "net/http2/session_host.h"
#include "net/task_group.h"

namespace sally::net::http2 {

// `S` is ServerSession or ClientSession. Declare it after its link: it goes first.
template <typename S>
class Link final : public SessionHost, private Timer::Target {
 public:
  // `connection` outlives the link. The connection is broken when the peer takes nothing of the
  // output for `write_timeout`.
  Link(Connection& connection, Millis write_timeout)
      : connection_(connection), loop_(connection.loop()), write_timeout_(write_timeout) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() {
    if (destroyed_ != nullptr) {
      *destroyed_ = true;
    }
  }

  // Before anything else.
  void attach(S& session) { session_ = &session; }

  // Reads until the connection is over; the session is then lost.
  Task<void> run() {
    co_await read_all();
    connection_.abort();
    session_->connection_lost();
  }

  [[nodiscard]] MonoTime now() const override { return loop_.turn_time(); }
  void resume_soon(std::coroutine_handle<> handle) override {
    ready_.push_back(handle);
    if (!soon_.armed()) {
      soon_.arm_soon(loop_);
    }
  }
  void forget(std::coroutine_handle<> handle) override { std::erase(ready_, handle); }
  void want_flush() override {
    if (!flush_.armed() && !writing_) {
      flush_.arm_at_turn_end(loop_);
    }
    flush_wanted_ = true;
  }
  void want_check(MonoTime when) override {
    if (!check_.armed() || when < check_at_) {
      check_at_ = when;
      check_.arm(loop_, std::max(Millis{1}, std::chrono::ceil<Millis>(when - loop_.turn_time())));
    }
  }

 private:
  // What one connection may read, or gather to write, before others have their turn.
  static constexpr int kReadsPerTurn = 4;
  static constexpr size_t kGather = 64 * 1024;
  // After our last frame: how long, and how much, is still read so that the peer sees it and not a
  // reset.
  static constexpr Millis kLinger{2'000};
  static constexpr size_t kLingerBytes = 1024 * 1024;
  // The session keeps its own deadlines.
  static constexpr Millis kNoTimeout{3'600'000};

  void on_timer(Timer& timer) override {
    if (&timer == &soon_) {
      resume_ready();
    } else if (&timer == &flush_) {
      flush();
    } else if (&timer == &check_) {
      session_->check();
    } else {
      connection_.abort();  // lingered long enough
    }
  }

  // One at a time: each may end others that wait here, or this link.
  void resume_ready() {
    bool destroyed = false;
    bool* const outer = std::exchange(destroyed_, &destroyed);
    while (!ready_.empty()) {
      const std::coroutine_handle<> next = ready_.front();
      ready_.erase(ready_.begin());
      next.resume();
      if (destroyed) {
        if (outer != nullptr) {
          *outer = true;
        }
        return;
      }
    }
    destroyed_ = outer;
  }

  void flush() {
    if (!writing_) {
      writer_.start(write_all());
    }
  }

  Task<void> write_all() {
    writing_ = true;
    bool more = true;
    while (more && connection_.usable()) {
      flush_wanted_ = false;
      Buffer out(Buffer::kRead);
      more = session_->take_output(out, kGather);
      if (out.empty()) {
        break;
      }
      const Result<> written = co_await connection_.write(out.bytes(), write_timeout_);
      if (!written.ok()) {
        connection_.abort();  // the reader ends and tells the session
        break;
      }
      more = more || flush_wanted_;
    }
    writing_ = false;
    if (flush_wanted_ && connection_.usable()) {
      want_flush();  // by what taking the last output set in motion
    }
    if (session_->finished() && !lingering_) {
      lingering_ = true;
      connection_.shutdown_write();
      linger_.arm(loop_, kLinger);
    }
  }

  Task<void> read_all() {
    size_t lingered = 0;
    for (int reads = 1; lingered < kLingerBytes; ++reads) {
      const Result<size_t> ready = co_await connection_.readable(kNoTimeout);
      if (!ready.ok() && ready.error().kind() != ErrorKind::kTimeout) {
        co_return;
      }
      Buffer in(Buffer::kRead);
      const Result<std::optional<size_t>> got = connection_.read_now(in.space());
      if (!got.ok() || got->value_or(1) == 0) {
        co_return;
      }
      if (!*got) {
        continue;
      }
      in.commit(**got);
      if (lingering_) {
        lingered += in.size();
      } else {
        session_->receive(in.bytes());
      }
      in.release();
      if (reads % kReadsPerTurn == 0) {
        co_await loop_.yield();
      }
    }
  }

  Connection& connection_;
  Loop& loop_;
  const Millis write_timeout_;
  S* session_ = nullptr;
  bool writing_ = false;
  bool flush_wanted_ = false;
  bool lingering_ = false;
  MonoTime check_at_{};
  bool* destroyed_ = nullptr;  // set by the destructor while resume_ready is on the stack
  std::vector<std::coroutine_handle<>> ready_;
  Timer soon_{*this};
  Timer flush_{*this};
  Timer check_{*this};
  Timer linger_{*this};
  TaskGroup writer_;
};

}  // namespace sally::net::http2
