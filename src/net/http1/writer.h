// The canonical serialiser of HTTP/1.1: our own framing, whatever the peer's was. RFC 9112.
#pragma once

#include <optional>

#include "base/result.h"
#include "net/buffer.h"
#include "net/http.h"

namespace sally::net::http1 {

// What the writer says about the body and the connection. Nothing of it is taken from `fields`.
struct Envelope {
  enum class Body : uint8_t { kNone, kLength, kChunked };
  enum class Connection : uint8_t { kSilent, kClose, kKeepAlive, kWebSocket };
  Body body = Body::kNone;
  uint64_t length = 0;
  Connection connection = Connection::kSilent;
};

// Each appends a head to `out`. Fields that the protocol owns (`connection`, `transfer-encoding`,
// ...) are left out. kInternal, and nothing appended, when a name or value could break the framing.
Result<> append_request_head(Buffer& out, const RequestHead& head, const Envelope& envelope);
// `date` (29 bytes, RFC 9110, 5.6.7) is added where the fields have none.
Result<> append_response_head(Buffer& out, const ResponseHead& head, const Envelope& envelope,
                              std::string_view date);

// The chunked coding around data: the line before it, and `\r\n` behind.
void append_chunk_line(Buffer& out, size_t size);
// The last chunk and the trailer section.
Result<> append_last_chunk(Buffer& out, const Fields& trailers);

// The standard phrase of a status; empty where none is known.
std::string_view reason_of(uint16_t status);

// Formats `time` as a `date` field, remembering the last second per thread.
std::string_view date_field(WallTime time);

}  // namespace sally::net::http1
