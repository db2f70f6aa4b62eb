// HTTP as the gateway sees it, whatever the version: heads, and the two sides of an exchange.
// RFC 9110. HTTP/1.1 (http1/) and HTTP/2 (http2/) implement the interfaces.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/task.h"

namespace sally::net {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kDelete, kPatch, kOptions };
std::string_view name_of(Method method);
std::optional<Method> parse_method(std::string_view text);  // case-sensitive

enum class HttpVersion : uint8_t { kHttp10, kHttp11, kHttp2 };

// A header field. `name` is lower case; `value` has no white space around it and no control
// characters.
struct Field {
  std::string_view name;
  std::string_view value;
};

// Fields in order of arrival. Holds views: the owner of a head says how long they live.
class Fields {
 public:
  void add(std::string_view name, std::string_view value) {
    if (list_.capacity() == 0) {
      list_.reserve(kUsual);
    }
    list_.push_back({name, value});
  }
  void clear() { list_.clear(); }
  // The value of the first field of this (lower-case) name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] size_t count(std::string_view name) const;
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] size_t size() const { return list_.size(); }
  [[nodiscard]] auto begin() const { return list_.begin(); }
  [[nodiscard]] auto end() const { return list_.end(); }

 private:
  static constexpr size_t kUsual = 4;  // few, because a stream may last for hours with its heads

  std::vector<Field> list_;
};

// A request head that passed the strict parser: the target is in origin form and already proved
// free of dot segments, encoded slashes, backslashes, control characters, bad escapes and `//`;
// exactly one authority; framing fields are consistent. Connection-level fields (`connection`,
// `keep-alive`, `te`, `transfer-encoding`, `upgrade`, `proxy-*`) are consumed by the parser and are
// not in `fields`.
struct RequestHead {
  Method method = Method::kGet;
  HttpVersion version = HttpVersion::kHttp11;
  std::string_view scheme;     // `http` or `https`
  std::string_view authority;  // `Host` or `:authority`
  std::string_view path;       // as received, without the query; decide and forward on these bytes
  std::string_view query;      // without `?`; empty when absent
  Fields fields;
  std::optional<uint64_t> content_length;  // of the body, where it was declared
  bool has_body = false;                   // a body follows (possibly of length 0 bytes)
  bool wants_upgrade_websocket = false;  // HTTP/1.1 `Upgrade: websocket`, complete and well formed
  bool te_trailers = false;              // `TE: trailers`
};

struct ResponseHead {
  uint16_t status = 200;
  Fields fields;  // no connection-level fields, no content-length: the writer frames by itself
  // Where known: writes content-length. Otherwise chunked, or HTTP/2 frames.
  std::optional<uint64_t> content_length;
};

// What a server knows of the other end.
struct Peer {
  std::string address;  // `192.0.2.7`, `2001:db8::1`; `unix` for a local socket
  uint16_t port = 0;
  bool tls = false;
  std::string tls_version;         // `TLSv1.3`
  std::string client_certificate;  // DER of a certificate that verified; empty otherwise
};

