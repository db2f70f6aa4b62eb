#include "net/http1/writer.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>

#include "base/text.h"
#include "net/http1/syntax.h"

namespace sally::net::http1 {
namespace {

constexpr size_t kMostDigits = 20;
constexpr size_t kLongestEnvelope = 160;  // of status line, framing and connection fields together

struct Reason {
  uint16_t status;
  std::string_view phrase;
};
constexpr Reason kReasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {529, "Site Is Overloaded"},
};

// Appends to memory whose size was made sure of.
class Cursor {
 public:
  explicit Cursor(MutableBytes space)
      : start_(reinterpret_cast<char*>(space.data())), at_(start_) {}
  void text(std::string_view text) {
    if (!text.empty()) {
      std::memcpy(at_, text.data(), text.size());
      at_ += text.size();
    }
  }
  void number(uint64_t value) { at_ = std::to_chars(at_, at_ + kMostDigits, value).ptr; }
  [[nodiscard]] size_t used() const { return static_cast<size_t>(at_ - start_); }

 private:
  char* start_;
  char* at_;
};

// The bytes that `fields` take, or an error for one that cannot be written safely.
Result<size_t> measure(const Fields& fields) {
  size_t size = 0;
  for (const Field& field : fields) {
    if (!is_field_name(field.name) || !is_field_value(field.value)) {
      return Error(ErrorKind::kInternal,
                   "the field `" + printable(field.name, 60) + "` cannot be written to HTTP/1.1");
    }
    size += field.name.size() + field.value.size() + 4;
  }
  return size;
}

void append_fields(Cursor& out, const Fields& fields) {
  for (const Field& field : fields) {
    if (!known_field(field.name).consumed) {
      out.text(field.name);
      out.text(": ");
      out.text(field.value);
      out.text("\r\n");
    }
  }
}

void append_envelope(Cursor& out, const Envelope& envelope) {
  switch (envelope.body) {
    case Envelope::Body::kNone:
      break;
    case Envelope::Body::kLength:
      out.text("content-length: ");
      out.number(envelope.length);
      out.text("\r\n");
      break;
    case Envelope::Body::kChunked:
      out.text("transfer-encoding: chunked\r\n");
      break;
  }
  switch (envelope.connection) {
    case Envelope::Connection::kSilent:
      break;
    case Envelope::Connection::kClose:
      out.text("connection: close\r\n");
      break;
    case Envelope::Connection::kKeepAlive:
      out.text("connection: keep-alive\r\n");
      break;
    case Envelope::Connection::kWebSocket:
      out.text("connection: upgrade\r\nupgrade: websocket\r\n");
      break;
  }
  out.text("\r\n");
}

bool is_target_text(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == '\x7f') {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view reason_of(uint16_t status) {
  if (status == 200) {
    return "OK";
  }
  for (const Reason& row : kReasons) {
    if (row.status == status) {
      return row.phrase;
    }
  }
  return {};
}

Result<> append_request_head(Buffer& out, const RequestHead& head, const Envelope& envelope) {
  if (!head.path.starts_with('/') || !is_target_text(head.path) || !is_target_text(head.query) ||
      head.authority.empty() || !is_target_text(head.authority)) {
    return Error(ErrorKind::kInternal, "the request target cannot be written to HTTP/1.1");
  }
  TRY(const size_t fields, measure(head.fields));
  out.reserve(fields + head.path.size() + head.query.size() + head.authority.size() +
              kLongestEnvelope);
  Cursor cursor(out.space());
  cursor.text(name_of(head.method));
  cursor.text(" ");
  cursor.text(head.path);
  if (!head.query.empty()) {
    cursor.text("?");
    cursor.text(head.query);
  }
  cursor.text(" HTTP/1.1\r\nhost: ");
  cursor.text(head.authority);
  cursor.text("\r\n");
  append_fields(cursor, head.fields);
  append_envelope(cursor, envelope);
  out.commit(cursor.used());
  return ok();
}

Result<> append_response_head(Buffer& out, const ResponseHead& head, const Envelope& envelope,
                              std::string_view date) {
  if (head.status < 100 || head.status > 599) {
    return Error(ErrorKind::kInternal, "there is no status " + std::to_string(head.status));
  }
  TRY(const size_t fields, measure(head.fields));
  out.reserve(fields + date.size() + kLongestEnvelope);
  Cursor cursor(out.space());
  cursor.text("HTTP/1.1 ");
  cursor.number(head.status);
  cursor.text(" ");
  cursor.text(reason_of(head.status));
  cursor.text("\r\n");
  append_fields(cursor, head.fields);
  if (!date.empty() && !head.fields.find("date")) {
    cursor.text("date: ");
    cursor.text(date);
    cursor.text("\r\n");
  }
  append_envelope(cursor, envelope);
  out.commit(cursor.used());
  return ok();
}

void append_chunk_line(Buffer& out, size_t size) {
  std::array<char, 20> line;
  char* const end = std::to_chars(line.data(), line.data() + 16, size, 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  out.append(as_bytes({line.data(), static_cast<size_t>(end - line.data()) + 2}));
}

Result<> append_last_chunk(Buffer& out, const Fields& trailers) {
  TRY(const size_t fields, measure(trailers));
  out.reserve(fields + 8);
  Cursor cursor(out.space());
  cursor.text("0\r\n");
  append_fields(cursor, trailers);
  cursor.text("\r\n");
  out.commit(cursor.used());
  return ok();
}

// `Fri, 20 Nov 2026 10:04:11 GMT`.
std::string_view date_field(WallTime time) {
  struct Cache {
    std::chrono::sys_seconds second = std::chrono::sys_seconds::max();
    std::array<char, 29> text;
  };
  thread_local Cache cache;
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != cache.second) {
    constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(second - day);
    const auto two = [](char* at, unsigned value) {
      at[0] = static_cast<char>('0' + value / 10 % 10);
      at[1] = static_cast<char>('0' + value % 10);
    };
    char* const out = cache.text.data();
    std::memcpy(out, "Day, 00 Mon 0000 00:00:00 GMT", cache.text.size());
    std::memcpy(out, kDays.data() + size_t{3} * std::chrono::weekday(day).c_encoding(), 3);
    std::memcpy(out + 8, kMonths.data() + size_t{3} * (static_cast<unsigned>(date.month()) - 1), 3);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    two(out + 5, static_cast<unsigned>(date.day()));
    two(out + 12, year / 100);
    two(out + 14, year);
    two(out + 17, static_cast<unsigned>(clock.hours().count()));
    two(out + 20, static_cast<unsigned>(clock.minutes().count()));
    two(out + 23, static_cast<unsigned>(clock.seconds().count()));
    cache.second = second;
  }
  return {cache.text.data(), cache.text.size()};
}

}  // namespace sally::net::http1
