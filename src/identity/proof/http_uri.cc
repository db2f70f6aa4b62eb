#include "identity/proof/http_uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/encoding.h"

namespace sally::identity {
namespace {

constexpr size_t kEscape = 3;  // `%7E`
constexpr size_t kMaxPortDigits = 5;
constexpr unsigned kMaxPort = 65'535;
// RFC 3986, section 2.2 and 3.3: what may stand as it is, besides the unreserved.
constexpr std::string_view kInHost = "!$&'()*+,;=";
constexpr std::string_view kInPath = "!$&'()*+,;=:@/";

struct SchemeRow {
  std::string_view name;
  unsigned port;
};
constexpr SchemeRow kSchemes[] = {{"https", 443}, {"http", 80}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_unreserved(char c) {
  const char lower = to_lower(c);
  return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

// Section 6.2.2: escapes in upper case, and none for what needs none.
std::optional<std::string> normal_escapes(std::string_view text, std::string_view allowed) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c != '%') {
      if (!is_unreserved(c) && allowed.find(c) == std::string_view::npos) {
        return std::nullopt;
      }
      out += c;
      ++at;
      continue;
    }
    const auto octet = from_hex(text.substr(at + 1, kEscape - 1));
    if (!octet || octet->size() != 1) {
      return std::nullopt;
    }
    const auto value = std::to_integer<unsigned char>(octet->front());
    if (is_unreserved(static_cast<char>(value))) {
      out += static_cast<char>(value);
    } else {
      out += fmt::format("%{:02X}", value);
    }
    at += kEscape;
  }
  return out;
}

// Section 5.2.4, of a path that begins with a slash.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool open = false;  // the last segment was a dot: the path ends with a slash
  for (size_t at = 0; at < path.size();) {
    const size_t end = std::min(path.find('/', at + 1), path.size());
    const std::string_view segment = path.substr(at + 1, end - at - 1);
    open = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) {
      kept.pop_back();
    } else if (!open) {
      kept.push_back(segment);
    }
    at = end;
  }
  std::string out;
  for (const std::string_view segment : kept) {
    out += '/';
    out += segment;
  }
  if (open || kept.empty()) {
    out += '/';
  }
  return out;
}

// The port to be written after the host; 0 for none.
std::optional<unsigned> port_of(std::string_view text, unsigned standard) {
  if (text.empty()) {
    return 0;
  }
  unsigned port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.size() > kMaxPortDigits || !std::ranges::all_of(text, is_digit) ||
      read.ec != std::errc() || port == 0 || port > kMaxPort) {
    return std::nullopt;
  }
  return port == standard ? 0 : port;
}

std::optional<std::string> normal_host(std::string_view host) {
  std::optional<std::string> out;
  if (host.starts_with('[')) {
    const bool literal =
        host.size() > 2 && host.ends_with(']') &&
        std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) {
          const char lower = to_lower(c);
          return is_digit(c) || (lower >= 'a' && lower <= 'f') || c == ':' || c == '.';
        });
    out = literal ? std::optional<std::string>(host) : std::nullopt;
  } else if (!host.empty()) {
    out = normal_escapes(host, kInHost);
  }
  if (out) {
    std::ranges::transform(*out, out->begin(), to_lower);
  }
  return out;
}

std::optional<std::string> normal_authority(std::string_view authority, unsigned standard_port) {
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const auto host = normal_host(authority.substr(0, colon));
  const auto port = colon == std::string_view::npos
                        ? std::optional(0U)
                        : port_of(authority.substr(colon + 1), standard_port);
  if (!host || !port) {
    return std::nullopt;
  }
  return *port == 0 ? *host : fmt::format("{}:{}", *host, *port);
}

}  // namespace

std::optional<std::string> normal_http_uri(std::string_view uri) {
  constexpr std::string_view kSlashes = "://";
  const size_t colon = uri.find(':');
  if (colon == std::string_view::npos || !uri.substr(colon).starts_with(kSlashes)) {
    return std::nullopt;
  }
  const auto* const scheme = std::ranges::find_if(kSchemes, [&](const SchemeRow& row) {
    return equal_ignoring_case(row.name, uri.substr(0, colon));
  });
  if (scheme == std::end(kSchemes)) {
    return std::nullopt;
  }
  std::string_view rest = uri.substr(colon + kSlashes.size());
  rest = rest.substr(0, rest.find_first_of("?#"));
  const size_t slash = std::min(rest.find('/'), rest.size());
  const auto authority = normal_authority(rest.substr(0, slash), scheme->port);
  const auto path = normal_escapes(rest.substr(slash), kInPath);
  if (!authority || !path) {
    return std::nullopt;
  }
  return fmt::format("{}{}{}{}", scheme->name, kSlashes, *authority, without_dot_segments(*path));
}

}  // namespace sally::identity
