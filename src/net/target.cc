#include "net/target.h"

#include <array>
#include <cstdint>
#include <string>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::net {
namespace {

enum CharClass : uint8_t {
  kAlnum = 1,
  kPath = 2,   // unreserved, sub-delims, `:`, `@` (RFC 3986 pchar)
  kQuery = 4,  // visible ASCII that no reader of a query stumbles over
  kName = 8,   // a registered name or an IPv4 address
};

constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes{};
  for (int c = 0x21; c < 0x7f; ++c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    uint8_t mask = 0;
    if (alnum) {
      mask = kAlnum | kPath | kQuery | kName;
    } else if (std::string_view("-._~!$&'()*+,;=:@").find(static_cast<char>(c)) !=
               std::string_view::npos) {
      mask = kPath | kQuery;
    } else if (std::string_view("\"#<>\\%").find(static_cast<char>(c)) == std::string_view::npos) {
      mask = kQuery;
    }
    if (c == '-' || c == '.' || c == '_') {
      mask |= kName;
    }
    classes[static_cast<size_t>(c)] = mask;
  }
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

bool is(char c, CharClass wanted) {
  return (kClasses[static_cast<uint8_t>(c)] & wanted) != 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The octet of the escape at `at`, or -1.
int escape_at(std::string_view text, size_t at) {
  if (at + 2 >= text.size()) {
    return -1;
  }
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

Error refuse(const char* what, std::string_view text) {
  return Error(
      ErrorKind::kInvalidInput, std::string(what) + " in target `" + printable(text) + "`",
      "send the path in its plain form: no escapes that could stand as themselves, no `.`, "
      "`..` or empty segments");
}

// nullptr, or what is wrong with the escape at `at` of a path.
const char* path_escape_error(std::string_view path, size_t at, int octet) {
  if (octet < 0) {
    return "malformed escape";
  }
  const char c = static_cast<char>(octet);
  if (octet < 0x20 || octet == 0x7f) {
    return "encoded control character";
  }
  if (c == '/' || c == '\\') {
    return "encoded slash";
  }
  if (c == '.' || (octet < 0x80 && is(c, kAlnum))) {
    return "needless escape";
  }
  if (c == '%' && at + 4 < path.size() && hex_value(path[at + 3]) >= 0 &&
      hex_value(path[at + 4]) >= 0) {
    return "escape within an escape";
  }
  return nullptr;
}

// Whether the segment is `.` or `..`, with or without parameters.
bool is_dot_segment(std::string_view segment) {
  segment = segment.substr(0, segment.find(';'));
  return segment == "." || segment == "..";
}

// `path`, whose escapes are well formed, as the octets it stands for.
std::string decode(std::string_view path) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%') {
      out += static_cast<char>(escape_at(path, i));
      i += 2;
    } else {
      out += path[i];
    }
  }
  return out;
}

Result<> check_path(std::string_view path) {
  size_t segment = 1;
  bool beyond_ascii = false;
  for (size_t i = 1; i <= path.size(); ++i) {
    if (i == path.size() || path[i] == '/') {
      if (is_dot_segment(path.substr(segment, i - segment))) {
        return refuse("dot segment", path);
      }
      if (i < path.size() && i == segment) {
        return refuse("empty segment", path);
      }
      segment = i + 1;
    } else if (path[i] == '%') {
      const int octet = escape_at(path, i);
      if (const char* wrong = path_escape_error(path, i, octet)) {
        return refuse(wrong, path);
      }
      beyond_ascii = beyond_ascii || octet >= 0x80;
      i += 2;
    } else if (!is(path[i], kPath)) {
      return refuse(path[i] == '\\' ? "backslash" : "forbidden character", path);
    }
  }
  if (beyond_ascii && !is_utf8(decode(path))) {
    return refuse("escapes that are not UTF-8", path);
  }
  return ok();
}

Result<> check_query(std::string_view query) {
  for (size_t i = 0; i < query.size(); ++i) {
    if (query[i] == '%') {
      const int octet = escape_at(query, i);
      if (octet <= 0) {
        return Error(ErrorKind::kInvalidInput,
                     octet < 0 ? "malformed escape in the query" : "encoded NUL in the query",
                     "percent-encode as RFC 3986 says");
      }
      i += 2;
    } else if (!is(query[i], kQuery)) {
      return Error(ErrorKind::kInvalidInput, "forbidden character in the query",
                   "percent-encode it");
    }
  }
  return ok();
}

Error refuse_authority(const char* what, std::string_view text) {
  return Error(ErrorKind::kInvalidInput,
               std::string(what) + " in authority `" + printable(text) + "`",
               "send `host` or `host:port`");
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (text.empty() || text.front() != '/') {
    return refuse("no `/` at the start", text);
  }
  const size_t mark = text.find('?');
  const Target target{text.substr(0, mark),
                      mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1)};
  TRY_OK(check_path(target.path));
  TRY_OK(check_query(target.query));
  return target;
}

Result<> check_authority(std::string_view text) {
  constexpr size_t kLongest = 255 + 6;
  if (text.empty() || text.size() > kLongest) {
    return refuse_authority(text.empty() ? "no host" : "more than 261 bytes", text);
  }
  size_t end = 0;
  if (text.front() == '[') {
    end = text.find(']');
    if (end == std::string_view::npos || end < 3) {
      return refuse_authority("malformed IPv6 address", text);
    }
    for (const char c : text.substr(1, end - 1)) {
      if (hex_value(c) < 0 && c != ':' && c != '.') {
        return refuse_authority("malformed IPv6 address", text);
      }
    }
    ++end;
  } else {
    while (end < text.size() && is(text[end], kName)) {
      ++end;
    }
    if (end == 0) {
      return refuse_authority("no host", text);
    }
  }
  if (end == text.size()) {
    return ok();
  }
  const std::string_view port = text.substr(end + 1);
  if (text[end] != ':' || port.empty() || port.size() > 5) {
    return refuse_authority("unexpected character", text);
  }
  uint32_t value = 0;
  for (const char c : port) {
    if (c < '0' || c > '9') {
      return refuse_authority("malformed port", text);
    }
    value = value * 10 + static_cast<uint32_t>(c - '0');
  }
  if (value == 0 || value > 65535) {
    return refuse_authority("port out of range", text);
  }
  return ok();
}

}  // namespace sally::net
