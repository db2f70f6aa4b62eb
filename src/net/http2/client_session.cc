#include "net/http2/client_session.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sally::net::http2 {
namespace {

// Unread bytes of one answer. The connection's window is that of all of them, so that one slow
// reader holds up nobody else.
constexpr int32_t kStreamWindow = 128 * 1024;
constexpr int32_t kConnectionWindow = 16 * 1024 * 1024;
constexpr size_t kMostExchanges = kConnectionWindow / kStreamWindow;
constexpr size_t kHeadBytes = 64 * 1024;
constexpr size_t kFieldCount = 200;
constexpr uint32_t kResets = 1'000;

bool usually_has_body(Method method) {
  return method == Method::kPost || method == Method::kPut || method == Method::kPatch;
}

}  // namespace

// One request and its answer. Owned by the caller; the session keeps a pointer until it is closed.
class ClientStream final : public ClientExchange, public Stream {
 public:
  ClientStream(ClientSession& session, std::shared_ptr<void> keep_alive, bool reused)
      : session_(session), keep_alive_(std::move(keep_alive)), reused_(reused) {}
  ~ClientStream() override { session_.give_up(*this); }

  Task<Result<>> send(const RequestHead& head, ByteView body) override {
    const bool declare = !body.empty() || usually_has_body(head.method);
    const std::optional<uint64_t> length =
        declare ? std::optional<uint64_t>(body.size()) : std::nullopt;
    out_ended = true;  // with the last of the body
    if (body.empty()) {
      co_return session_.submit(*this, head, length, EndStream::kYes);
    }
    if (out.try_buffer(body)) {
      co_return session_.submit(*this, head, length, EndStream::kNo);
    }
    CO_TRY_OK(session_.submit(*this, head, length, EndStream::kNo));
    co_return co_await session_.write_body(*this, body);
  }

  Task<Result<>> start(const RequestHead& head) override {
    co_return session_.submit(*this, head, head.content_length, EndStream::kNo);
  }
  Task<Result<>> write(ByteView bytes) override {
    SALLY_CHECK(id != 0 && !out_ended);
    co_return co_await session_.write_body(*this, bytes);
  }
  Task<Result<>> finish(const Fields& trailer_fields) override {
    SALLY_CHECK(id != 0);
    if (failure) {
      co_return *failure;
    }
    session_.end_output(*this, trailer_fields);
    co_return ok();
  }

  Task<Result<const ResponseHead*>> receive_head(Millis timeout) override {
    while (!head_complete) {
      if (failure) {
        co_return *failure;
      }
      if (!co_await wait(timeout)) {
        co_return Error(ErrorKind::kTimeout,
                        "no answer from the upstream within " + format_duration(timeout));
      }
    }
    co_return &head_;
  }

  Task<Result<ByteView>> next_body(Millis timeout) override {
    // What arrived before a failure is given first: it is part of the answer.
    while (in.waiting() == 0) {
      if (in.finished()) {
        co_return ByteView{};
      }
      if (failure) {
        co_return *failure;
      }
      if (!co_await wait(timeout)) {
        co_return Error(ErrorKind::kTimeout,
                        "the upstream's answer stopped for " + format_duration(timeout));
      }
    }
    const ByteView piece = in.take();
    session_.consume(*this, piece.size());
    co_return piece;
  }

  [[nodiscard]] std::optional<ByteView> whole_body() override {
    if (failure) {
      return std::nullopt;
    }
    const size_t waiting = in.waiting();
    const std::optional<ByteView> whole = in.whole();
    if (whole) {
      session_.consume(*this, waiting);
    }
    return whole;
  }
  [[nodiscard]] const Fields& trailers() const override { return trailer_fields_; }
  [[nodiscard]] bool answer_begun() const override { return head_begun; }
  [[nodiscard]] bool reused() const override { return reused_; }

  void cancel() override {
    session_.submit_reset(*this, NGHTTP2_CANCEL);
    in.discard();
    session_.fail(*this, Error(ErrorKind::kCancelled, "the exchange was cancelled"));
  }
  void become_tunnel() override {}  // HTTP/2 has no 101

