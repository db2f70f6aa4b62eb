// The normal form of an HTTP URI (RFC 3986, sections 6.2.2 and 6.2.3), without query and fragment:
// two spellings of one target are one text. What a DPoP proof's `htu` is compared by (RFC 9449,
// section 4.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sally::identity {

// `HTTPS://Gate.Example:443/%7Eme/./v1?q#f` becomes `https://gate.example/~me/v1`. Nullopt: another
// scheme than `http` and `https`, no host, user information, a port that is none, or a character
// that no URI has. An encoded slash stays what it is: another path than with a plain one.
[[nodiscard]] std::optional<std::string> normal_http_uri(std::string_view uri);

}  // namespace sally::identity
