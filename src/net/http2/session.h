// Session: what the two ends of an HTTP/2 connection have in common. Bytes in, bytes out, no I/O.
// RFC 9113 on nghttp2. Streams are flow-controlled by their readers: nothing is acknowledged to the
// peer before the coroutine that reads the body took it.
#pragma once

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "net/buffer.h"
#include "net/http2/body.h"
#include "net/http2/flood.h"
#include "net/http2/head.h"
#include "net/http2/session_host.h"

namespace sally::net::http2 {

inline constexpr MonoTime kNever = MonoTime::max();

// One stream, as both sides keep it.
struct Stream {
  int32_t id = 0;
  size_t place = 0;  // in the session's list

  // What arrives.
  HeadBuffer lines;  // of the header block at hand
  size_t line_bytes = 0;
  bool lines_overflow = false;
  bool head_begun = false;  // a header block, be it of a 1xx
  bool head_complete = false;
  uint64_t declared = 0;  // content-length of what arrives, 0 where unknown
  InBody in;
  HeadBuffer trailer_lines;
  bool discard_input = false;  // nobody will read it: acknowledge and drop
  Waiter reader;
  MonoTime reader_deadline = kNever;
  bool reader_timed_out = false;

  // What leaves.
  OutBody out;
  HeadBuffer trailers;
  bool out_ended = false;     // nothing will be added
  bool out_deferred = false;  // nghttp2 waits for resume
  bool out_done = false;      // END_STREAM was sent
  MonoTime out_progress{};    // when bytes last left, or began to wait
  Waiter writer;
  // Our side is over; what is left of the request may still come until then, and is dropped.
  MonoTime linger_until = kNever;

  // Ready for another stream; keeps some of the memory.
  void reset();

  bool closed = false;           // nghttp2 has forgotten it
  bool reset_by_us = false;      // we asked for a reset
  std::optional<Error> failure;  // why waiting calls fail from now on
};

// Finds the frame headers in a byte stream, whatever the pieces it comes in. Looks at nine octets
// of each frame and skips the rest.
class FrameScanner {
 public:
  // Where the first frame begins.
  explicit FrameScanner(size_t skip) : skip_(skip) {}
  struct Header {
    uint8_t type;
    int32_t stream;
    size_t at;  // of its first octet in `bytes`; 0 where that came earlier
  };
  // The next header that ends in `bytes`, from `offset` on, which moves behind it. nullopt: there
  // is none any more.
  std::optional<Header> next(ByteView bytes, size_t& offset);

 private:
  static constexpr size_t kHeader = 9;
  size_t skip_;
  size_t have_ = 0;
  std::array<uint8_t, kHeader> header_{};
};

class Session {
 public:
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Takes bytes from the peer.
  void receive(ByteView bytes);
  // Appends output until `out` has `enough` bytes or more, or nothing is left to send. Returns
  // whether there may be more.
  bool take_output(Buffer& out, size_t enough);
  // Enforces what is due and asks the host for the next call.
  void check();
  // The connection is gone: every waiting call fails, nothing is sent any more.
  void connection_lost();
  // No stream will be opened any more: the connection is ending, or either side said GOAWAY.
  [[nodiscard]] bool going_away() const;
  // Nothing will be read or sent any more: flush what was taken and close the connection.
  [[nodiscard]] bool finished() const;

 protected:
  struct Limits {
    size_t head_bytes;
    size_t field_count;
    uint32_t streams;  // that the peer may open
    uint32_t resets;
    Millis write_timeout;
    int32_t stream_window;
    int32_t connection_window;
  };
  enum class Role : uint8_t { kServer, kClient };

  Session(SessionHost& host, Role role, const Limits& limits);
  ~Session();

  // What the ends do differently. Called from within receive, take_output, check and
  // connection_lost; must not call these.
  // The peer opens a stream (servers only): its object, or nullptr to refuse it.
  virtual Stream* open_stream(int32_t id) = 0;
  // A header block is complete. The first one of a stream, and for a client those after a 1xx.
  virtual void on_head(Stream& stream, EndStream end) = 0;
  virtual void on_trailers(Stream& stream) = 0;
  // The header block of a stream whose head is not complete was refused by nghttp2.
  virtual void on_malformed_head(Stream& stream, const Error& why) = 0;
  // nghttp2 has forgotten the stream, or never opened it.
  virtual void on_stream_closed(Stream& stream, uint32_t code) = 0;
  // The connection ends because of what the peer did. Once.
  virtual void on_connection_error(const Error& why) = 0;
  // Everything that `stream` sends has left, END_STREAM included.
  virtual void on_output_done(Stream& stream) = 0;
  virtual void on_ping_ack() = 0;
  // At the end of each call from the host, outside nghttp2: whatever must not happen within.
  virtual void settle() = 0;
  // Deadlines beside those of streams that wait: enforces them and returns the next one.
  virtual MonoTime check_more(MonoTime now) = 0;

