#include "net/http2/head.h"

#include <array>

#include "base/text.h"
#include "net/content_length.h"
#include "net/target.h"

namespace sally::net::http2 {
namespace {

// The characters of a field name: RFC 9110 token, lower case (RFC 9113 8.2.1), and no underscore,
// which servers behind a CGI-like interface take for a hyphen.
constexpr std::array<bool, 256> make_name_characters() {
  std::array<bool, 256> allowed{};
  for (const char c : std::string_view("0123456789abcdefghijklmnopqrstuvwxyz!#$%&'*+-.^`|~")) {
    allowed[static_cast<uint8_t>(c)] = true;
  }
  return allowed;
}
constexpr std::array<bool, 256> kNameCharacters = make_name_characters();

bool valid_name(std::string_view name) {
  bool valid = !name.empty();
  for (const char c : name) {
    valid = valid && kNameCharacters[static_cast<uint8_t>(c)];
  }
  return valid;
}

bool valid_value(std::string_view value) {
  bool valid = true;
  for (const char c : value) {
    const auto octet = static_cast<uint8_t>(c);
    valid = valid && octet >= 0x20 && octet != 0x7f;
  }
  return valid && (value.empty() || (value.front() != ' ' && value.back() != ' '));
}

// What becomes of a field of a certain name.
enum class Rule : uint8_t {
  kPass,
  kForbidden,      // connection-level: must not occur in HTTP/2 (RFC 9113 8.2.2)
  kConsumed,       // for this hop: checked by nobody behind, and not handed on
  kHost,           // must equal `:authority`
  kTe,             // only `trailers`
  kContentLength,  // one number
  kExpect,         // only `100-continue`
  kOnce,           // two of them would be two answers to one question
};

struct RuleRow {
  std::string_view name;
  Rule rule;
};
constexpr RuleRow kRules[] = {
    {"te", Rule::kTe},
    {"host", Rule::kHost},
    {"expect", Rule::kExpect},
    {"api-key", Rule::kOnce},
    {"upgrade", Rule::kForbidden},
    {"x-api-key", Rule::kOnce},
    {"connection", Rule::kForbidden},
    {"keep-alive", Rule::kForbidden},
    {"content-type", Rule::kOnce},
    {"authorization", Rule::kOnce},
    {"content-length", Rule::kContentLength},
    {"http2-settings", Rule::kForbidden},
    {"content-encoding", Rule::kOnce},
    {"proxy-connection", Rule::kForbidden},
    {"transfer-encoding", Rule::kForbidden},
    {"proxy-authenticate", Rule::kConsumed},
    {"proxy-authorization", Rule::kConsumed},
    {"proxy-authentication-info", Rule::kConsumed},
};

Rule rule_of(std::string_view name) {
  for (const RuleRow& row : kRules) {
    if (row.name == name) {
      return row.rule;
    }
  }
  return Rule::kPass;
}

Error malformed(const std::string& what, std::string hint = {}) {
  return Error(ErrorKind::kInvalidInput, what, std::move(hint));
}

// Name and value of a field that is no pseudo-header field.
Result<> check_line(const Field& line) {
  if (!valid_name(line.name)) {
    return malformed("field name `" + printable(line.name, 60) + "` is malformed",
                     "names are lower case, without white space or underscores");
  }
  if (!valid_value(line.value)) {
    return malformed("the value of field `" + printable(line.name, 60) +
                     "` has control characters or white space around it");
  }
  return ok();
}

// The four pseudo-header fields of a request, each at most once and before all others.
struct Pseudo {
  std::optional<std::string_view> method, scheme, authority, path;

  std::optional<std::string_view>* slot(std::string_view name) {
    return name == ":method"      ? &method
           : name == ":scheme"    ? &scheme
           : name == ":authority" ? &authority
           : name == ":path"      ? &path
                                  : nullptr;
  }
};

class RequestBuilder {
 public:
  RequestBuilder(EndStream end, std::string_view scheme, const HttpLimits& limits, RequestHead& out,
                 RequestExtras& extras)
      : end_(end), scheme_(scheme), limits_(limits), out_(out), extras_(extras) {}

