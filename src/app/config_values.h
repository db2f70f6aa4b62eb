// The values of a configuration that base has no parser for: sizes and URLs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sally::app {

// `16MiB`, `32KiB`, `1GiB`, `240B`, `240`: bytes. Refuses anything else, and overflow.
Result<uint64_t> parse_size(std::string_view text);
// The same size in the largest unit that divides it.
std::string format_size(uint64_t bytes);

// `0.25`, `0`, `1`: a share of one, with at most nine digits after the point.
Result<double> parse_share(std::string_view text);

struct Url {
  bool tls = false;
  std::string host;       // a name or an address literal, without brackets
  uint16_t port = 0;      // 443 or 80 where the URL has none
  std::string base_path;  // `/base`, without a slash at its end; may be empty
  std::string authority;  // what `Host` says: the host, and the port unless it is the scheme's own
};

// `http://host[:port][/base]` and https. No user, no query, no fragment; the host is a DNS name or
// an address literal. RFC 3986.
Result<Url> parse_url(std::string_view text);

// Whether `text` may be the name of a field: a token of RFC 9110 in lower case.
[[nodiscard]] bool is_field_name(std::string_view text);

}  // namespace sally::app