 private:
  friend class ClientSession;

  // Until something changes. False at the deadline.
  Task<bool> wait(Millis timeout) {
    reader_deadline = session_.host_.now() + timeout;
    session_.host_.want_check(reader_deadline);
    co_await reader.wait(session_.host_);
    reader_deadline = kNever;
    co_return !std::exchange(reader_timed_out, false);
  }

  ClientSession& session_;
  const std::shared_ptr<void> keep_alive_;
  const bool reused_;
  ResponseHead head_;
  Fields trailer_fields_;
};

ClientSession::ClientSession(SessionHost& host, const Timeouts& timeouts)
    : Session(host, Role::kClient,
              {.head_bytes = kHeadBytes,
               .field_count = kFieldCount,
               .streams = 0,
               .resets = kResets,
               .write_timeout = timeouts.write,
               .stream_window = kStreamWindow,
               .connection_window = kConnectionWindow}),
      timeouts_(timeouts),
      heard_at_(host.now()),
      idle_since_(heard_at_) {
  host_.want_flush();
  host_.want_check(idle_since_ + timeouts.idle);
}

ClientSession::~ClientSession() {
  SALLY_CHECK(streams_.empty());
}

ClientStream& ClientSession::of(Stream& stream) {
  return static_cast<ClientStream&>(stream);
}

void ClientSession::receive(ByteView bytes) {
  heard_at_ = host_.now();
  pong_due_ = kNever;
  Session::receive(bytes);
}