// Limits of what a peer may send. Each has a test.
struct HttpLimits {
  size_t head_bytes = size_t{32} * 1024;  // request line and fields
  size_t field_count = 100;
  size_t target_bytes = size_t{8} * 1024;
  size_t body_bytes = size_t{16} * 1024 * 1024;
  Millis head_timeout{10'000};   // from the first byte to the end of the head
  Millis idle_timeout{75'000};   // between requests
  Millis body_timeout{30'000};   // without any byte of the body
  size_t body_min_rate = 240;    // bytes a second, averaged after body_timeout
  Millis write_timeout{60'000};  // the client takes nothing
  size_t pipelined = 64;         // requests served on one connection before the next head must wait
  uint32_t h2_streams = 128;     // SETTINGS_MAX_CONCURRENT_STREAMS
  uint32_t h2_resets = 200;      // resets (either side's) tolerated per connection and 30 s
};

// One request and its answer, on the server side. Lives as long as the handler runs; belongs to one
// loop. Every call that waits has a deadline of its own from HttpLimits.
class ServerExchange {
 public:
  ServerExchange() = default;
  ServerExchange(const ServerExchange&) = delete;
  ServerExchange& operator=(const ServerExchange&) = delete;
  virtual ~ServerExchange() = default;

  // Valid until the exchange ends.
  [[nodiscard]] virtual const RequestHead& head() const = 0;
  [[nodiscard]] virtual const Peer& peer() const = 0;

  // The whole body, where it has already arrived contiguously (the common small POST): no copy and
  // no suspension. nullopt: use next_body. The bytes are followed by at least 64 readable bytes of
  // slack (simdjson's padding) and live until the exchange ends.
  [[nodiscard]] virtual std::optional<ByteView> whole_body() = 0;
  // The next piece; an empty one is the end. Valid until the next call. kTooLarge beyond
  // body_bytes, kTimeout when slow, kInvalidInput when the framing breaks, kCancelled when the
  // client went away. After a failure the connection will be closed once answered.
  virtual Task<Result<ByteView>> next_body() = 0;
  // No more of the body is wanted: a waiting next_body, and every later one, fails with kCancelled.
  // For a handler that relays both directions at once and is done with one.
  virtual void stop_reading() = 0;

  // Answers in one write: head and body. May be called while part of the request body is unread;
  // the connection then closes after the answer (HTTP/1.1) or the stream is reset (HTTP/2).
  virtual Task<Result<>> respond(const ResponseHead& head, ByteView body) = 0;

  // Or in pieces: start, write any number, finish. `write` completes when the bytes are handed to
  // the kernel or the peer's window took them: back-pressure. Several small writes in one turn of
  // the loop leave in one system call.
  virtual Task<Result<>> start(const ResponseHead& head) = 0;
  virtual Task<Result<>> write(ByteView bytes) = 0;
  virtual Task<Result<>> finish(const Fields& trailers) = 0;

  // Ends the exchange so that the client can tell the answer is incomplete: the connection is
  // closed without the last chunk, or the stream is reset.
  virtual void abort() = 0;
  [[nodiscard]] virtual bool response_started() const = 0;

  // Calls `watcher` at most once, on the loop, when the client goes away while the handler still
  // runs. nullptr takes it back. The handler uses it to cancel the upstream.
  class GoneWatcher {
   public:
    virtual void on_client_gone() = 0;

   protected:
    ~GoneWatcher() = default;
  };
  virtual void watch(GoneWatcher* watcher) = 0;

  // After an authorised 101 (HTTP/1.1 only): writes the head as 101 and turns the exchange into a
  // byte tunnel: next_body then gives raw bytes from the client and write sends raw bytes.
  virtual Task<Result<>> switch_protocols(const ResponseHead& head) = 0;
};

// What serves exchanges. One object per loop.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;
  // Answers `exchange`, or aborts it. One that returns without either is answered with 500.
  virtual Task<void> serve(ServerExchange& exchange) = 0;
  // A request that never became an exchange: malformed, too large, too slow. Called before the
  // connection's own plain answer with `status`; returns the body of that answer and its content
  // type, so that a refusal is recorded and carries an id as any other. HTTP/2 protocol errors that
  // end the connection without an answer come here too (status 0).
  struct ProtocolRefusal {
    uint16_t status;
    const Error& error;
    const Peer& peer;
    HttpVersion version;
  };
  struct PlainAnswer {
    std::string content_type;
    std::string body;
  };
  virtual PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) = 0;
};

// One request and its answer, on the client side.
class ClientExchange {
 public:
  ClientExchange() = default;
  ClientExchange(const ClientExchange&) = delete;
  ClientExchange& operator=(const ClientExchange&) = delete;
  virtual ~ClientExchange() = default;  // gives the connection back to its pool when it is clean

  // Sends head and body in one write (two iovecs). `head.fields` is written as it is, with
  // `content-length` framed by the writer: nothing of a peer's framing is repeated.
  virtual Task<Result<>> send(const RequestHead& head, ByteView body) = 0;
  // Or in pieces.
  virtual Task<Result<>> start(const RequestHead& head) = 0;
  virtual Task<Result<>> write(ByteView bytes) = 0;
  virtual Task<Result<>> finish(const Fields& trailers) = 0;

  // The answer's head, after any 1xx. Valid while the exchange lives. kUpstream when it is
  // malformed, kUnavailable when the connection broke, kTimeout after `timeout`.
  virtual Task<Result<const ResponseHead*>> receive_head(Millis timeout) = 0;
  // The next piece of the answer's body; empty at its end. Valid until the next call.
  virtual Task<Result<ByteView>> next_body(Millis timeout) = 0;
  // The whole body, where it arrived contiguously with the head; 64 bytes of slack behind it.
  [[nodiscard]] virtual std::optional<ByteView> whole_body() = 0;
  // After the end of the body.
  [[nodiscard]] virtual const Fields& trailers() const = 0;

  // Whether any byte of an answer was read on this exchange. A request may be repeated only while
  // not.
  [[nodiscard]] virtual bool answer_begun() const = 0;
  // Whether the connection had served another exchange before (a pooled one that may be stale).
  [[nodiscard]] virtual bool reused() const = 0;
  // Stops now: a waiting call fails with kCancelled, the connection is closed (the stream reset).
  virtual void cancel() = 0;
  // After a 101: raw bytes by write and next_body.
  virtual void become_tunnel() = 0;
};

}  // namespace sally::net
