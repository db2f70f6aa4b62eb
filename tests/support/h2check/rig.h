// What the tests and fuzz targets of HTTP/2 share: a host that a test drives step by step, and a
// handler that serves a few fixed paths.
#pragma once

#include <algorithm>
#include <atomic>
#include <coroutine>
#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/http.h"
#include "net/http2/session_host.h"

namespace sally::net::http2 {

// Runs what the session asked for only when the test says so.
class RigHost final : public SessionHost {
 public:
  [[nodiscard]] MonoTime now() const override { return clock.monotonic(); }
  void resume_soon(std::coroutine_handle<> handle) override { ready.push_back(handle); }
  void forget(std::coroutine_handle<> handle) override { std::erase(ready, handle); }
  void want_flush() override { flush_wanted = true; }
  void want_check(MonoTime when) override { check_at = std::min(check_at, when); }

  // Resumes everything that waits to be resumed, and what that makes ready.
  void run_ready() {
    while (!ready.empty()) {
      const std::coroutine_handle<> next = ready.front();
      ready.pop_front();
      next.resume();
    }
  }

  FakeClock clock{WallTime{}};
  std::deque<std::coroutine_handle<>> ready;
  bool flush_wanted = false;
  MonoTime check_at = MonoTime::max();
};

// Serves:
//   /hello         200 `hello`, whole and short
//   /big           200, 200,000 bytes in pieces of 50,000
//   /echo          200, the body as it arrives, trailer `x-end: yes`
//   /whole         200, the whole body where it had arrived, else 409
//   /upload        reads the body, then 200; 408, 413 or 400 where that failed
//   /refuse        403 without reading the body
//   /wait          starts an answer, reads the body to its end, finishes
//   /silent        returns without an answer
//   /abort         starts an answer and aborts it
// and anything else as /echo where there is a body, as /hello where there is none.
class RigHandler final : public Handler, private ServerExchange::GoneWatcher {
 public:
  Task<void> serve(ServerExchange& exchange) override {
    ++served;
    last_path = exchange.head().path;
    ResponseHead head;
    head.fields.add("content-type", "text/plain");
    if (last_path == "/big") {
      co_await big(exchange, head);
    } else if (last_path == "/echo") {
      co_await echo(exchange, head);
    } else if (last_path == "/whole") {
      const std::optional<ByteView> body = exchange.whole_body();
      head.status = body ? 200 : 409;
      note(co_await exchange.respond(head, body.value_or(ByteView{})));
    } else if (last_path == "/upload") {
      const Result<> read = co_await read_to_the_end(exchange);
      head.status = read.ok() ? 200 : row_of(read.error().kind()).http_status;
      note(read);
      note(co_await exchange.respond(head, {}));
    } else if (last_path == "/refuse") {
      head.status = 403;
      note(co_await exchange.respond(head, as_bytes("no")));
    } else if (last_path == "/wait") {
      exchange.watch(this);
      note(co_await exchange.start(head));
      static_cast<void>(co_await read_to_the_end(exchange));
      exchange.watch(nullptr);
      note(co_await exchange.finish({}));
    } else if (last_path == "/abort") {
      note(co_await exchange.start(head));
      note(co_await exchange.write(as_bytes("part")));
      exchange.abort();
    } else if (last_path == "/hello" || (last_path != "/silent" && !exchange.head().has_body)) {
      note(co_await exchange.respond(head, as_bytes("hello")));
    } else if (last_path != "/silent") {
      co_await echo(exchange, head);
    }
    ++returned;
  }

  PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) override {
    refusals.push_back({refusal.status, refusal.error.message()});
    return {"text/plain", refusal.error.message()};
  }

  struct Seen {
    uint16_t status;
    std::string message;
  };
  std::vector<Seen> refusals;
  std::vector<ErrorKind> failures;  // of calls on exchanges
  std::string last_path;
  size_t served = 0;
  size_t returned = 0;
  std::atomic<size_t> gone = 0;  // read by other threads

 private:
  void on_client_gone() override { ++gone; }

  void note(const Result<>& result) {
    if (!result.ok()) {
      failures.push_back(result.error().kind());
    }
  }

  static Task<Result<>> read_to_the_end(ServerExchange& exchange) {
    for (;;) {
      CO_TRY(const ByteView piece, co_await exchange.next_body());
      if (piece.empty()) {
        co_return ok();
      }
    }
  }

  Task<void> big(ServerExchange& exchange, const ResponseHead& head) {
    const std::string piece(50'000, 'b');
    note(co_await exchange.start(head));
    for (int i = 0; i < 4; ++i) {
      const Result<> written = co_await exchange.write(as_bytes(piece));
      note(written);
      if (!written.ok()) {
        co_return;
      }
    }
    note(co_await exchange.finish({}));
  }

  Task<void> echo(ServerExchange& exchange, const ResponseHead& head) {
    note(co_await exchange.start(head));
    for (;;) {
      const Result<ByteView> piece = co_await exchange.next_body();
      if (!piece.ok()) {
        failures.push_back(piece.error().kind());
        co_return;
      }
      if (piece->empty()) {
        break;
      }
      const Result<> written = co_await exchange.write(*piece);
      note(written);
      if (!written.ok()) {
        co_return;
      }
    }
    Fields trailers;
    trailers.add("x-end", "yes");
    note(co_await exchange.finish(trailers));
  }
};

}  // namespace sally::net::http2