bool ClientSession::can_open() const {
  const size_t allowed =
      nghttp2_session_get_remote_settings(nghttp2_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return !going_away() && streams_.size() < std::min(allowed, kMostExchanges);
}

std::unique_ptr<ClientExchange> ClientSession::open(std::shared_ptr<void> keep_alive) {
  auto stream =
      std::make_unique<ClientStream>(*this, std::move(keep_alive), std::exchange(used_, true));
  if (streams_.empty()) {
    heard_at_ = host_.now();
    host_.want_check(heard_at_ + timeouts_.silence);
  }
  add(*stream);
  return stream;
}

Result<> ClientSession::submit(ClientStream& stream, const RequestHead& head,
                               std::optional<uint64_t> content_length, EndStream end) {
  SALLY_CHECK(stream.id == 0);
  if (stream.failure) {
    return *stream.failure;
  }
  path_.assign(head.path);
  if (!head.query.empty()) {
    path_.append("?").append(head.query);
  }
  char length[20];
  scratch_.clear();
  scratch_.push_back(name_value(":method", name_of(head.method)));
  scratch_.push_back(name_value(":scheme", head.scheme));
  scratch_.push_back(name_value(":authority", head.authority));
  scratch_.push_back(name_value(":path", path_));
  for (const Field& field : head.fields) {
    scratch_.push_back(name_value(field.name, field.value));
  }
  if (content_length) {
    const char* end_of_length = std::to_chars(length, length + sizeof(length), *content_length).ptr;
    scratch_.push_back(name_value("content-length", {length, end_of_length}));
  }
  if (head.te_trailers) {
    scratch_.push_back(name_value("te", "trailers"));
  }
  const nghttp2_data_provider provider = body_provider();
  const int32_t id =
      over() ? -1
             : nghttp2_submit_request(nghttp2_, nullptr, scratch_.data(), scratch_.size(),
                                      end == EndStream::kNo ? &provider : nullptr,
                                      static_cast<Stream*>(&stream));
  if (id < 0) {
    stream.closed = true;
    fail(stream, Error(ErrorKind::kUnavailable, "the upstream's HTTP/2 connection is closing"));
    return *stream.failure;
  }
  stream.id = id;
  if (stream.out.waiting() > 0) {
    stream.out_progress = host_.now();
    host_.want_check(stream.out_progress + timeouts_.write);
  }
  host_.want_flush();
  return ok();
}

void ClientSession::give_up(ClientStream& stream) {
  if (stream.id != 0 && !stream.closed && !lost_) {
    submit_reset(stream, NGHTTP2_CANCEL);
    nghttp2_session_set_stream_user_data(nghttp2_, stream.id, nullptr);
  }
  drop_input(stream);
  remove(stream);
  if (streams_.empty()) {
    idle_since_ = host_.now();
    host_.want_check(idle_since_ + timeouts_.idle);
  }
}

Stream* ClientSession::open_stream(int32_t) {
  return nullptr;
}

void ClientSession::on_head(Stream& base, EndStream end) {
  ClientStream& stream = of(base);
  const auto refuse = [&](Error why) {
    submit_reset(stream, NGHTTP2_PROTOCOL_ERROR);
    fail(stream, std::move(why));
  };
  if (stream.lines_overflow) {
    refuse(Error(ErrorKind::kUpstream, "the head of the upstream's answer is too large"));
    return;
  }
  stream.head_.fields.clear();
  stream.head_.content_length.reset();
  if (Result<> built = build_response(stream.lines, stream.head_); !built.ok()) {
    refuse(std::move(built).error());
    return;
  }
  if (stream.head_.status < 200) {
    if (stream.head_.status == 101 || end == EndStream::kYes) {
      refuse(Error(ErrorKind::kUpstream, "the upstream's interim answer is none"));
      return;
    }
    stream.lines.clear();
    return;
  }
  stream.head_complete = true;
  stream.declared = stream.head_.content_length.value_or(0);
  stream.reader.wake(host_);
}

void ClientSession::on_trailers(Stream& base) {
  ClientStream& stream = of(base);
  Result<> built = build_trailers(stream.trailer_lines, stream.trailer_fields_);
  if (stream.lines_overflow || !built.ok()) {
    submit_reset(stream, NGHTTP2_PROTOCOL_ERROR);
    fail(stream, Error(ErrorKind::kUpstream, "the upstream's trailers are malformed or too large"));
  }
}

void ClientSession::on_malformed_head(Stream& stream, const Error& why) {
  stream.failure.reset();
  fail(stream, Error(ErrorKind::kUpstream, "the upstream's answer: " + why.message()));
}

void ClientSession::on_stream_closed(Stream& stream, uint32_t code) {
  if (stream.in.finished()) {
    // The answer is complete. What was not sent of the request is not wanted.
    stream.out.clear();
    stream.writer.wake(host_);
    return;
  }
  const bool broken = over();
  fail(stream,
       Error(stream.head_complete && !broken ? ErrorKind::kUpstream : ErrorKind::kUnavailable,
             broken ? "the connection to the upstream broke" + why_broken_
                    : "the upstream reset the HTTP/2 stream with " +
                          std::string(error_code_name(code))));
}

void ClientSession::on_output_done(Stream&) {}

void ClientSession::on_connection_error(const Error& why) {
  why_broken_ = ": " + why.message();
}

void ClientSession::on_ping_ack() {}

void ClientSession::settle() {}

MonoTime ClientSession::check_more(MonoTime now) {
  if (over()) {
    return kNever;
  }
  if (streams_.empty()) {
    const MonoTime due = idle_since_ + timeouts_.idle;
    if (due > now) {
      return due;
    }
    nghttp2_session_terminate_session(nghttp2_, NGHTTP2_NO_ERROR);
    host_.want_flush();
    return kNever;
  }
  if (pong_due_ != kNever) {
    if (pong_due_ > now) {
      return pong_due_;
    }
    why_broken_ = ": it does not answer a PING";
    end_connection(NGHTTP2_NO_ERROR, Error(ErrorKind::kUnavailable, "it does not answer a PING"));
    return kNever;
  }
  const MonoTime due = heard_at_ + timeouts_.silence;
  if (due > now) {
    return due;
  }
  nghttp2_submit_ping(nghttp2_, NGHTTP2_FLAG_NONE, nullptr);
  host_.want_flush();
  pong_due_ = now + timeouts_.pong;
  return pong_due_;
}

}  // namespace sally::net::http2
