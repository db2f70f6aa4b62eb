// The strict parsers of HTTP/1.1 heads: a head is understood in one way or refused. RFC 9112.
//
// They work in place on a whole head (`HeadScanner` says when there is one), lower-case the field
// names where they stand, and give views into it. Everything here is hostile input.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/error.h"
#include "net/http.h"

namespace sally::net::http1 {

// Why a message is refused, and with which status a client is told.
struct Refusal {
  uint16_t status;
  Error error;
};

// How a body ends. RFC 9112, 6.3.
enum class Framing : uint8_t {
  kNone,        // there is no body
  kLength,      // after `content_length` bytes
  kChunked,     // with the last chunk
  kUntilClose,  // with the connection (answers only)
};

// Finds the end of a head as it arrives, looking at each byte once.
class HeadScanner {
 public:
  enum class State : uint8_t { kMore, kComplete, kRefused };
  // `bytes` is everything that arrived since reset(), from the first byte of the head. kRefused as
  // soon as it cannot become a head: refusal() says why.
  State scan(ByteView bytes, const HttpLimits& limits);
  // With kComplete: the length of the head with its empty line, and of what may stand before it
  // (one empty line, RFC 9112, 2.2).
  [[nodiscard]] size_t head_bytes() const { return end_; }
  [[nodiscard]] size_t skipped_bytes() const { return start_; }
  [[nodiscard]] Refusal refusal() const;
  void reset() { *this = HeadScanner(); }

 private:
  enum class Problem : uint8_t { kNone, kNotHttp, kLineEnd, kTarget, kHead };
  State refuse(Problem problem);
  size_t start_ = 0;
  size_t at_ = 0;    // bytes before it were looked at
  size_t line_ = 0;  // where the line at hand starts
  size_t end_ = 0;
  Problem problem_ = Problem::kNone;
};

struct ParsedRequest {
  RequestHead head;  // without `host`, `content-length`, `expect` among its fields; no scheme
  Framing framing = Framing::kNone;
  bool keep_alive = true;
  bool expects_continue = false;
};

// Parses `head`, which ends with its empty line. Overwrites `out` (whose storage is used again).
// Views point into `head`.
std::optional<Refusal> parse_request(MutableBytes head, const HttpLimits& limits,
                                     ParsedRequest& out);

struct ParsedResponse {
  ResponseHead head;  // `content_length` is the declared one
  Framing framing = Framing::kNone;
  bool keep_alive = true;
  bool switches_to_websocket = false;  // 101 with `upgrade: websocket`
};

// The same for an answer to a request with `method`. Fails with kUpstream.
Result<> parse_response(MutableBytes head, Method method, const HttpLimits& limits,
                        ParsedResponse& out);

}  // namespace sally::net::http1
