#include "net/http1/server_connection.h"

#include <algorithm>
#include <cstring>

namespace sally::net::http1 {
namespace {

// What a streamed answer gathers before it leaves without waiting for the turn's end.
constexpr size_t kGather = size_t{16} * 1024;
constexpr size_t kChunkFraming = 24;  // of a chunk's line and end, at most
constexpr size_t kHeadGuess = 512;    // of an answer's head, for room made at once

// After a last answer: how long, and how much, is still read so that the client sees the answer and
// not a reset (RFC 9112, 9.6).
constexpr Millis kLinger{2'000};
constexpr size_t kLingerBytes = size_t{1024} * 1024;

Error gone() {
  return Error(ErrorKind::kCancelled, "the client went away");
}

bool is_bodyless(uint16_t status, Method method) {
  return status == 204 || status == 304 || method == Method::kHead;
}

}  // namespace

ServerConnection::ServerConnection(Connection& connection, Handler& handler,
                                   const HttpLimits& limits, const Peer& peer)
    : connection_(connection), handler_(handler), limits_(limits), peer_(peer) {}

void ServerConnection::already_read(ByteView bytes) {
  if (bytes.empty()) {
    return;
  }
  const MutableBytes space = input_.space(limits_);
  SALLY_CHECK(bytes.size() <= space.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  input_.filled(bytes.size());
}

Task<void> ServerConnection::run() {
  for (size_t served = 0;; ++served) {
    if (served == limits_.pipelined) {
      served = 0;
      co_await connection_.loop().yield();
    }
    if (co_await receive_head() == Arrival::kOver) {
      co_return;
    }
    co_await serve_one();
    if (aborted_ || answer_ != Answer::kFinished) {
      co_return;  // without a last chunk or a close_notify: the client sees that it is incomplete
    }
    if (!keep_alive_ || draining_ || !input_.body_complete()) {
      co_await linger();
      co_return;
    }
    input_.next();
  }
}

void ServerConnection::drain() {
  draining_ = true;
  if (waiting_for_head_ && input_.empty()) {
    connection_.stop_reading();
  }
}

// ---- the request ----

// Waits for bytes and takes them; `ended` when the client ended its direction.
Task<Result<>> ServerConnection::receive_more(Millis timeout, bool& ended) {
  ended = false;
  for (;;) {
    CO_TRY_OK(co_await connection_.readable(timeout));
    CO_TRY(const std::optional<size_t> got, connection_.read_now(input_.space(limits_)));
    if (got) {
      ended = *got == 0;
      input_.filled(*got);
      co_return ok();
    }
    input_.relax();
  }
}

Task<ServerConnection::Arrival> ServerConnection::receive_head() {
  bool begun = !input_.empty();
  MonoTime deadline =
      connection_.loop().turn_time() + (begun ? limits_.head_timeout : limits_.idle_timeout);
  for (;;) {
    if (draining_ && !begun) {
      co_return Arrival::kOver;
    }
    if (!input_.empty()) {
      switch (input_.scan(limits_)) {
        case HeadScanner::State::kMore:
          break;
        case HeadScanner::State::kRefused:
          co_await refuse(input_.refusal());
          co_return Arrival::kOver;
        case HeadScanner::State::kComplete: {
          std::optional<Refusal> wrong = parse_request(input_.take_head(), limits_, request_);
          if (wrong) {
            co_await refuse(*std::move(wrong));
            co_return Arrival::kOver;
          }
          co_return Arrival::kRequest;
        }
      }
    }
    bool ended = false;
    waiting_for_head_ = true;
    const Millis left = std::chrono::ceil<Millis>(deadline - connection_.loop().turn_time());
    const Result<> received = co_await receive_more(std::max(left, Millis{0}), ended);
    waiting_for_head_ = false;
    if (!received.ok()) {
      if (begun && received.error().kind() == ErrorKind::kTimeout) {
        co_await refuse({408, Error(ErrorKind::kTimeout, "the head did not arrive in time")});
      }
      co_return Arrival::kOver;
    }
    if (ended) {
      co_return Arrival::kOver;
    }
    if (!begun) {
      begun = true;
      deadline = connection_.loop().turn_time() + limits_.head_timeout;
    }
  }
}

Task<void> ServerConnection::refuse(Refusal refusal) {
  const HttpVersion version = request_.head.version;
  const Handler::PlainAnswer answer =
      handler_.refuse_malformed({refusal.status, refusal.error, peer_, version});
  ResponseHead head;
  head.status = refusal.status;
  head.fields.add("content-type", answer.content_type);
  Buffer& out = connection_.outgoing(limits_.write_timeout);
  const Envelope envelope{.body = Envelope::Body::kLength,
                          .length = answer.body.size(),
                          .connection = Envelope::Connection::kClose};
  const Result<> appended =
      append_response_head(out, head, envelope, date_field(connection_.loop().turn_wall()));
  if (!appended.ok()) {
    co_return;
  }
  const Result<> written = co_await connection_.write(as_bytes(answer.body), limits_.write_timeout);
  if (written.ok()) {
    co_await linger();
  }
}

// The client may still be sending: reading on for a moment keeps the kernel from answering that
// with a reset, which would take our answer along.
Task<void> ServerConnection::linger() {
  connection_.stop_reading(false);
  connection_.shutdown_write();
  const MonoTime deadline = connection_.loop().turn_time() + kLinger;
  input_.next();
  for (size_t read = 0; read < kLingerBytes;) {
    const Millis left = std::chrono::ceil<Millis>(deadline - connection_.loop().turn_time());
    if (left <= Millis{0}) {
      co_return;
    }
    const Result<size_t> ready = co_await connection_.readable(left);
    if (!ready.ok()) {
      co_return;
    }
    Buffer sink(Buffer::kRead);
    const Result<std::optional<size_t>> got = connection_.read_now(sink.space());
    if (!got.ok() || got->value_or(1) == 0) {
      co_return;
    }
    read += got->value_or(0);
  }
}

// ---- the exchange ----

Task<void> ServerConnection::serve_one() {
  request_.head.scheme = peer_.tls ? "https" : "http";
  input_.expect(request_.framing, request_.head.content_length, limits_.body_bytes);
  keep_alive_ = request_.keep_alive;
  broken_body_ = false;
  continue_sent_ = false;
  reading_stopped_ = false;
  answer_ = Answer::kNone;
  coding_ = Coding::kNone;
  body_waited_ = Nanos{};
  body_received_ = 0;

  co_await handler_.serve(*this);

  watch(nullptr);
  if (answer_ == Answer::kNone && !aborted_) {
    ResponseHead head;
    head.status = 500;
    const Result<> answered = co_await respond(head, {});
    aborted_ = aborted_ || !answered.ok();
  }
}

std::optional<ByteView> ServerConnection::whole_body() {
  return reading_stopped_ || broken_body_ ? std::nullopt : input_.whole();
}

Task<Result<>> ServerConnection::send_continue() {
  continue_sent_ = true;
  connection_.outgoing(limits_.write_timeout).append(as_bytes("HTTP/1.1 100 Continue\r\n\r\n"));
  co_return co_await connection_.flush(limits_.write_timeout);
}

Task<Result<ByteView>> ServerConnection::next_body() {
  if (coding_ == Coding::kTunnel) {
    co_return co_await next_raw();
  }
  for (;;) {
    if (reading_stopped_ || aborted_) {
      co_return Error(ErrorKind::kCancelled, "the body is not wanted any more");
    }
    const Input::Step step = input_.step();
    switch (step.state) {
      case Input::State::kData:
      case Input::State::kEnd:
        co_return step.data;
      case Input::State::kTooLarge:
        broken_body_ = true;
        co_return Error(ErrorKind::kTooLarge,
                        "the body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
      case Input::State::kBroken:
        broken_body_ = true;
        co_return Error(ErrorKind::kInvalidInput, input_.problem());
      case Input::State::kMore:
        break;
    }
    if (request_.expects_continue && !continue_sent_ && body_received_ == 0) {
      CO_TRY_OK(co_await send_continue());
    }
    const MonoTime before = connection_.loop().turn_time();
    bool ended = false;
    Result<> received = co_await receive_more(limits_.body_timeout, ended);
    if (!received.ok()) {
      broken_body_ = true;
      co_return received.error().kind() == ErrorKind::kTimeout
          ? Error(ErrorKind::kTimeout, "the body did not arrive in time")
          : std::move(received).error();
    }
    if (ended) {
      broken_body_ = true;
      co_return gone();
    }
    body_waited_ += connection_.loop().turn_time() - before;
    body_received_ += input_.unread();
    const auto waited = std::chrono::duration_cast<Millis>(body_waited_);
    if (waited > limits_.body_timeout &&
        body_received_ * 1000 < static_cast<uint64_t>(waited.count()) * limits_.body_min_rate) {
      broken_body_ = true;
      co_return Error(ErrorKind::kTimeout, "the body arrives too slowly");
    }
  }
}

void ServerConnection::stop_reading() {
  reading_stopped_ = true;
  connection_.stop_reading();
}

// What of the body is already here costs nothing to pass over; the connection can then be used
// again.
void ServerConnection::skip_rest_of_body() {
  while (!broken_body_ && !input_.body_complete()) {
    switch (input_.step().state) {
      case Input::State::kData:
        continue;
      case Input::State::kEnd:
      case Input::State::kMore:
        return;
      case Input::State::kTooLarge:
      case Input::State::kBroken:
        broken_body_ = true;
        return;
    }
  }
}

Result<> ServerConnection::begin_answer(const ResponseHead& head, Coding coding, uint64_t length) {
  if (answer_ != Answer::kNone) {
    return Error(ErrorKind::kInternal, "the exchange was answered twice");
  }
  if (aborted_ || !connection_.usable()) {
    return gone();
  }
  if (head.status < 200 && coding != Coding::kTunnel) {
    return Error(ErrorKind::kInternal, "an interim status is no answer");
  }
  const bool http10 = request_.head.version == HttpVersion::kHttp10;
  const bool bodyless = is_bodyless(head.status, request_.head.method);
  if (coding == Coding::kChunked && http10) {
    coding = Coding::kUntilClose;
  }
  keep_alive_ = keep_alive_ && !draining_ && !broken_body_ && !reading_stopped_ &&
                input_.body_complete() && (coding != Coding::kUntilClose || bodyless);
  Envelope envelope;
  envelope.length = length;
  if (coding == Coding::kLength && head.status != 204 && head.status != 304) {
    envelope.body = Envelope::Body::kLength;
  } else if (coding == Coding::kChunked && !bodyless) {
    envelope.body = Envelope::Body::kChunked;
  }
  envelope.connection = coding == Coding::kTunnel ? Envelope::Connection::kWebSocket
                        : !keep_alive_            ? Envelope::Connection::kClose
                        : http10                  ? Envelope::Connection::kKeepAlive
                                                  : Envelope::Connection::kSilent;
  TRY_OK(append_response_head(connection_.outgoing(limits_.write_timeout), head, envelope,
                              date_field(connection_.loop().turn_wall())));
  answer_ = Answer::kStarted;
  coding_ = bodyless ? Coding::kNone : coding;
  answer_left_ = coding_ == Coding::kLength ? length : 0;
  return ok();
}

Task<Result<>> ServerConnection::respond(const ResponseHead& head, ByteView body) {
  skip_rest_of_body();
  const bool head_only = request_.head.method == Method::kHead && body.empty();
  const uint64_t length = head_only ? head.content_length.value_or(0) : body.size();
  if (body.size() <= kGather) {
    connection_.outgoing(limits_.write_timeout).reserve(body.size() + kHeadGuess);
  }
  CO_TRY_OK(begin_answer(head, Coding::kLength, length));
  const ByteView sent = coding_ == Coding::kNone ? ByteView{} : body;
  Result<> written = co_await connection_.write(sent, limits_.write_timeout);
  if (written.ok()) {
    answer_ = Answer::kFinished;
  }
  co_return written;
}

Task<Result<>> ServerConnection::start(const ResponseHead& head) {
  co_return begin_answer(head, head.content_length ? Coding::kLength : Coding::kChunked,
                         head.content_length.value_or(0));
}

Task<Result<>> ServerConnection::write(ByteView bytes) {
  if (answer_ != Answer::kStarted || aborted_) {
    co_return aborted_ ? gone() : Error(ErrorKind::kInternal, "the answer was not started");
  }
  if (!connection_.usable()) {
    co_return gone();
  }
  if (bytes.empty() || coding_ == Coding::kNone) {
    co_return ok();
  }
  if (coding_ == Coding::kLength) {
    if (bytes.size() > answer_left_) {
      co_return Error(ErrorKind::kInternal, "the answer is longer than was declared");
    }
    answer_left_ -= bytes.size();
  }
  Buffer& out = connection_.outgoing(limits_.write_timeout);
  const bool chunked = coding_ == Coding::kChunked;
  if (chunked) {
    append_chunk_line(out, bytes.size());
  }
  if (out.size() + bytes.size() + kChunkFraming <= kGather) {
    out.append(bytes);
  } else {
    CO_TRY_OK(co_await connection_.write(bytes, limits_.write_timeout));
  }
  if (chunked) {
    connection_.outgoing(limits_.write_timeout).append(as_bytes("\r\n"));
  }
  co_return ok();
}

Task<Result<>> ServerConnection::finish(const Fields& trailers) {
  if (answer_ != Answer::kStarted || aborted_) {
    co_return aborted_ ? gone() : Error(ErrorKind::kInternal, "the answer was not started");
  }
  if (answer_left_ > 0) {
    abort();
    co_return Error(ErrorKind::kInternal, "the answer is shorter than was declared");
  }
  if (coding_ == Coding::kChunked) {
    Buffer& out = connection_.outgoing(limits_.write_timeout);
    CO_TRY_OK(append_last_chunk(out, request_.head.te_trailers ? trailers : Fields()));
  }
  CO_TRY_OK(co_await connection_.flush(limits_.write_timeout));
  answer_ = Answer::kFinished;
  if (coding_ == Coding::kTunnel) {
    connection_.shutdown_write();
  }
  co_return ok();
}

void ServerConnection::abort() {
  aborted_ = true;
  connection_.abort();
}

void ServerConnection::watch(GoneWatcher* watcher) {
  watcher_ = watcher;
  connection_.watch_hangup(watcher == nullptr ? nullptr : this);
}

void ServerConnection::on_hangup() {
  if (GoneWatcher* const watcher = std::exchange(watcher_, nullptr)) {
    watcher->on_client_gone();
  }
}

// ---- tunnel ----

Task<Result<>> ServerConnection::switch_protocols(const ResponseHead& head) {
  if (!request_.head.wants_upgrade_websocket) {
    co_return Error(ErrorKind::kInternal, "the client did not ask for a websocket");
  }
  ResponseHead switching = head;
  switching.status = 101;
  keep_alive_ = false;
  CO_TRY_OK(begin_answer(switching, Coding::kTunnel, 0));
  co_return co_await connection_.flush(limits_.write_timeout);
}

Task<Result<ByteView>> ServerConnection::next_raw() {
  for (;;) {
    const ByteView raw = input_.take_raw();
    if (!raw.empty()) {
      co_return raw;
    }
    input_.relax();
    bool ended = false;
    CO_TRY_OK(co_await receive_more(limits_.idle_timeout, ended));
    if (ended) {
      co_return ByteView{};
    }
  }
}

}  // namespace sally::net::http1
