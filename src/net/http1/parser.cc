#include "net/http1/parser.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/encoding.h"
#include "base/text.h"
#include "net/content_length.h"
#include "net/http1/syntax.h"
#include "net/target.h"

namespace sally::net::http1 {
namespace {

constexpr size_t kRequestLineRest = 40;  // of a request line beside its target: more than any needs

Refusal refusal(uint16_t status, std::string message, std::string hint = {}) {
  const ErrorKind kind = status == 413 || status == 414 || status == 431 ? ErrorKind::kTooLarge
                                                                         : ErrorKind::kInvalidInput;
  return {status, Error(kind, std::move(message), std::move(hint))};
}
Refusal malformed(std::string message) {
  return refusal(400, std::move(message));
}

std::string quoted(std::string_view text) {
  return "`" + printable(text, 60) + "`";
}

// Cuts lines off a head. Every line ends with CRLF: the scanner saw to that.
class Lines {
 public:
  explicit Lines(MutableBytes head)
      : at_(reinterpret_cast<char*>(head.data())), end_(at_ + head.size()) {}
  // The next line without its end; empty for the last one.
  std::span<char> next() {
    auto* const lf = static_cast<char*>(std::memchr(at_, '\n', static_cast<size_t>(end_ - at_)));
    if (lf == nullptr || lf == at_) {
      return {};
    }
    const std::span<char> line(at_, lf - 1);
    at_ = lf + 1;
    return line;
  }