  std::optional<HeadRefusal> build(const HeadBuffer& buffer) {
    for (size_t i = 0; i < buffer.count(); ++i) {
      const Field line = buffer.line(i);
      const Result<> taken = line.name.starts_with(':') ? pseudo(line) : regular(line);
      if (!taken.ok()) {
        return HeadRefusal{status_, taken.error()};
      }
    }
    if (const Result<> done = finish(); !done.ok()) {
      return HeadRefusal{status_, done.error()};
    }
    return std::nullopt;
  }

 private:
  Result<> pseudo(const Field& line) {
    std::optional<std::string_view>* slot = pseudo_.slot(line.name);
    if (slot == nullptr || slot->has_value() || regular_seen_ || !valid_value(line.value)) {
      return malformed("pseudo-header field `" + printable(line.name, 60) +
                       "` is unknown, repeated, late or malformed");
    }
    *slot = line.value;
    return ok();
  }

  Result<> regular(const Field& line) {
    regular_seen_ = true;
    TRY_OK(check_line(line));
    switch (rule_of(line.name)) {
      case Rule::kForbidden:
        return malformed("field `" + std::string(line.name) + "` does not belong in HTTP/2");
      case Rule::kConsumed:
        return ok();
      case Rule::kHost:
        if (host_) {
          return malformed("two `host` fields");
        }
        host_ = line.value;
        return ok();
      case Rule::kTe:
        if (line.value != "trailers") {
          return malformed("field `te` says more than `trailers`");
        }
        out_.te_trailers = true;
        return ok();
      case Rule::kExpect:
        if (line.value != "100-continue") {
          status_ = 417;
          return malformed("field `expect` says more than `100-continue`");
        }
        extras_.expects_continue = end_ == EndStream::kNo;
        return ok();
      case Rule::kContentLength:
        if (out_.content_length || !(out_.content_length = parse_content_length(line.value))) {
          return malformed("field `content-length` is repeated or not a number");
        }
        return ok();
      case Rule::kOnce:
        if (out_.fields.find(line.name)) {
          return malformed("two `" + std::string(line.name) + "` fields", "send exactly one");
        }
        break;
      case Rule::kPass:
        break;
    }
    out_.fields.add(line.name, line.value);
    return ok();
  }

  Result<> finish() {
    if (!pseudo_.method || !pseudo_.scheme || !pseudo_.path) {
      return malformed("one of `:method`, `:scheme`, `:path` is missing");
    }
    const std::optional<Method> method = parse_method(*pseudo_.method);
    if (!method) {
      status_ = 501;
      return malformed("method `" + printable(*pseudo_.method, 20) + "` is not served here");
    }
    if (*pseudo_.scheme != "http" && *pseudo_.scheme != "https") {
      return malformed("scheme `" + printable(*pseudo_.scheme, 20) + "` is not `http` or `https`");
    }
    TRY_OK(take_authority());
    if (pseudo_.path->size() > limits_.target_bytes) {
      status_ = 414;
      return Error(ErrorKind::kTooLarge,
                   "the target is longer than " + std::to_string(limits_.target_bytes) + " bytes");
    }
    TRY(const Target target, parse_target(*pseudo_.path));
    if (end_ == EndStream::kYes && out_.content_length.value_or(0) != 0) {
      return malformed("a body was declared, but the request ends with its head");
    }
    out_.method = *method;
    out_.version = HttpVersion::kHttp2;
    out_.scheme = scheme_;
    out_.path = target.path;
    out_.query = target.query;
    out_.has_body = end_ == EndStream::kNo;
    return ok();
  }

  Result<> take_authority() {
    if (!pseudo_.authority && !host_) {
      return malformed("neither `:authority` nor `host`");
    }
    if (pseudo_.authority && host_ && *host_ != *pseudo_.authority) {
      return malformed("`host` and `:authority` differ", "leave `host` out");
    }
    out_.authority = pseudo_.authority ? *pseudo_.authority : *host_;
    return check_authority(out_.authority);
  }

