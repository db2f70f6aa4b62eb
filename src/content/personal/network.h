// Addresses of networks: e-mail, URLs, names and numbers of hosts. Each function looks at one place
// of a text and at a bounded number of octets around it, but for URLs, which end where they end.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sally::content::personal {

struct Span {
  size_t begin = 0;
  size_t end = 0;
};

// RFC 5321 with what RFC 6531 adds; no quoted local parts. `at`: the place of an `@`.
std::optional<Span> email_at(std::string_view text, size_t at);

// `colon`: the place of a `:` before `//`; or of the first letter of `www.`.
std::optional<Span> url_at(std::string_view text, size_t colon);
std::optional<Span> www_at(std::string_view text, size_t begin);

// A host name without a scheme, of a top-level domain that is no word and no file's ending.
// `begin`: its first octet.
std::optional<Span> domain_at(std::string_view text, size_t begin);

// Four numbers up to 255 with points; nothing of an address before or behind.
std::optional<Span> ipv4_at(std::string_view text, size_t begin);
// RFC 4291 section 2.2; none that is colons and hardly a number, such as `a::b` in a program.
std::optional<Span> ipv6_at(std::string_view text, size_t begin);
// Six (EUI-48) or eight (EUI-64) pairs with `:` or `-`, or three groups of four with points.
std::optional<Span> mac_at(std::string_view text, size_t begin);

}  // namespace sally::content::personal