 private:
  char* at_;
  char* end_;
};

enum class Underscore : uint8_t { kRefused, kAllowed };

// Cuts a field line in two and lower-cases the name where it stands. Returns what is wrong, or
// null.
const char* parse_field(std::span<char> line, Underscore underscore, Field& out) {
  size_t colon = 0;
  char underscores = 0;
  for (; colon < line.size() && line[colon] != ':'; ++colon) {
    const char lower = name_byte(line[colon]);
    if (lower == '\0') {
      return colon == 0 ? "a line begins with white space or no field name"
                        : "a field name holds a character that none can";
    }
    underscores = static_cast<char>(underscores | (lower == '_' ? 1 : 0));
    line[colon] = lower;
  }
  if (colon == line.size()) {
    return "a field line has no colon";
  }
  if (colon == 0) {
    return "a field has no name";
  }
  if (underscores != 0 && underscore == Underscore::kRefused) {
    return "a field name holds an underscore, which some servers read as `-`";
  }
  out.name = {line.data(), colon};
  out.value = trim_blanks({line.data() + colon + 1, line.size() - colon - 1});
  if (!is_field_value(out.value)) {
    return "a field value holds a control character";
  }
  return nullptr;
}

// The fields that the protocol itself reads, as far as they were seen.
struct Seen {
  uint32_t known = 0;  // a bit per row of Known that may come once
  uint32_t single = 0;
  std::optional<uint64_t> length;
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;
  bool upgrade_token = false;
  bool websocket = false;
};

constexpr uint32_t bit(Known known) {
  return uint32_t{1} << static_cast<uint32_t>(known);
}

// What both directions do with a field of the protocol. Returns what is wrong, or null.
const char* note_framing(const KnownField& row, std::string_view value, Seen& seen) {
  switch (row.known) {
    case Known::kContentLength:
      seen.length = parse_content_length(value);
      return seen.length ? nullptr : "`content-length` is not a plain number";
    case Known::kTransferEncoding:
      seen.chunked = equal_ignoring_case(value, "chunked");
      return seen.chunked ? nullptr : "`transfer-encoding` is not `chunked`";
    case Known::kConnection:
      seen.close = seen.close || list_holds(value, "close");
      seen.keep_alive = seen.keep_alive || list_holds(value, "keep-alive");
      seen.upgrade_token = seen.upgrade_token || list_holds(value, "upgrade");
      return nullptr;
    case Known::kUpgrade:
      seen.websocket = equal_ignoring_case(value, "websocket");
      return nullptr;
    case Known::kExpect:
    case Known::kHopByHop:
    case Known::kHost:
    case Known::kOther:
    case Known::kSingle:
    case Known::kTe:
    case Known::kWebSocketKey:
    case Known::kWebSocketVersion:
      return nullptr;
  }
  return nullptr;
}

bool parse_version(std::string_view text, HttpVersion& out) {
  if (text == "HTTP/1.1") {
    out = HttpVersion::kHttp11;
    return true;
  }
  if (text == "HTTP/1.0") {
    out = HttpVersion::kHttp10;
    return true;
  }
  return false;
}

bool is_version_of_http(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && text[5] >= '0' && text[5] <= '9' &&
         text[6] == '.' && text[7] >= '0' && text[7] <= '9';
}

// RFC 9112, 3.2.2: `http://authority/path`. Takes scheme and authority off the front.
std::optional<Refusal> cut_absolute_form(std::string_view& target, std::string_view& authority) {
  const size_t scheme = equal_ignoring_case(target.substr(0, 7), "http://")    ? 7
                        : equal_ignoring_case(target.substr(0, 8), "https://") ? 8
                                                                               : 0;
  if (scheme == 0) {
    return malformed("the request target " + quoted(target) +
                     " is neither a path nor an absolute URI");
  }
  const size_t end = std::min(target.find_first_of("/?#", scheme), target.size());
  authority = target.substr(scheme, end - scheme);
  if (end < target.size() && target[end] == '?') {
    return malformed("an absolute request target has a query and no path");
  }
  target = end == target.size() ? std::string_view("/") : target.substr(end);
  return std::nullopt;
}

std::optional<Refusal> parse_request_line(std::string_view line, const HttpLimits& limits,
                                          RequestHead& head, std::string_view& authority) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || first == 0) {
    return malformed("the request line is not `METHOD target HTTP/1.1`");
  }
  const std::string_view method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  for (const char c : method) {
    if (name_byte(c) == '\0') {
      return malformed("the method holds a character that none can");
    }
  }
  if (!parse_version(version, head.version)) {
    return is_version_of_http(version)
               ? refusal(505, "the version " + quoted(version) + " is not spoken here; HTTP/1.1 is")
               : malformed("the request line does not end in `HTTP/1.1`");
  }
  const std::optional<Method> known = parse_method(method);
  if (!known) {
    return refusal(501, "the method " + quoted(method) + " is not served");
  }
  head.method = *known;
  if (target.size() > limits.target_bytes) {
    return refusal(
        414, "the request target is longer than " + std::to_string(limits.target_bytes) + " bytes");
  }
  if (!target.starts_with('/')) {
    if (std::optional<Refusal> wrong = cut_absolute_form(target, authority)) {
      return wrong;
    }
    const Result<> checked = check_authority(authority);
    if (!checked.ok()) {
      return Refusal{400, checked.error()};
    }
  }
  const Result<Target> parts = parse_target(target);
  if (!parts.ok()) {
    return Refusal{400, parts.error()};
  }
  head.path = parts->path;
  head.query = parts->query;
  return std::nullopt;
}

bool is_websocket_key(std::string_view text) {
  const std::optional<Bytes> key = from_base64(text, Base64::kStandard, Padding::kRequired);
  return key && key->size() == 16;
}

}  // namespace

// ---- HeadScanner ----

HeadScanner::State HeadScanner::refuse(Problem problem) {
  problem_ = problem;
  return State::kRefused;
}

