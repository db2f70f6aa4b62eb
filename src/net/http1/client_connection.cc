#include "net/http1/client_connection.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "net/http1/writer.h"

namespace sally::net::http1 {
namespace {

// What an upstream's head may be. Bodies are bounded by whoever takes them.
constexpr HttpLimits kAnswerLimits{
    .head_bytes = size_t{64} * 1024, .field_count = 256, .target_bytes = size_t{8} * 1024};
constexpr int kMostInterimAnswers = 16;
constexpr size_t kGather = size_t{16} * 1024;
constexpr size_t kChunkFraming = 24;
constexpr size_t kHeadGuess = 512;

Error unavailable(std::string message) {
  return Error(ErrorKind::kUnavailable, std::move(message));
}

// What a failure of the connection is to someone who asked an upstream.
Error as_unavailable(const Error& error) {
  return error.kind() == ErrorKind::kIo ? unavailable(error.message()) : error;
}

bool expects_length(Method method) {
  return method == Method::kPost || method == Method::kPut || method == Method::kPatch;
}

}  // namespace

Exchange::Exchange(std::unique_ptr<ClientConnection> connection,
                   std::shared_ptr<ClientConnectionOwner> owner)
    : connection_(std::move(connection)), owner_(std::move(owner)), reused_(connection_->used) {
  connection_->used = true;
}

Exchange::~Exchange() {
  using Condition = ClientConnectionOwner::Condition;
  const Condition condition = is_clean() ? Condition::kClean : Condition::kSpent;
  if (condition == Condition::kClean) {
    connection_->input.next();
  }
  owner_->give_back(std::move(connection_), condition);
}

bool Exchange::is_clean() const {
  const Input& input = connection_->input;
  return request_ == Request::kFinished && head_received_ && input.body_complete() &&
         input.empty() && connection_->response.keep_alive && !tunnel_ && !cancelled_ &&
         connection_->connection->usable() && connection_->connection->queued() == 0;
}

// ---- the request ----

Result<> Exchange::begin(const RequestHead& head, Coding coding, uint64_t length) {
  if (request_ != Request::kNone) {
    return Error(ErrorKind::kInternal, "the exchange was used twice");
  }
  Envelope envelope;
  envelope.length = length;
  envelope.body = coding == Coding::kLength    ? Envelope::Body::kLength
                  : coding == Coding::kChunked ? Envelope::Body::kChunked
                                               : Envelope::Body::kNone;
  if (head.wants_upgrade_websocket) {
    envelope.connection = Envelope::Connection::kWebSocket;
  }
  TRY_OK(append_request_head(socket().outgoing(connection_->write_timeout), head, envelope));
  method_ = head.method;
  asked_for_websocket_ = head.wants_upgrade_websocket;
  request_ = Request::kStarted;
  coding_ = coding;
  request_left_ = coding == Coding::kLength ? length : 0;
  return ok();
}

Task<Result<>> Exchange::send(const RequestHead& head, ByteView body) {
  const bool has_length = !body.empty() || expects_length(head.method);
  if (body.size() <= kGather) {
    socket().outgoing(connection_->write_timeout).reserve(body.size() + kHeadGuess);
  }
  CO_TRY_OK(begin(head, has_length ? Coding::kLength : Coding::kNone, body.size()));
  Result<> written = co_await socket().write(body, connection_->write_timeout);
  if (!written.ok()) {
    co_return as_unavailable(written.error());
  }
  request_ = Request::kFinished;
  co_return ok();
}

Task<Result<>> Exchange::start(const RequestHead& head) {
  const Coding coding = head.content_length ? Coding::kLength
                        : head.has_body     ? Coding::kChunked
                                            : Coding::kNone;
  co_return begin(head, coding, head.content_length.value_or(0));
}

Task<Result<>> Exchange::write(ByteView bytes) {
  if (!tunnel_) {
    if (request_ != Request::kStarted) {
      co_return Error(ErrorKind::kInternal, "the request was not started");
    }
    if (coding_ == Coding::kNone || (coding_ == Coding::kLength && bytes.size() > request_left_)) {
      co_return Error(ErrorKind::kInternal, "the request is longer than was declared");
    }
    request_left_ -= coding_ == Coding::kLength ? bytes.size() : 0;
  }
  if (bytes.empty()) {
    co_return ok();
  }
  Buffer& out = socket().outgoing(connection_->write_timeout);
  const bool chunked = coding_ == Coding::kChunked && !tunnel_;
  if (chunked) {
    append_chunk_line(out, bytes.size());
  }
  if (out.size() + bytes.size() + kChunkFraming <= kGather && socket().usable()) {
    out.append(bytes);
  } else {
    Result<> written = co_await socket().write(bytes, connection_->write_timeout);
    if (!written.ok()) {
      co_return as_unavailable(written.error());
    }
  }
  if (chunked) {
    socket().outgoing(connection_->write_timeout).append(as_bytes("\r\n"));
  }
  co_return ok();
}

Task<Result<>> Exchange::finish(const Fields& trailers) {
  if (tunnel_) {
    Result<> flushed = co_await socket().flush(connection_->write_timeout);
    socket().shutdown_write();
    co_return flushed;
  }
  if (request_ != Request::kStarted) {
    co_return Error(ErrorKind::kInternal, "the request was not started");
  }
  if (request_left_ > 0) {
    co_return Error(ErrorKind::kInternal, "the request is shorter than was declared");
  }
  if (coding_ == Coding::kChunked) {
    CO_TRY_OK(append_last_chunk(socket().outgoing(connection_->write_timeout), trailers));
  }
  Result<> flushed = co_await socket().flush(connection_->write_timeout);
  if (!flushed.ok()) {
    co_return as_unavailable(flushed.error());
  }
  request_ = Request::kFinished;
  co_return ok();
}

// ---- the answer ----

Task<Result<>> Exchange::receive_more(Millis timeout, bool& ended) {
  ended = false;
  Input& input = connection_->input;
  for (;;) {
    Result<size_t> ready = co_await socket().readable(timeout);
    if (!ready.ok()) {
      co_return as_unavailable(ready.error());
    }
    Result<std::optional<size_t>> got = socket().read_now(input.space(kAnswerLimits));
    if (!got.ok()) {
      co_return as_unavailable(got.error());
    }
    if (*got) {
      ended = **got == 0;
      input.filled(**got);
      co_return ok();
    }
    input.relax();
  }
}

Task<Result<const ResponseHead*>> Exchange::receive_head(Millis timeout) {
  if (head_received_) {
    co_return &std::as_const(connection_->response.head);
  }
  Input& input = connection_->input;
  Loop& loop = socket().loop();
  const MonoTime deadline = loop.turn_time() + timeout;
  for (int interim = 0; interim <= kMostInterimAnswers;) {
    const HeadScanner::State state =
        input.empty() ? HeadScanner::State::kMore : input.scan(kAnswerLimits);
    if (state == HeadScanner::State::kRefused) {
      co_return Error(ErrorKind::kUpstream,
                      "the answer is not HTTP/1.1: " + input.refusal().error.message());
    }
    if (state == HeadScanner::State::kMore) {
      const Millis left = std::chrono::ceil<Millis>(deadline - loop.turn_time());
      bool ended = false;
      CO_TRY_OK(co_await receive_more(std::max(left, Millis{0}), ended));
      if (ended) {
        co_return unavailable("the upstream closed the connection before its answer");
      }
      answer_begun_ = true;
      continue;
    }
    ParsedResponse& response = connection_->response;
    CO_TRY_OK(parse_response(input.take_head(), method_, kAnswerLimits, response));
    const uint16_t status = response.head.status;
    if (status == 101 && !(asked_for_websocket_ && response.switches_to_websocket)) {
      co_return Error(ErrorKind::kUpstream, "the upstream switched protocols without being asked");
    }
    input.expect(response.framing, response.head.content_length,
                 std::numeric_limits<uint64_t>::max());
    if (status >= 200 || status == 101) {
      head_received_ = true;
      co_return &std::as_const(response.head);
    }
    input.next();
    ++interim;
  }
  co_return Error(ErrorKind::kUpstream, "the upstream sends interim answers without end");
}

std::optional<ByteView> Exchange::whole_body() {
  return head_received_ && !tunnel_ ? connection_->input.whole() : std::nullopt;
}

Task<Result<ByteView>> Exchange::next_body(Millis timeout) {
  Input& input = connection_->input;
  for (;;) {
    if (cancelled_) {
      co_return Error(ErrorKind::kCancelled, "the exchange was called off");
    }
    if (tunnel_) {
      const ByteView raw = input.take_raw();
      if (!raw.empty()) {
        co_return raw;
      }
      input.relax();
    } else {
      const Input::Step step = input.step();
      switch (step.state) {
        case Input::State::kData:
        case Input::State::kEnd:
          co_return step.data;
        case Input::State::kTooLarge:
        case Input::State::kBroken:
          co_return Error(ErrorKind::kUpstream,
                          std::string("the answer's body is malformed: ") + input.problem());
        case Input::State::kMore:
          break;
      }
    }
    bool ended = false;
    CO_TRY_OK(co_await receive_more(timeout, ended));
    if (ended) {
      if (tunnel_ || input.end_of_stream()) {
        co_return ByteView{};
      }
      co_return unavailable("the upstream closed the connection before the end of its answer");
    }
  }
}

void Exchange::cancel() {
  cancelled_ = true;
  socket().abort();
}

}  // namespace sally::net::http1
