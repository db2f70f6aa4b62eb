// Request targets and authorities: the checks that every HTTP version shares. RFC 3986, RFC
// 9110 4.2. Pure functions over hostile text.
#pragma once

#include <string_view>

#include "base/result.h"

namespace sally::net {

// A request target in origin form, cut in two. Views into the text that was parsed.
struct Target {
  std::string_view path;   // begins with `/`
  std::string_view query;  // without `?`; empty when absent
};

// Accepts a target that every server reads alike, and refuses (kInvalidInput) any other: not
// beginning with `/`; empty segments (`//`); dot segments, plain, encoded or with parameters
// (`..;`); a fragment; bytes that RFC 3986 forbids in a path; malformed escapes; escapes of a
// letter, a digit, a dot, a slash, a backslash or a control character; an escape within an escape
// (`%252e`); escapes that are not UTF-8. A query may hold any visible ASCII but `"`, `#`, `<`, `>`
// and a backslash, and any well-formed escape but `%00`. The length is the caller's to bound.
Result<Target> parse_target(std::string_view text);

// Accepts `host` or `host:port`: a name or IPv4 address of letters, digits, `-`, `.`, `_`, or an
// IPv6 address in brackets; a port of 1 to 65535. No user information, lists or escapes.
Result<> check_authority(std::string_view text);

}  // namespace sally::net