HeadScanner::State HeadScanner::scan(ByteView bytes, const HttpLimits& limits) {
  const char* const text = reinterpret_cast<const char*>(bytes.data());
  const size_t size = bytes.size();
  if (at_ == 0 && start_ == 0) {
    if (size == 0 || (size == 1 && text[0] == '\r')) {
      return State::kMore;
    }
    if (size >= 2 && text[0] == '\r' && text[1] == '\n') {
      start_ = at_ = line_ = 2;
    }
  }
  if (start_ < size && at_ == start_ && name_byte(text[start_]) == '\0') {
    return refuse(Problem::kNotHttp);
  }
  // What lies beyond the limit is not looked at, so that the verdict is the same however the bytes
  // come.
  const size_t window = std::min(size, start_ + limits.head_bytes);
  const size_t first_line = start_ + limits.target_bytes + kRequestLineRest;
  while (at_ < window) {
    const auto* const lf = static_cast<const char*>(std::memchr(text + at_, '\n', window - at_));
    const size_t end = lf == nullptr ? window : static_cast<size_t>(lf - text);
    if (line_ == start_ && end > first_line) {
      return refuse(Problem::kTarget);
    }
    if (lf == nullptr) {
      at_ = window;
      break;
    }
    if (end == line_ || text[end - 1] != '\r') {
      return refuse(Problem::kLineEnd);
    }
    at_ = end + 1;
    if (end - line_ == 1) {
      end_ = at_;
      return State::kComplete;
    }
    line_ = at_;
  }
  return size > window ? refuse(Problem::kHead) : State::kMore;
}

Refusal HeadScanner::refusal() const {
  switch (problem_) {
    case Problem::kTarget:
      return http1::refusal(414, "the first line is too long");
    case Problem::kHead:
      return http1::refusal(431, "the head is too large");
    case Problem::kLineEnd:
      return malformed("a line does not end with CRLF");
    case Problem::kNone:
    case Problem::kNotHttp:
      break;
  }
  return malformed("what arrived is not HTTP");
}

// ---- requests ----

std::optional<Refusal> parse_request(MutableBytes bytes, const HttpLimits& limits,
                                     ParsedRequest& out) {
  RequestHead& head = out.head;
  Fields fields = std::move(head.fields);
  fields.clear();
  out = ParsedRequest();
  head.fields = std::move(fields);

  Lines lines(bytes);
  const std::span<char> first = lines.next();
  std::string_view target_authority;
  if (std::optional<Refusal> wrong =
          parse_request_line({first.data(), first.size()}, limits, head, target_authority)) {
    return wrong;
  }
  Seen seen;
  std::string_view host;
  std::string_view expect;
  std::string_view websocket_key;
  std::string_view websocket_version;
  size_t count = 0;
  for (std::span<char> line = lines.next(); !line.empty(); line = lines.next()) {
    if (++count > limits.field_count) {
      return refusal(431, "there are more than " + std::to_string(limits.field_count) + " fields");
    }
    Field field;
    if (const char* wrong = parse_field(line, Underscore::kRefused, field)) {
      return malformed(wrong);
    }
    const KnownField& row = known_field(field.name);
    if (row.known == Known::kOther) {
      head.fields.add(field.name, field.value);
      continue;
    }
    if (row.known == Known::kSingle) {
      if (head.fields.find(field.name)) {
        return malformed(quoted(field.name) + " stands twice");
      }
    } else if (row.single) {
      if ((seen.known & bit(row.known)) != 0 && row.known != Known::kHopByHop) {
        return malformed(quoted(field.name) + " stands twice");
      }
      seen.known |= bit(row.known);
    }
    if (const char* wrong = note_framing(row, field.value, seen)) {
      return malformed(wrong);
    }
    if (row.known == Known::kHost) {
      host = field.value;
    } else if (row.known == Known::kExpect) {
      expect = field.value;
    } else if (row.known == Known::kTe) {
      head.te_trailers = list_holds(field.value, "trailers");
    } else if (row.known == Known::kWebSocketKey) {
      websocket_key = field.value;
    } else if (row.known == Known::kWebSocketVersion) {
      websocket_version = field.value;
    }
    if (!row.consumed) {
      head.fields.add(field.name, field.value);
    }
  }

  const bool http11 = head.version == HttpVersion::kHttp11;
  if ((seen.known & bit(Known::kHost)) != 0) {
    const Result<> checked = check_authority(host);
    if (!checked.ok()) {
      return Refusal{400, checked.error().in("`host`")};
    }
  } else if (http11) {
    return malformed("there is no `host`");
  }
  head.authority = target_authority.empty() ? host : target_authority;

  if (seen.chunked) {
    if (seen.length) {
      return malformed("both `content-length` and `transfer-encoding` are given");
    }
    if (!http11) {
      return malformed("`transfer-encoding` is not known to HTTP/1.0");
    }
    out.framing = Framing::kChunked;
  } else if (seen.length) {
    out.framing = Framing::kLength;
  }
  head.content_length = seen.length;
  head.has_body = out.framing != Framing::kNone;
  out.keep_alive = !seen.close && (http11 || seen.keep_alive);

  if (!expect.empty() || (seen.known & bit(Known::kExpect)) != 0) {
    if (!equal_ignoring_case(expect, "100-continue")) {
      return refusal(417, "the expectation " + quoted(expect) + " cannot be met");
    }
    out.expects_continue = http11 && head.has_body;
  }
  head.wants_upgrade_websocket = seen.websocket && seen.upgrade_token && http11 && !head.has_body &&
                                 head.method == Method::kGet && websocket_version == "13" &&
                                 is_websocket_key(websocket_key);
  return std::nullopt;
}

