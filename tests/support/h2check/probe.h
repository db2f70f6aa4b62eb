// Probe: a blocking HTTP/2 client for conformance checks. It sends exactly the bytes it is told to
// and says what the peer made of them. Expectations that fail throw Failed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/h2check/wire.h"

struct ssl_st;
struct ssl_ctx_st;

namespace sally::h2check {

// Whom to probe.
struct Target {
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  bool tls = false;  // ALPN h2; the certificate is not verified
  std::string path = "/";
  std::string authority;          // `host:port` where empty
  Fields headers;                 // of every request
  int timeout_ms = 3'000;         // for a reaction
  int stall_timeout_ms = 75'000;  // for giving up on a stream that takes nothing
};

// An expectation that was not met.
struct Failed {
  std::string why;
};

class Probe {
 public:
  explicit Probe(const Target& target);
  ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // TCP (and TLS) only.
  void open();
  // Also the preface, these settings, and the exchange of acknowledgements.
  void connect(std::initializer_list<std::pair<uint16_t, uint32_t>> entries = {});

  // Sends; reads what arrives meanwhile. A peer that closed is noticed by the next expectation.
  void send(std::string_view bytes);
  // The next frame; nullopt when the peer closed. Failed after the timeout. PINGs and SETTINGS of
  // the peer are acknowledged on the way.
  std::optional<Frame> read();
  std::optional<Frame> read(int timeout_ms);
  // Nothing may have been read: whether the peer has closed by now.
  [[nodiscard]] bool closed() const { return closed_; }
  // Reads whatever has arrived, without waiting, and drops it. Returns the frames.
  std::vector<Frame> drain();

  // A whole header block.
  std::string headers(uint32_t stream, const Fields& fields, uint8_t flags = kEndStream);
  std::string headers_block(uint32_t stream, std::string_view block, uint8_t flags);
  // The fields of a plain request to the target, its own headers included, then `extra`.
  [[nodiscard]] Fields request(std::string_view method = "GET", const Fields& extra = {}) const;
  // The same with one field replaced or, with no value, left out.
  [[nodiscard]] Fields request_with(std::string_view name, std::optional<std::string> value) const;
  std::string get(uint32_t stream) { return headers(stream, request()); }
  // A request whose body is still to come.
  std::string post(uint32_t stream, const Fields& extra = {}) {
    return headers(stream, request("POST", extra), 0);
  }

  struct Answer {
    int status = 0;
    Fields fields;
    std::string body;
    Fields trailers;
  };
  // The complete answer on `stream`.
  Answer answer(uint32_t stream);
  // Frames until one of this type (and stream, where not 0) came.
  Frame wait_for(uint8_t type, uint32_t stream = 0);
  // The peer answers a PING: everything before was taken without a connection error.
  void expect_alive();
  // GOAWAY with one of the codes, or a closed connection.
  void expect_connection_error(std::initializer_list<uint32_t> codes);
  // RST_STREAM with one of the codes; a connection error is accepted as well (RFC 9113 5.4).
  void expect_stream_error(uint32_t stream, std::initializer_list<uint32_t> codes);
  // A malformed message: a stream error, or an answer of 4xx or 501 (RFC 9113 8.1.1).
  void expect_malformed(uint32_t stream);
  // Nothing but an error or silence: the frame was refused or ignored, and not served.
  void expect_not_served(uint32_t stream);
  // A new connection is served.
  void expect_fresh_connection_works() const;

  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const std::vector<std::pair<uint16_t, uint32_t>>& peer_settings() const {
    return peer_settings_;
  }
  [[nodiscard]] std::optional<uint32_t> peer_setting(uint16_t id) const;
  Hpack& hpack() { return hpack_; }

 private:
  // Moves bytes from the socket to the reader. False when none came within the time.
  bool fill(int timeout_ms);
  void note(const Frame& frame);
  [[nodiscard]] std::string what_came() const;

  const Target target_;
  int fd_ = -1;
  ssl_ctx_st* context_ = nullptr;
  ssl_st* tls_ = nullptr;
  bool closed_ = false;
  FrameReader reader_;
  Hpack hpack_;
  std::vector<std::pair<uint16_t, uint32_t>> peer_settings_;
  std::string last_frames_;  // for messages
};

std::string name_of_code(uint32_t code);

}  // namespace sally::h2check
