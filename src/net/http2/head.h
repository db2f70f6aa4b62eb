// Heads of HTTP/2 messages: the field lines of one header block, and the proofs that turn them into
// a RequestHead or a ResponseHead. RFC 9113 8.2 and 8.3. Pure; the input is hostile.
//
// nghttp2 checks some of this too. It is all checked here again, so that the proofs of a head stand
// in one place and do not change with the library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace sally::net::http2 {

// The field lines of one header block, in one piece of memory.
class HeadBuffer {
 public:
  void add(std::string_view name, std::string_view value);
  void clear();
  [[nodiscard]] size_t count() const { return lines_.size(); }
  // The size as SETTINGS_MAX_HEADER_LIST_SIZE counts it: 32 more for each line.
  [[nodiscard]] size_t list_size() const { return text_.size() + 32 * lines_.size(); }
  // Valid until the next change.
  [[nodiscard]] Field line(size_t index) const;
  // Joins several `cookie` lines into one, as RFC 9113 8.2.3 asks of a gateway.
  void join_cookies();

 private:
  struct Line {
    uint32_t at;
    uint32_t name_size;
    uint32_t value_size;
  };
  std::string text_;
  std::vector<Line> lines_;
};

// Why a head is refused, and the status that says so.
struct HeadRefusal {
  uint16_t status;
  Error error;
};

enum class EndStream : uint8_t { kNo, kYes };

// What a request head says beside a RequestHead.
struct RequestExtras {
  bool expects_continue = false;  // `expect: 100-continue`
};

// Fills `out` (whose views point into `buffer`, which is first brought into its final form) or says
// why not. `scheme` is the connection's own. The limits bound the target; the size and count of the
// fields are bounded while they arrive.
std::optional<HeadRefusal> build_request(HeadBuffer& buffer, EndStream end, std::string_view scheme,
                                         const HttpLimits& limits, RequestHead& out,
                                         RequestExtras& extras);

// The same for an answer. kUpstream.
Result<> build_response(const HeadBuffer& buffer, ResponseHead& out);

// Trailer fields: no pseudo-header fields, no connection-level fields.
Result<> build_trailers(const HeadBuffer& buffer, Fields& out);

}  // namespace sally::net::http2
