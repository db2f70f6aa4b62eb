#include "net/http2/server_session.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace sally::net::http2 {
namespace {

// Unread bytes that one stream, and the connection as a whole, may make us hold.
constexpr int32_t kStreamWindow = 256 * 1024;
constexpr int32_t kConnectionWindow = 4 * 1024 * 1024;
// How long a client may still open streams after it was told not to.
constexpr Millis kDrainGrace{1'000};
// How much of a request may still come after its answer, and for how long.
constexpr uint64_t kLingerBytes = 64 * 1024;
constexpr Millis kLinger{2'000};
constexpr size_t kSpareStreams = 8;

bool has_no_body(uint16_t status) {
  return status == 204 || status == 304;
}

Error client_gone() {
  return Error(ErrorKind::kCancelled, "the client reset the HTTP/2 stream or went away");
}

}  // namespace

// One stream and its answer. Lives until nghttp2 has closed the stream and the handler has
// returned.
class ServerStream final : public ServerExchange, public Stream {
 public:
  explicit ServerStream(ServerSession& session) : session_(session) {}

  [[nodiscard]] const RequestHead& head() const override { return head_; }
  [[nodiscard]] const Peer& peer() const override { return session_.peer_; }

  [[nodiscard]] std::optional<ByteView> whole_body() override {
    if (failure || in.total() > session_.http_limits_.body_bytes) {
      return std::nullopt;
    }
    const size_t waiting = in.waiting();
    const std::optional<ByteView> whole = in.whole();
    if (whole) {
      session_.consume(*this, waiting);
    }
    return whole;
  }

  Task<Result<ByteView>> next_body() override {
    for (;;) {
      if (failure) {
        co_return *failure;
      }
      if (stopped_) {
        co_return Error(ErrorKind::kCancelled, "the body is no longer read");
      }
      if (slow_) {
        co_return Error(ErrorKind::kTimeout, "the body arrives too slowly");
      }
      if (std::max(in.total(), declared) > session_.http_limits_.body_bytes) {
        co_return Error(ErrorKind::kTooLarge, "the body is larger than " +
                                                  std::to_string(session_.http_limits_.body_bytes) +
                                                  " bytes");
      }
      if (in.waiting() > 0) {
        const ByteView piece = in.take();
        session_.consume(*this, piece.size());
        co_return piece;
      }
      if (in.finished()) {
        co_return ByteView{};
      }
      if (std::exchange(expects_continue_, false) && !started_) {
        session_.submit_continue(*this);
      }
      const MonoTime since = session_.host_.now();
      reader_deadline = since + session_.http_limits_.body_timeout;
      session_.host_.want_check(reader_deadline);
      co_await reader.wait(session_.host_);
      reader_deadline = kNever;
      waited_ += session_.host_.now() - since;
      if (std::exchange(reader_timed_out, false) || too_slow()) {
        slow_ = true;  // may still be answered
      }
    }
  }

  void stop_reading() override {
    stopped_ = true;
    session_.drop_input(*this);
    reader.wake(session_.host_);
  }

  Task<Result<>> respond(const ResponseHead& head, ByteView body) override {
    const bool bodiless = head_.method == Method::kHead || has_no_body(head.status);
    ResponseHead framed = head;
    if (!framed.content_length && !has_no_body(head.status)) {
      framed.content_length = body.size();
    }
    if (bodiless || body.empty()) {
      out_ended = true;
      co_return session_.submit_head(*this, framed, EndStream::kYes);
    }
    if (out.try_buffer(body)) {
      out_ended = true;
      co_return session_.submit_head(*this, framed, EndStream::kNo);
    }
    CO_TRY_OK(session_.submit_head(*this, framed, EndStream::kNo));
    out_ended = true;  // with the last of the body
    co_return co_await session_.write_body(*this, body);
  }

  Task<Result<>> start(const ResponseHead& head) override {
    bodiless_ = head_.method == Method::kHead || has_no_body(head.status);
    promised_ = head.content_length;
    out_ended = bodiless_;
    co_return session_.submit_head(*this, head, bodiless_ ? EndStream::kYes : EndStream::kNo);
  }

  Task<Result<>> write(ByteView bytes) override {
    SALLY_CHECK(started_);
    if (bodiless_) {
      co_return failure ? Result<>(*failure) : ok();
    }
    SALLY_CHECK(!out_ended);
    written_ += bytes.size();
    if (promised_ && written_ > *promised_) {
      abort();
      co_return Error(ErrorKind::kInternal, "more body than the declared content-length");
    }
    co_return co_await session_.write_body(*this, bytes);
  }

  Task<Result<>> finish(const Fields& trailer_fields) override {
    SALLY_CHECK(started_);
    if (failure) {
      co_return *failure;
    }
    if (bodiless_) {
      co_return ok();
    }
    if (promised_ && written_ != *promised_) {
      abort();
      co_return Error(ErrorKind::kInternal, "less body than the declared content-length");
    }
    session_.end_output(*this, trailer_fields);
    co_return ok();
  }

  void abort() override {
    session_.submit_reset(*this, NGHTTP2_INTERNAL_ERROR);
    session_.fail(*this, Error(ErrorKind::kCancelled, "the exchange was aborted"));
  }
  [[nodiscard]] bool response_started() const override { return started_; }

  void watch(GoneWatcher* watcher) override { watcher_ = watcher; }

  Task<Result<>> switch_protocols(const ResponseHead&) override {
    co_return Error(ErrorKind::kInvalidInput, "HTTP/2 has no `Upgrade`",
                    "open this protocol over HTTP/1.1");
  }

 private:
  friend class ServerSession;

  [[nodiscard]] bool too_slow() const {
    const HttpLimits& limits = session_.http_limits_;
    if (in.finished() || waited_ <= limits.body_timeout) {
      return false;
    }
    const auto seconds =
        static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(waited_).count());
    return in.total() < seconds * limits.body_min_rate;
  }

  // Ready for the next stream.
  void recycle() {
    Stream::reset();
    head_.fields.clear();
    Fields fields = std::move(head_.fields);
    head_ = RequestHead{};
    head_.fields = std::move(fields);
    watcher_ = nullptr;
    handled_ = started_ = bodiless_ = expects_continue_ = queued_ = stopped_ = slow_ = false;
    promised_.reset();
    written_ = 0;
    waited_ = {};
  }

  ServerSession& session_;
  RequestHead head_;
  GoneWatcher* watcher_ = nullptr;
  bool handled_ = false;  // a handler runs
  bool queued_ = false;   // in ready_ or gone_
  bool started_ = false;  // the answer's head was submitted
  bool bodiless_ = false;
  bool expects_continue_ = false;
  bool stopped_ = false;              // the handler wants no more of the body
  bool slow_ = false;                 // the client was slow with it
  std::optional<uint64_t> promised_;  // content-length of the answer
  uint64_t written_ = 0;
  Nanos waited_{};  // for the body, in all
};

ServerSession::ServerSession(SessionHost& host, Handler& handler, const HttpLimits& limits,
                             const Peer& peer)
    : Session(host, Role::kServer,
              {.head_bytes = limits.head_bytes,
               .field_count = limits.field_count,
               .streams = limits.h2_streams,
               .resets = limits.h2_resets,
               .write_timeout = limits.write_timeout,
               .stream_window = kStreamWindow,
               .connection_window = kConnectionWindow}),
      handler_(handler),
      http_limits_(limits),
      peer_(peer),
      opened_at_(host.now()),
      idle_since_(opened_at_) {
  host_.want_flush();
  host_.want_check(opened_at_ + limits.head_timeout);
}

ServerSession::~ServerSession() = default;

Task<void> ServerSession::wait_until_quiet() {
  while (!quiet()) {
    co_await quiet_.wait(host_);
  }
}

ServerStream& ServerSession::of(Stream& stream) {
  return static_cast<ServerStream&>(stream);
}

Stream* ServerSession::open_stream(int32_t id) {
  // Handlers outlive streams that were reset: they count, or resets would buy unbounded work.
  if (streams_.size() >= size_t{2} * http_limits_.h2_streams) {
    return nullptr;
  }
  if (spare_.empty()) {
    spare_.push_back(std::make_unique<ServerStream>(*this));
  }
  std::unique_ptr<ServerStream> stream = std::move(spare_.back());
  spare_.pop_back();
  stream->id = id;
  add(*stream);
  owned_.push_back(std::move(stream));
  // Streams of one client share the connection in turn, whatever it says about their priority.
  const nghttp2_extpri in_turn{NGHTTP2_EXTPRI_DEFAULT_URGENCY, 1};
  nghttp2_session_change_extpri_stream_priority(nghttp2_, id, &in_turn, 1);
  host_.want_check(host_.now() + http_limits_.head_timeout);
  return owned_.back().get();
}

void ServerSession::on_head(Stream& base, EndStream end) {
  ServerStream& stream = of(base);
  stream.head_complete = true;
  if (stream.lines_overflow) {
    refuse(stream,
           {431, Error(ErrorKind::kTooLarge,
                       "the fields are more than " + std::to_string(http_limits_.head_bytes) +
                           " bytes or " + std::to_string(http_limits_.field_count) + " lines")});
    return;
  }
  RequestExtras extras;
  if (std::optional<HeadRefusal> why = build_request(
          stream.lines, end, peer_.tls ? "https" : "http", http_limits_, stream.head_, extras)) {
    refuse(stream, *why);
    return;
  }
  stream.declared = stream.head_.content_length.value_or(0);
  stream.expects_continue_ = extras.expects_continue;
  stream.queued_ = true;
  ready_.push_back(&stream);
}

void ServerSession::on_trailers(Stream& base) {
  // An exchange has no place for a request's trailer fields; nobody behind may need them (RFC 9110
  // 6.5.1). nghttp2 has checked them.
  base.trailer_lines.clear();
}

void ServerSession::on_malformed_head(Stream&, const Error& why) {
  handler_.refuse_malformed({0, why, peer_, HttpVersion::kHttp2});
}

void ServerSession::on_connection_error(const Error& why) {
  handler_.refuse_malformed({0, why, peer_, HttpVersion::kHttp2});
}

void ServerSession::refuse(ServerStream& stream, const HeadRefusal& why) {
  const Handler::PlainAnswer answer =
      handler_.refuse_malformed({why.status, why.error, peer_, HttpVersion::kHttp2});
  drop_input(stream);
  ResponseHead head;
  head.status = why.status;
  head.fields.add("content-type", answer.content_type);
  head.content_length = answer.body.size();
  stream.out_ended = true;
  const bool fits = stream.out.try_buffer(as_bytes(answer.body));
  const bool body = fits && !answer.body.empty();
  if (!fits || !submit_head(stream, head, body ? EndStream::kNo : EndStream::kYes).ok()) {
    submit_reset(stream, NGHTTP2_PROTOCOL_ERROR);
  }
}

void ServerSession::settle() {
  // Outside nghttp2, so that handlers may do what they like. A stream that was opened and reset in
  // one read never reaches its handler.
  for (size_t i = 0; i < ready_.size(); ++i) {
    ServerStream& stream = *ready_[i];
    stream.queued_ = false;
    if (stream.closed || stream.failure) {
      release_if_done(stream);
      continue;
    }
    stream.handled_ = true;
    running_.start(run(stream));
  }
  ready_.clear();
  for (size_t i = 0; i < gone_.size(); ++i) {
    ServerStream& stream = *gone_[i];
    stream.queued_ = false;
    if (ServerExchange::GoneWatcher* watcher = std::exchange(stream.watcher_, nullptr)) {
      watcher->on_client_gone();
    }
    release_if_done(stream);
  }
  gone_.clear();
}

Task<void> ServerSession::run(ServerStream& stream) {
  co_await handler_.serve(stream);
  stream.handled_ = false;
  stream.watcher_ = nullptr;
  if (!stream.failure && !stream.started_) {
    ResponseHead head;
    head.status = 500;
    head.content_length = 0;
    stream.out_ended = true;
    static_cast<void>(submit_head(stream, head, EndStream::kYes));
  } else if (!stream.failure && !stream.out_ended) {
    stream.abort();
  } else if (stream.failure) {
    submit_reset(stream, NGHTTP2_CANCEL);
  }
  drop_input(stream);
  release_if_done(stream);
  quiet_.wake(host_);  // this task is counted until it has returned
}

Result<> ServerSession::submit_head(ServerStream& stream, const ResponseHead& head, EndStream end) {
  SALLY_CHECK(!stream.started_);
  if (stream.failure) {
    return *stream.failure;
  }
  stream.started_ = true;
  char status[4];
  char length[20];
  const char* status_end = std::to_chars(status, status + sizeof(status), head.status).ptr;
  scratch_.clear();
  scratch_.push_back(name_value(":status", {status, status_end}));
  for (const Field& field : head.fields) {
    scratch_.push_back(name_value(field.name, field.value));
  }
  if (head.content_length && !has_no_body(head.status)) {
    const char* end_of_length =
        std::to_chars(length, length + sizeof(length), *head.content_length).ptr;
    scratch_.push_back(name_value("content-length", {length, end_of_length}));
  }
  const nghttp2_data_provider provider = body_provider();
  const bool body = end == EndStream::kNo;
  if (over() || stream.closed ||
      nghttp2_submit_response(nghttp2_, stream.id, scratch_.data(), scratch_.size(),
                              body ? &provider : nullptr) != 0) {
    fail(stream, client_gone());
    return *stream.failure;
  }
  if (body) {
    stream.out_progress = host_.now();
    host_.want_check(stream.out_progress + http_limits_.write_timeout);
  }
  host_.want_flush();
  return ok();
}

void ServerSession::submit_continue(ServerStream& stream) {
  if (over() || stream.closed) {
    return;
  }
  const nghttp2_nv status = name_value(":status", "100");
  nghttp2_submit_headers(nghttp2_, NGHTTP2_FLAG_NONE, stream.id, nullptr, &status, 1, nullptr);
  host_.want_flush();
}

void ServerSession::on_output_done(Stream& base) {
  ServerStream& stream = of(base);
  if (stream.in.finished()) {
    return;
  }
  // The answer is complete before the request: the rest of the request is of no use (RFC 9113 8.1).
  // But there are clients that take a reset for a failure and lose the answer: what is small may
  // still come, and is dropped.
  drop_input(stream);
  if (stream.declared > 0 && stream.declared <= stream.in.total() + kLingerBytes) {
    stream.linger_until = host_.now() + kLinger;
    host_.want_check(stream.linger_until);
  } else {
    submit_reset(stream, NGHTTP2_NO_ERROR);
  }
}

void ServerSession::on_stream_closed(Stream& base, uint32_t) {
  ServerStream& stream = of(base);
  if (!stream.out_done || !stream.in.finished()) {
    fail(stream, client_gone());  // with the answer complete: for a handler that still reads
  }
  if (!stream.handled_) {
    drop_input(stream);
  }
  if (stream.handled_ && !stream.out_done && !stream.queued_) {
    stream.queued_ = true;
    gone_.push_back(&stream);
  }
  release_if_done(stream);
}

void ServerSession::release_if_done(ServerStream& stream) {
  if (!stream.closed || stream.handled_ || stream.queued_) {
    return;
  }
  const size_t place = stream.place;
  remove(stream);
  std::unique_ptr<ServerStream> owned = std::move(owned_[place]);
  owned_[place] = std::move(owned_.back());
  owned_.pop_back();
  if (spare_.size() < kSpareStreams) {
    owned->recycle();
    spare_.push_back(std::move(owned));
  }
  if (streams_.empty()) {
    idle_since_ = host_.now();
    host_.want_check(idle_since_ + http_limits_.idle_timeout);
  }
}

void ServerSession::drain() {
  if (over() || drain_ != Drain::kNo) {
    return;
  }
  drain_ = Drain::kAnnounced;
  nghttp2_submit_shutdown_notice(nghttp2_);
  // Its acknowledgement says that the client has seen the notice.
  nghttp2_submit_ping(nghttp2_, NGHTTP2_FLAG_NONE, nullptr);
  drain_due_ = host_.now() + kDrainGrace;
  host_.want_check(drain_due_);
  host_.want_flush();
}

void ServerSession::on_ping_ack() {
  if (drain_ == Drain::kAnnounced) {
    begin_goaway();
  }
}

void ServerSession::begin_goaway() {
  drain_ = Drain::kFinal;
  drain_due_ = kNever;
  nghttp2_submit_goaway(nghttp2_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(nghttp2_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  host_.want_flush();
}

MonoTime ServerSession::check_more(MonoTime now) {
  if (over()) {
    return kNever;
  }
  MonoTime next = kNever;
  // `since` is when something began that must be over within `allowed`.
  const auto overdue = [&](MonoTime since, Millis allowed) {
    if (since == kNever) {
      return false;
    }
    next = std::min(next, since + allowed);
    return since + allowed <= now;
  };
  if ((!settings_seen_ && overdue(opened_at_, http_limits_.head_timeout)) ||
      overdue(block_since_, http_limits_.head_timeout)) {
    end_connection(NGHTTP2_ENHANCE_YOUR_CALM,
                   Error(ErrorKind::kTimeout, "HTTP/2: the preface or a head took longer than " +
                                                  format_duration(http_limits_.head_timeout)));
    return kNever;
  }
  if (drain_ == Drain::kAnnounced && overdue(drain_due_, Millis{0})) {
    begin_goaway();
  }
  if (streams_.empty() && drain_ != Drain::kFinal &&
      overdue(idle_since_, http_limits_.idle_timeout)) {
    begin_goaway();
  }
  return next;
}

}  // namespace sally::net::http2
