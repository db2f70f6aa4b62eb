#include "net/http2/session.h"

#include <algorithm>
#include <cstring>

namespace sally::net::http2 {
namespace {

// Of acknowledgements (PING, SETTINGS) that wait to be sent: more at a time is a flood.
constexpr size_t kMostAcks = 256;
constexpr size_t kMostSettings = 32;
constexpr size_t kMostContinuations = 8;
constexpr size_t kResetsRemembered = 512;
// A header block of this many times the limits is no mistake but a bomb.
constexpr size_t kBombFactor = 4;

std::string_view text(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

void append_u32(std::string& out, uint32_t value) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    out.push_back(static_cast<char>((value >> shift) & 0xffU));
  }
}

// A whole GOAWAY frame. RFC 9113 6.8.
std::string goaway_frame(int32_t last_stream, uint32_t code) {
  std::string frame({0, 0, 8, NGHTTP2_GOAWAY, 0, 0, 0, 0, 0});
  append_u32(frame, static_cast<uint32_t>(last_stream));
  append_u32(frame, code);
  return frame;
}

}  // namespace

std::string_view error_code_name(uint32_t code) {
  static constexpr std::array<std::string_view, 14> kNames = {"NO_ERROR",
                                                              "PROTOCOL_ERROR",
                                                              "INTERNAL_ERROR",
                                                              "FLOW_CONTROL_ERROR",
                                                              "SETTINGS_TIMEOUT",
                                                              "STREAM_CLOSED",
                                                              "FRAME_SIZE_ERROR",
                                                              "REFUSED_STREAM",
                                                              "CANCEL",
                                                              "COMPRESSION_ERROR",
                                                              "CONNECT_ERROR",
                                                              "ENHANCE_YOUR_CALM",
                                                              "INADEQUATE_SECURITY",
                                                              "HTTP_1_1_REQUIRED"};
  return code < kNames.size() ? kNames[code] : "an unknown error";
}

void Stream::reset() {
  id = 0;
  lines.clear();
  line_bytes = 0;
  lines_overflow = head_begun = head_complete = discard_input = reader_timed_out = false;
  declared = 0;
  in.clear();
  trailer_lines.clear();
  reader_deadline = kNever;
  out.clear();
  trailers.clear();
  out_ended = out_deferred = out_done = false;
  linger_until = kNever;
  closed = reset_by_us = false;
  failure.reset();
}

nghttp2_nv name_value(std::string_view name, std::string_view value) {
  // nghttp2 copies both and writes to neither.
  const auto octets = [](std::string_view text) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
  };
  return {octets(name), octets(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

// nghttp2's C callbacks, each forwarded to the member of the session.
struct Session::Callbacks {
  static Session& self(void* user) { return *static_cast<Session*>(user); }

  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user) {
    return self(user).begin_frame(*header);
  }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return self(user).begin_headers(*frame);
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                    size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                    void* user) {
    return self(user).header(*frame, text(name, name_size), text(value, value_size));
  }
  // A field that nghttp2 would leave out in silence. It breaks the request instead.
  static int invalid_header(nghttp2_session*, const nghttp2_frame* frame, const uint8_t*, size_t,
                            const uint8_t*, size_t, uint8_t, void* user) {
    nghttp2_submit_rst_stream(self(user).nghttp2_, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                              NGHTTP2_PROTOCOL_ERROR);
    self(user).invalid_frame(*frame, NGHTTP2_ERR_HTTP_HEADER);
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return self(user).frame_received(*frame);
  }
  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int code, void* user) {
    return self(user).invalid_frame(*frame, code);
  }
  static int data_received(nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size,
                           void* user) {
    return self(user).data_received(id, as_bytes(text(data, size)));
  }
  static int stream_closed(nghttp2_session*, int32_t id, uint32_t code, void* user) {
    return self(user).stream_closed(id, code);
  }
  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return self(user).frame_sent(*frame);
  }
  static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
    return self(user).frame_not_sent(*frame);
  }
  static ssize_t read_source(nghttp2_session*, int32_t id, uint8_t*, size_t most, uint32_t* flags,
                             nghttp2_data_source*, void* user) {
    return self(user).read_source(id, most, flags);
  }
  static int send_data(nghttp2_session*, nghttp2_frame* frame, const uint8_t* frame_header,
                       size_t count, nghttp2_data_source*, void* user) {
    return self(user).send_data(*frame, frame_header, count);
  }
};

