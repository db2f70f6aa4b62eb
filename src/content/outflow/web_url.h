// WebUrl: a reference as it stands in a text, and where a client that follows it would go (WHATWG
// URL Standard, sections 4.4 and 4.5): white space inside, backslashes, users, encoded hosts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sally::content {

struct WebUrl {
  std::string text;      // as a client takes it: decoded where its syntax is, no line ends
  std::string scheme;    // lower case; empty: the page's own
  std::string host;      // percent-decoded, lower case, no port and no final dot; empty: the page's
  std::string path;      // as written, like query and fragment
  std::string query;     // without `?`
  std::string fragment;  // without `#`
  bool has_user = false;
  friend bool operator==(const WebUrl&, const WebUrl&) = default;

  // Neither scheme nor host: it stays where the page came from.
  [[nodiscard]] bool is_relative() const { return scheme.empty() && host.empty(); }
};

// Never fails: what is no URL is relative. Linear.
[[nodiscard]] WebUrl read_url(std::string_view text);

// A text that was decoded, and for each of its octets where it stood; `at` has one more, the end.
struct Mapped {
  std::string text;
  std::vector<size_t> at;
};
// Character references of HTML, named and numeric, with or without `;`. Offsets count from `from`.
[[nodiscard]] Mapped decode_references(std::string_view text, size_t from);
// Escapes of CSS (`\75 rl`), offsets taken from `text`.
[[nodiscard]] Mapped decode_css_escapes(const Mapped& text);
// `%41` once; what is no escape stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace sally::content