  EndStream end_;
  std::string_view scheme_;
  const HttpLimits& limits_;
  RequestHead& out_;
  RequestExtras& extras_;
  Pseudo pseudo_;
  std::optional<std::string_view> host_;
  bool regular_seen_ = false;
  uint16_t status_ = 400;
};

// A number of three digits, 100 to 599.
std::optional<uint16_t> parse_status(std::string_view text) {
  if (text.size() != 3 || text[0] < '1' || text[0] > '5') {
    return std::nullopt;
  }
  uint16_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = static_cast<uint16_t>(value * 10 + (c - '0'));
  }
  return value;
}

Error bad_answer(const std::string& what) {
  return Error(ErrorKind::kUpstream, what);
}

}  // namespace

void HeadBuffer::add(std::string_view name, std::string_view value) {
  lines_.push_back({static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(name.size()),
                    static_cast<uint32_t>(value.size())});
  text_.append(name).append(value);
}

void HeadBuffer::clear() {
  constexpr size_t kKeep = 8 * 1024;
  text_.clear();
  if (text_.capacity() > kKeep) {
    text_.shrink_to_fit();
  }
  lines_.clear();
}

Field HeadBuffer::line(size_t index) const {
  const Line& line = lines_[index];
  const std::string_view text = text_;
  return {text.substr(line.at, line.name_size),
          text.substr(line.at + line.name_size, line.value_size)};
}

void HeadBuffer::join_cookies() {
  size_t cookies = 0;
  for (size_t i = 0; i < lines_.size(); ++i) {
    cookies += line(i).name == "cookie" ? 1 : 0;
  }
  if (cookies < 2) {
    return;
  }
  std::string joined;
  std::vector<Line> kept;
  for (size_t i = 0; i < lines_.size(); ++i) {
    if (line(i).name == "cookie") {
      joined.append(joined.empty() ? "" : "; ").append(line(i).value);
    } else {
      kept.push_back(lines_[i]);
    }
  }
  lines_ = std::move(kept);
  add("cookie", joined);
}

std::optional<HeadRefusal> build_request(HeadBuffer& buffer, EndStream end, std::string_view scheme,
                                         const HttpLimits& limits, RequestHead& out,
                                         RequestExtras& extras) {
  buffer.join_cookies();
  return RequestBuilder(end, scheme, limits, out, extras).build(buffer);
}

Result<> build_response(const HeadBuffer& buffer, ResponseHead& out) {
  std::optional<uint16_t> status;
  for (size_t i = 0; i < buffer.count(); ++i) {
    const Field line = buffer.line(i);
    if (line.name.starts_with(':')) {
      if (line.name != ":status" || status || !(status = parse_status(line.value))) {
        return bad_answer("the upstream's `:status` is repeated or malformed, or not alone");
      }
      continue;
    }
    if (const Result<> checked = check_line(line); !checked.ok()) {
      return bad_answer("the upstream's answer: " + checked.error().message());
    }
    const Rule rule = rule_of(line.name);
    if (rule == Rule::kForbidden || rule == Rule::kTe) {
      return bad_answer("the upstream's answer has field `" + std::string(line.name) +
                        "`, which does not belong in HTTP/2");
    }
    if (rule == Rule::kContentLength) {
      if (out.content_length || !(out.content_length = parse_content_length(line.value))) {
        return bad_answer("the upstream's `content-length` is repeated or not a number");
      }
    } else if (rule != Rule::kConsumed) {
      out.fields.add(line.name, line.value);
    }
  }
  if (!status) {
    return bad_answer("the upstream's answer has no `:status`");
  }
  out.status = *status;
  return ok();
}

Result<> build_trailers(const HeadBuffer& buffer, Fields& out) {
  for (size_t i = 0; i < buffer.count(); ++i) {
    const Field line = buffer.line(i);
    TRY_OK(check_line(line));
    const Rule rule = rule_of(line.name);
    if (rule != Rule::kPass) {
      return malformed("field `" + std::string(line.name) + "` does not belong in a trailer");
    }
    out.add(line.name, line.value);
  }
  return ok();
}

}  // namespace sally::net::http2