  // Ends the connection with GOAWAY `code`, at once and without nghttp2's queue.
  void end_connection(uint32_t code, Error why);

  void add(Stream& stream);     // to the list of those that check() looks after
  void remove(Stream& stream);  // from it

  // Asks for RST_STREAM. The stream stays until on_stream_closed.
  void submit_reset(Stream& stream, uint32_t code);
  // Buffers or lends `bytes` and waits until they are taken.
  Task<Result<>> write_body(Stream& stream, ByteView bytes);
  // Lets nghttp2 fetch what waits in stream.out.
  void resume_output(Stream& stream);
  // Marks the end of what `stream` sends.
  void end_output(Stream& stream, const Fields& trailers);
  // Acknowledges `count` bytes that the reader took.
  void consume(Stream& stream, size_t count);
  // Throws away what arrived and will arrive on `stream`.
  void drop_input(Stream& stream);
  // Fails the calls that wait on `stream`, and the later ones.
  void fail(Stream& stream, Error why);
  // What nghttp2 asks for a stream's body.
  [[nodiscard]] static nghttp2_data_provider body_provider();
  [[nodiscard]] bool over() const { return lost_ || ending_; }

  SessionHost& host_;
  const Role role_;
  const Limits limits_;
  nghttp2_session* nghttp2_ = nullptr;
  std::vector<Stream*> streams_;
  FloodGuard flood_;
  int32_t highest_seen_ = 0;       // stream of the peer
  bool settings_seen_ = false;     // the peer's first SETTINGS
  MonoTime block_since_ = kNever;  // a header block is incomplete since
  bool lost_ = false;

 private:
  struct Callbacks;
  friend struct Callbacks;
  struct Delete {
    void operator()(nghttp2_session_callbacks* callbacks) const;
    void operator()(nghttp2_option* option) const;
  };

  void feed(ByteView bytes);
  int begin_frame(const nghttp2_frame_hd& header);
  // Whether HEADERS or DATA on a stream that nghttp2 does not know are the peer's fault.
  [[nodiscard]] bool is_stale(int32_t id) const;
  void end_for_stale_frame();
  void remember_reset(int32_t id);
  int begin_headers(const nghttp2_frame& frame);
  int header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int frame_received(const nghttp2_frame& frame);
  int invalid_frame(const nghttp2_frame& frame, int code);
  int data_received(int32_t id, ByteView bytes);
  int stream_closed(int32_t id, uint32_t code);
  int frame_sent(const nghttp2_frame& frame);
  int frame_not_sent(const nghttp2_frame& frame);
  ssize_t read_source(int32_t id, size_t most, uint32_t* flags);
  int send_data(const nghttp2_frame& frame, const uint8_t* frame_header, size_t count);
  [[nodiscard]] Stream* stream_of(int32_t id) const;
  [[nodiscard]] bool allow_overhead();
  [[nodiscard]] bool allow_reset();
  void report(const Error& why);
  void close_all(uint32_t code);

  FrameScanner scanner_;
  std::string last_words_;  // a GOAWAY of ours
  bool ending_ = false;     // only last_words_ are left to send
  bool reported_ = false;
  bool goaway_sent_ = false;
  bool window_raised_ = false;  // by SETTINGS, since output was taken last
  // Streams that were reset by us or refused lately: the peer may not know yet. A ring.
  std::vector<int32_t> reset_lately_;
  size_t reset_next_ = 0;
  Buffer* target_ = nullptr;  // of the take_output at hand
  size_t enough_ = 0;
};

// One field as nghttp2 takes it; the text outlives the call it is passed to.
nghttp2_nv name_value(std::string_view name, std::string_view value);

// The name of an error code of RFC 9113 7, for messages.
std::string_view error_code_name(uint32_t code);

}  // namespace sally::net::http2