void Session::Delete::operator()(nghttp2_session_callbacks* callbacks) const {
  nghttp2_session_callbacks_del(callbacks);
}
void Session::Delete::operator()(nghttp2_option* option) const {
  nghttp2_option_del(option);
}

Session::Session(SessionHost& host, Role role, const Limits& limits)
    : host_(host),
      role_(role),
      limits_(limits),
      flood_(limits.resets),
      scanner_(role == Role::kServer ? NGHTTP2_CLIENT_MAGIC_LEN : 0) {
  nghttp2_session_callbacks* raw_callbacks = nullptr;
  SALLY_CHECK(nghttp2_session_callbacks_new(&raw_callbacks) == 0);
  const std::unique_ptr<nghttp2_session_callbacks, Delete> callbacks(raw_callbacks);
  nghttp2_session_callbacks_set_on_begin_frame_callback(raw_callbacks, Callbacks::begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(raw_callbacks, Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(raw_callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(raw_callbacks,
                                                           Callbacks::invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(raw_callbacks, Callbacks::frame_received);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(raw_callbacks,
                                                               Callbacks::invalid_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw_callbacks,
                                                            Callbacks::data_received);
  nghttp2_session_callbacks_set_on_stream_close_callback(raw_callbacks, Callbacks::stream_closed);
  nghttp2_session_callbacks_set_on_frame_send_callback(raw_callbacks, Callbacks::frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(raw_callbacks,
                                                           Callbacks::frame_not_sent);
  nghttp2_session_callbacks_set_send_data_callback(raw_callbacks, Callbacks::send_data);

  nghttp2_option* raw_option = nullptr;
  SALLY_CHECK(nghttp2_option_new(&raw_option) == 0);
  const std::unique_ptr<nghttp2_option, Delete> option(raw_option);
  nghttp2_option_set_no_auto_window_update(raw_option, 1);
  nghttp2_option_set_no_closed_streams(raw_option, 1);
  nghttp2_option_set_max_outbound_ack(raw_option, kMostAcks);
  nghttp2_option_set_max_settings(raw_option, kMostSettings);
  nghttp2_option_set_max_continuations(raw_option, kMostContinuations);

  std::vector<nghttp2_settings_entry> settings = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(limits.stream_window)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(limits.head_bytes)},
  };
  if (role == Role::kServer) {
    SALLY_CHECK(nghttp2_session_server_new2(&nghttp2_, raw_callbacks, this, raw_option) == 0);
    settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams});
    settings.push_back({NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1});
  } else {
    SALLY_CHECK(nghttp2_session_client_new2(&nghttp2_, raw_callbacks, this, raw_option) == 0);
    settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  }
  SALLY_CHECK(
      nghttp2_submit_settings(nghttp2_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0);
  SALLY_CHECK(nghttp2_session_set_local_window_size(nghttp2_, NGHTTP2_FLAG_NONE, 0,
                                                    limits.connection_window) == 0);
}

Session::~Session() {
  nghttp2_session_del(nghttp2_);
}

std::optional<FrameScanner::Header> FrameScanner::next(ByteView bytes, size_t& offset) {
  const size_t skipped = std::min(skip_, bytes.size() - offset);
  skip_ -= skipped;
  offset += skipped;
  const size_t count = std::min(kHeader - have_, bytes.size() - offset);
  if (count > 0) {
    std::memcpy(header_.data() + have_, bytes.data() + offset, count);
  }
  have_ += count;
  offset += count;
  if (have_ < kHeader) {
    return std::nullopt;
  }
  have_ = 0;
  skip_ = size_t{header_[0]} << 16U | size_t{header_[1]} << 8U | header_[2];
  const uint32_t stream = uint32_t{header_[5]} << 24U | uint32_t{header_[6]} << 16U |
                          uint32_t{header_[7]} << 8U | header_[8];
  return Header{header_[3], static_cast<int32_t>(stream & 0x7fffffffU), offset - count};
}

void Session::receive(ByteView bytes) {
  size_t fed = 0;
  size_t offset = 0;
  while (!over()) {
    const std::optional<FrameScanner::Header> header = scanner_.next(bytes, offset);
    if (!header) {
      break;
    }
    if (header->type > NGHTTP2_CONTINUATION) {
      static_cast<void>(allow_overhead());
    } else if (header->type == NGHTTP2_DATA && stream_of(header->stream) == nullptr) {
      // Perhaps what comes before opens the stream.
      feed(bytes.subspan(fed, header->at - fed));
      fed = header->at;
      if (!over() && is_stale(header->stream)) {
        end_for_stale_frame();
      }
    }
  }
  feed(bytes.subspan(fed));
  settle();
  if (ending_ || nghttp2_session_want_write(nghttp2_) != 0) {
    host_.want_flush();
  }
}

void Session::feed(ByteView bytes) {
  if (over() || bytes.empty()) {
    return;
  }
  const ssize_t taken = nghttp2_session_mem_recv(nghttp2_, as_u8(bytes), bytes.size());
  if (taken < 0) {
    const auto code = static_cast<int>(taken);
    const bool calm = code == NGHTTP2_ERR_FLOODED || code == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
    end_connection(calm ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR,
                   Error(calm ? ErrorKind::kTooMany : ErrorKind::kInvalidInput,
                         std::string("HTTP/2: ") + nghttp2_strerror(code)));
  }
}

bool Session::take_output(Buffer& out, size_t enough) {
  if (lost_) {
    return false;
  }
  target_ = &out;
  enough_ = enough;
  while (!ending_ && out.size() < enough) {
    const uint8_t* frame = nullptr;
    const ssize_t size = nghttp2_session_mem_send(nghttp2_, &frame);
    if (size < 0) {
      end_connection(NGHTTP2_INTERNAL_ERROR,
                     Error(ErrorKind::kInternal, "HTTP/2: cannot serialise a frame"));
    }
    if (size <= 0) {
      break;
    }
    out.append(as_bytes(text(frame, static_cast<size_t>(size))));
  }
  target_ = nullptr;
  window_raised_ = false;
  settle();
  if (ending_) {
    out.append(as_bytes(last_words_));
    last_words_.clear();
    return false;
  }
  return out.size() >= enough && nghttp2_session_want_write(nghttp2_) != 0;
}

bool Session::finished() const {
  if (over()) {
    return lost_ || last_words_.empty();
  }
  return nghttp2_session_want_read(nghttp2_) == 0 && nghttp2_session_want_write(nghttp2_) == 0;
}

bool Session::going_away() const {
  return over() || nghttp2_session_check_request_allowed(nghttp2_) == 0;
}

void Session::check() {
  const MonoTime now = host_.now();
  MonoTime next = kNever;
  // Backwards: a stream that fails may leave the list.
  for (size_t i = streams_.size(); i-- > 0;) {
    Stream& stream = *streams_[i];
    if (stream.reader_deadline <= now) {
      stream.reader_deadline = kNever;
      stream.reader_timed_out = true;
      stream.reader.wake(host_);
    }
    next = std::min(next, stream.reader_deadline);
    if (stream.linger_until <= now) {
      stream.linger_until = kNever;
      submit_reset(stream, NGHTTP2_NO_ERROR);
    }
    next = std::min(next, stream.linger_until);
    if (!stream.closed && stream.out.waiting() > 0) {
      const MonoTime due = stream.out_progress + limits_.write_timeout;
      if (due <= now) {
        submit_reset(stream, NGHTTP2_CANCEL);
        fail(stream, Error(ErrorKind::kTimeout, "the peer takes no data on this HTTP/2 stream"));
      } else {
        next = std::min(next, due);
      }
    }
  }
  next = std::min(next, check_more(now));
  settle();
  if (!over() && next != kNever) {
    host_.want_check(next);
  }
}

void Session::connection_lost() {
  if (lost_) {
    return;
  }
  lost_ = true;
  close_all(NGHTTP2_CANCEL);
  settle();
}

void Session::end_connection(uint32_t code, Error why) {
  if (over()) {
    return;
  }
  ending_ = true;
  last_words_ = goaway_frame(highest_seen_, code);
  report(why);
  close_all(code);
  host_.want_flush();
}

void Session::close_all(uint32_t code) {
  // Backwards: a stream that is closed may leave the list.
  for (size_t i = streams_.size(); i-- > 0;) {
    Stream& stream = *streams_[i];
    if (!stream.closed) {
      stream.closed = true;
      on_stream_closed(stream, code);
    }
  }
}

void Session::report(const Error& why) {
  if (!reported_) {
    reported_ = true;
    on_connection_error(why);
  }
}

void Session::add(Stream& stream) {
  stream.place = streams_.size();
  streams_.push_back(&stream);
}

void Session::remove(Stream& stream) {
  streams_[stream.place] = streams_.back();
  streams_[stream.place]->place = stream.place;
  streams_.pop_back();
}

void Session::submit_reset(Stream& stream, uint32_t code) {
  if (over() || stream.closed || stream.reset_by_us) {
    return;
  }
  stream.reset_by_us = true;
  nghttp2_submit_rst_stream(nghttp2_, NGHTTP2_FLAG_NONE, stream.id, code);
  host_.want_flush();
}

Task<Result<>> Session::write_body(Stream& stream, ByteView bytes) {
  if (stream.failure) {
    co_return *stream.failure;
  }
  if (bytes.empty() || stream.closed) {
    co_return ok();  // closed without a failure: the answer is complete, the peer wants no more
  }
  if (stream.out.waiting() == 0) {
    stream.out_progress = host_.now();
    host_.want_check(stream.out_progress + limits_.write_timeout);
  }
  if (stream.out.try_buffer(bytes)) {
    resume_output(stream);
    co_return ok();
  }
  stream.out.lend(bytes);
  resume_output(stream);
  while (stream.out.lent()) {
    co_await stream.writer.wait(host_);
  }
  if (stream.failure) {
    co_return *stream.failure;
  }
  co_return ok();
}

void Session::resume_output(Stream& stream) {
  if (over() || stream.closed) {
    return;
  }
  if (stream.out_deferred) {
    stream.out_deferred = false;
    nghttp2_session_resume_data(nghttp2_, stream.id);
  }
  host_.want_flush();
}

void Session::end_output(Stream& stream, const Fields& trailers) {
  for (const Field& field : trailers) {
    stream.trailers.add(field.name, field.value);
  }
  stream.out_ended = true;
  resume_output(stream);
}

void Session::consume(Stream& stream, size_t count) {
  if (over() || count == 0) {
    return;
  }
  if (stream.closed || stream.in.finished()) {
    nghttp2_session_consume_connection(nghttp2_, count);
  } else {
    nghttp2_session_consume(nghttp2_, stream.id, count);
  }
  if (nghttp2_session_want_write(nghttp2_) != 0) {
    host_.want_flush();
  }
}

void Session::drop_input(Stream& stream) {
  stream.discard_input = true;
  if (const size_t dropped = stream.in.discard(); dropped > 0 && !over()) {
    nghttp2_session_consume_connection(nghttp2_, dropped);
    host_.want_flush();
  }
}

void Session::fail(Stream& stream, Error why) {
  if (!stream.failure) {
    stream.failure = std::move(why);
  }
  stream.out.clear();
  stream.reader_deadline = kNever;
  stream.reader.wake(host_);
  stream.writer.wake(host_);
}

nghttp2_data_provider Session::body_provider() {
  nghttp2_data_provider provider{};
  provider.read_callback = Callbacks::read_source;
  return provider;
}

Stream* Session::stream_of(int32_t id) const {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(nghttp2_, id));
}

bool Session::allow_overhead() {
  if (flood_.overhead(host_.now())) {
    return true;
  }
  end_connection(NGHTTP2_ENHANCE_YOUR_CALM,
                 Error(ErrorKind::kTooMany, "HTTP/2: a flood of frames that carry nothing"));
  return false;
}

bool Session::allow_reset() {
  if (flood_.reset(host_.now())) {
    return true;
  }
  end_connection(NGHTTP2_ENHANCE_YOUR_CALM,
                 Error(ErrorKind::kTooMany, "HTTP/2: more than " + std::to_string(limits_.resets) +
                                                " streams were reset within 30 s"));
  return false;
}

bool Session::is_stale(int32_t id) const {
  // A stream that is over, or was skipped (RFC 9113 5.1, 5.1.1). nghttp2 keeps no closed streams
  // and ignores these frames.
  return role_ == Role::kServer && !goaway_sent_ && id % 2 == 1 && id <= highest_seen_ &&
         stream_of(id) == nullptr &&
         std::find(reset_lately_.begin(), reset_lately_.end(), id) == reset_lately_.end();
}

void Session::end_for_stale_frame() {
  end_connection(NGHTTP2_STREAM_CLOSED,
                 Error(ErrorKind::kInvalidInput, "HTTP/2: a message on a stream that is closed"));
}

void Session::remember_reset(int32_t id) {
  if (role_ == Role::kClient) {
    return;
  }
  if (reset_lately_.size() < kResetsRemembered) {
    reset_lately_.push_back(id);
    return;
  }
  reset_lately_[reset_next_] = id;
  reset_next_ = (reset_next_ + 1) % kResetsRemembered;
}

int Session::begin_frame(const nghttp2_frame_hd& header) {
  if (header.type == NGHTTP2_HEADERS && is_stale(header.stream_id)) {
    end_for_stale_frame();
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  if (header.type == NGHTTP2_PRIORITY && header.stream_id == 0) {
    end_connection(NGHTTP2_PROTOCOL_ERROR,
                   Error(ErrorKind::kInvalidInput, "HTTP/2: PRIORITY on stream 0"));
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  bool carries = false;
  switch (header.type) {
    case NGHTTP2_HEADERS:
      highest_seen_ = std::max(highest_seen_, header.stream_id);
      flood_.productive();
      carries = true;
      break;
    case NGHTTP2_DATA:
      carries = header.length > 0 || (header.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      break;
    case NGHTTP2_CONTINUATION:
      carries = header.length > 0;
      break;
    default:
      break;
  }
  return carries || allow_overhead() ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Session::begin_headers(const nghttp2_frame& frame) {
  if ((frame.hd.flags & NGHTTP2_FLAG_END_HEADERS) == 0) {
    block_since_ = host_.now();
  }
  Stream* stream = stream_of(frame.hd.stream_id);
  if (stream == nullptr) {
    if (role_ == Role::kClient) {
      return 0;  // of an exchange that was given up
    }
    stream = open_stream(frame.hd.stream_id);
    if (stream == nullptr) {
      if (!allow_reset()) {
        return NGHTTP2_ERR_CALLBACK_FAILURE;
      }
      remember_reset(frame.hd.stream_id);
      nghttp2_submit_rst_stream(nghttp2_, NGHTTP2_FLAG_NONE, frame.hd.stream_id,
                                NGHTTP2_REFUSED_STREAM);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    nghttp2_session_set_stream_user_data(nghttp2_, frame.hd.stream_id, stream);
  }
  stream->head_begun = true;
  stream->line_bytes = 0;
  return 0;
}

int Session::header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Stream* stream = stream_of(frame.hd.stream_id);
  if (stream == nullptr) {
    return 0;
  }
  stream->line_bytes += name.size() + value.size() + 32;
  if (stream->line_bytes > kBombFactor * (limits_.head_bytes + 32 * limits_.field_count)) {
    end_connection(NGHTTP2_ENHANCE_YOUR_CALM,
                   Error(ErrorKind::kTooLarge, "HTTP/2: a header list of many times the limit"));
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  if (stream->head_complete) {
    // Trailers: the answer's are kept apart from its head, whose views must stay valid.
    if (stream->line_bytes > limits_.head_bytes) {
      stream->lines_overflow = true;
    } else {
      stream->trailer_lines.add(name, value);
    }
    return 0;
  }
  if (stream->line_bytes > limits_.head_bytes || stream->lines.count() >= limits_.field_count) {
    stream->lines_overflow = true;
  } else {
    stream->lines.add(name, value);
  }
  return 0;
}

int Session::frame_received(const nghttp2_frame& frame) {
  Stream* stream = frame.hd.stream_id != 0 ? stream_of(frame.hd.stream_id) : nullptr;
  const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      block_since_ = kNever;
      if (stream == nullptr) {
        break;
      }
      if (stream->head_complete) {
        on_trailers(*stream);
      } else {
        on_head(*stream, end ? EndStream::kYes : EndStream::kNo);
      }
      break;
    case NGHTTP2_SETTINGS:
      settings_seen_ = true;
      for (size_t i = 0; i < frame.settings.niv; ++i) {
        window_raised_ = window_raised_ ||
                         frame.settings.iv[i].settings_id == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE;
      }
      break;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) {
        on_ping_ack();
      }
      break;
    case NGHTTP2_RST_STREAM:
      if (!allow_reset()) {
        return NGHTTP2_ERR_CALLBACK_FAILURE;
      }
      break;
    default:
      break;
  }
  if (stream != nullptr && end &&
      (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA)) {
    stream->in.finish();
    stream->reader.wake(host_);
  }
  return 0;
}

int Session::invalid_frame(const nghttp2_frame& frame, int code) {
  if (frame.hd.type != NGHTTP2_HEADERS) {
    return 0;
  }
  block_since_ = kNever;
  Stream* stream = stream_of(frame.hd.stream_id);
  if (stream == nullptr) {
    remember_reset(frame.hd.stream_id);  // refused: one more than is allowed at a time
    return 0;
  }
  if (!stream->head_complete && !stream->failure) {
    const Error why(ErrorKind::kInvalidInput,
                    std::string("HTTP/2: malformed header block: ") + nghttp2_strerror(code),
                    "see RFC 9113 section 8.2 and 8.3");
    stream->failure = why;
    on_malformed_head(*stream, why);
  }
  return 0;
}

int Session::data_received(int32_t id, ByteView bytes) {
  Stream* stream = stream_of(id);
  if (stream == nullptr || stream->discard_input) {
    nghttp2_session_consume_connection(nghttp2_, bytes.size());
    return 0;
  }
  stream->in.append(bytes, stream->declared);
  stream->reader.wake(host_);
  return 0;
}

int Session::stream_closed(int32_t id, uint32_t code) {
  if (Stream* stream = stream_of(id); stream != nullptr && !stream->closed) {
    nghttp2_session_set_stream_user_data(nghttp2_, id, nullptr);
    stream->closed = true;
    on_stream_closed(*stream, code);
  }
  return 0;
}

int Session::frame_sent(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_DATA:
    case NGHTTP2_HEADERS: {
      flood_.productive();
      Stream* stream = stream_of(frame.hd.stream_id);
      if (stream != nullptr && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        stream->out_done = true;
        on_output_done(*stream);
      }
      break;
    }
    case NGHTTP2_RST_STREAM: {
      // One that the peer provoked counts as if the peer had sent it.
      remember_reset(frame.hd.stream_id);
      Stream* stream = stream_of(frame.hd.stream_id);
      const uint32_t code = frame.rst_stream.error_code;
      if ((stream != nullptr && stream->reset_by_us) || code == NGHTTP2_NO_ERROR) {
        break;
      }
      if (code == NGHTTP2_FLOW_CONTROL_ERROR && window_raised_) {
        // RFC 9113 6.9.2 asks for more than nghttp2 does.
        end_connection(code, Error(ErrorKind::kInvalidInput,
                                   "HTTP/2: SETTINGS that overflow a stream's window"));
      }
      if (stream != nullptr) {
        fail(*stream,
             Error(role_ == Role::kServer ? ErrorKind::kInvalidInput : ErrorKind::kUpstream,
                   "the peer broke the rules of HTTP/2 on this stream: " +
                       std::string(error_code_name(code))));
      }
      if (over() || !allow_reset()) {
        return NGHTTP2_ERR_CALLBACK_FAILURE;
      }
      break;
    }
    case NGHTTP2_GOAWAY:
      goaway_sent_ = true;
      if (frame.goaway.error_code != NGHTTP2_NO_ERROR) {
        report(Error(ErrorKind::kInvalidInput,
                     "HTTP/2: " + std::string(error_code_name(frame.goaway.error_code))));
      }
      break;
    default:
      break;
  }
  return 0;
}

int Session::frame_not_sent(const nghttp2_frame& frame) {
  // A request that nghttp2 did not open: the peer said GOAWAY, or the ids are used up.
  if (role_ == Role::kClient && frame.hd.type == NGHTTP2_HEADERS) {
    for (Stream* stream : streams_) {
      if (stream->id == frame.hd.stream_id && !stream->closed) {
        stream->closed = true;
        on_stream_closed(*stream, NGHTTP2_REFUSED_STREAM);
        break;
      }
    }
  }
  return 0;
}

ssize_t Session::read_source(int32_t id, size_t most, uint32_t* flags) {
  Stream* found = stream_of(id);
  if (found == nullptr) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  Stream& stream = *found;
  const size_t waiting = stream.out.waiting();
  if (waiting == 0 && !stream.out_ended) {
    stream.out_deferred = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const size_t count = std::min(most, waiting);
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (count == waiting && stream.out_ended) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (stream.trailers.count() > 0) {
      std::vector<nghttp2_nv> fields;
      for (size_t i = 0; i < stream.trailers.count(); ++i) {
        fields.push_back(name_value(stream.trailers.line(i).name, stream.trailers.line(i).value));
      }
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      nghttp2_submit_trailer(nghttp2_, stream.id, fields.data(), fields.size());
    }
  }
  return static_cast<ssize_t>(count);
}

int Session::send_data(const nghttp2_frame& frame, const uint8_t* frame_header, size_t count) {
  constexpr size_t kHeader = 9;
  Stream* found = stream_of(frame.hd.stream_id);
  SALLY_CHECK(frame.data.padlen == 0 && found != nullptr);  // read_source was asked just now
  Stream& stream = *found;
  target_->append(as_bytes(text(frame_header, kHeader)));
  stream.out.take(*target_, count);
  stream.out_progress = host_.now();
  if (!stream.out.lent()) {
    stream.writer.wake(host_);
  }
  return target_->size() >= enough_ ? NGHTTP2_ERR_PAUSE : 0;
}

}  // namespace sally::net::http2