// ---- answers ----

namespace {

Error bad_answer(std::string message) {
  return Error(ErrorKind::kUpstream, std::move(message));
}

// `HTTP/1.1 200 OK`; the reason is ignored, and so is the space before an empty one.
bool parse_status_line(std::string_view line, HttpVersion& version, uint16_t& status) {
  if (line.size() < 12 || !parse_version(line.substr(0, 8), version) || line[8] != ' ' ||
      (line.size() > 12 && line[12] != ' ') || !is_field_value(line.substr(12))) {
    return false;
  }
  status = 0;
  for (const char c : line.substr(9, 3)) {
    if (c < '0' || c > '9') {
      return false;
    }
    status = static_cast<uint16_t>(status * 10 + (c - '0'));
  }
  return status >= 100 && status <= 599;
}

}  // namespace

Result<> parse_response(MutableBytes bytes, Method method, const HttpLimits& limits,
                        ParsedResponse& out) {
  ResponseHead& head = out.head;
  Fields fields = std::move(head.fields);
  fields.clear();
  out = ParsedResponse();
  head.fields = std::move(fields);

  Lines lines(bytes);
  const std::span<char> first = lines.next();
  HttpVersion version{};
  if (!parse_status_line({first.data(), first.size()}, version, head.status)) {
    return bad_answer("the answer does not begin with a status line of HTTP/1.1");
  }
  Seen seen;
  size_t count = 0;
  for (std::span<char> line = lines.next(); !line.empty(); line = lines.next()) {
    if (++count > limits.field_count) {
      return bad_answer("the answer has more than " + std::to_string(limits.field_count) +
                        " fields");
    }
    Field field;
    if (const char* wrong = parse_field(line, Underscore::kAllowed, field)) {
      return bad_answer(std::string("in the answer, ") + wrong);
    }
    const KnownField& row = known_field(field.name);
    if (row.known == Known::kContentLength || row.known == Known::kTransferEncoding) {
      if ((seen.known & bit(row.known)) != 0) {
        return bad_answer("in the answer, " + quoted(field.name) + " stands twice");
      }
      seen.known |= bit(row.known);
    }
    if (const char* wrong = note_framing(row, field.value, seen)) {
      return bad_answer(std::string("in the answer, ") + wrong);
    }
    if (!row.consumed) {
      head.fields.add(field.name, field.value);
    }
  }
  const bool http11 = version == HttpVersion::kHttp11;
  if (seen.chunked && (seen.length || !http11)) {
    return bad_answer(seen.length ? "the answer has both `content-length` and `transfer-encoding`"
                                  : "the answer of HTTP/1.0 has `transfer-encoding`");
  }
  head.content_length = seen.length;
  const bool bodyless =
      head.status < 200 || head.status == 204 || head.status == 304 || method == Method::kHead;
  out.framing = bodyless       ? Framing::kNone
                : seen.chunked ? Framing::kChunked
                : seen.length  ? Framing::kLength
                               : Framing::kUntilClose;
  out.keep_alive =
      !seen.close && (http11 || seen.keep_alive) && out.framing != Framing::kUntilClose;
  out.switches_to_websocket = head.status == 101 && seen.websocket && seen.upgrade_token;
  return ok();
}

}  // namespace sally::net::http1
