#include "content/outflow/web_url.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "content/normalise/code_points.h"
#include "content/normalise/utf8.h"

namespace sally::content {
namespace {

struct ReferenceRow {
  std::string_view name;
  std::string_view text;
};
constexpr ReferenceRow kReferences[] = {
#define SALLY_ENTITY(name, text) {name, text},
#include "content/normalise/entities.def"
#undef SALLY_ENTITY
};
constexpr size_t kMaxReferenceName = 16;
constexpr size_t kMaxReferenceDigits = 12;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

// What begins with `&` at `at`: how long it is, and what it stands for. Length 0: no reference.
std::pair<size_t, std::string> reference_at(std::string_view text, size_t at) {
  std::string made;
  const auto octet = [&](size_t i) { return i < text.size() ? text[i] : '\0'; };
  if (octet(at + 1) == '#') {
    const bool hex = (octet(at + 2) | 0x20) == 'x';
    size_t end = at + (hex ? 3 : 2);
    const size_t first = end;
    uint32_t code = 0;
    for (; end - first < kMaxReferenceDigits; ++end) {
      const int digit = hex_value(octet(end));
      if (digit < 0 || (!hex && digit > 9)) {
        break;
      }
      code = std::min(code * (hex ? 16U : 10U) + static_cast<uint32_t>(digit), 0x110000U);
    }
    if (end == first) {
      return {0, {}};
    }
    if (code < 0x110000 && (code < 0xD800 || code > 0xDFFF)) {
      append_utf8(made, code);
    }
    return {end - at + (octet(end) == ';' ? 1 : 0), made};
  }
  const std::string_view rest = text.substr(at + 1, kMaxReferenceName);
  const std::string_view name = rest.substr(0, rest.find(';'));
  if (name.size() == rest.size()) {
    return {0, {}};
  }
  for (const ReferenceRow& row : kReferences) {
    if (row.name == name) {
      return {name.size() + 2, std::string(row.text)};
    }
  }
  return {0, {}};
}

// Schemes of which a client reads `\` as `/` and an authority whatever the number of slashes.
bool is_special(std::string_view scheme) {
  constexpr std::string_view kSpecial[] = {"http", "https", "ftp", "ws", "wss", "file"};
  return std::ranges::find(kSpecial, scheme) != std::end(kSpecial);
}

// UTS #46 as far as it makes ASCII of something else: compatibility forms, full stops of other
// scripts, signs that show nothing. Lookalikes stay what they are: they are other hosts.
std::string read_host(std::string_view written) {
  const std::string decoded = percent_decoded(written);
  std::string host;
  for (size_t at = 0; at < decoded.size();) {
    const Decoded it = decode_utf8(decoded, at);
    if (it.code < 0x80) {
      host.push_back(to_lower(static_cast<char>(it.code)));
    } else if (it.code == 0x3002 || it.code == 0xFF0E || it.code == 0xFF61) {
      host.push_back('.');
    } else if (it.code == 0x200B || it.code == 0xAD || it.code == 0x2060 || it.code == 0xFEFF) {
      // shows nothing, is nothing
    } else if (it.code != kInvalid && CodePoints::get()[it.code].action == Action::kFold) {
      host += lower_case(CodePoints::text_of(CodePoints::get()[it.code]));
    } else {
      host += decoded.substr(at, it.length);
    }
    at += it.length;
  }
  while (host.ends_with('.')) {
    host.pop_back();
  }
  return host;
}

size_t scheme_size(std::string_view text) {
  if (text.empty() || !is_ascii_letter(static_cast<uint8_t>(text[0]))) {
    return 0;
  }
  size_t end = 1;
  while (end < text.size() && (is_ascii_alnum(static_cast<uint8_t>(text[end])) ||
                               text[end] == '+' || text[end] == '-' || text[end] == '.')) {
    ++end;
  }
  return end < text.size() && text[end] == ':' ? end : 0;
}

}  // namespace

Mapped decode_references(std::string_view text, size_t from) {
  Mapped out;
  out.text.reserve(text.size());
  out.at.reserve(text.size() + 1);
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '&') {
      const auto [size, made] = reference_at(text, at);
      if (size > 0) {
        out.text += made;
        out.at.insert(out.at.end(), made.size(), from + at);
        at += size;
        continue;
      }
    }
    out.text.push_back(text[at]);
    out.at.push_back(from + at);
    ++at;
  }
  out.at.push_back(from + text.size());
  return out;
}

Mapped decode_css_escapes(const Mapped& text) {
  constexpr size_t kMostDigits = 6;
  Mapped out;
  const std::string& in = text.text;
  for (size_t at = 0; at < in.size();) {
    const size_t begin = at;
    std::string made(1, in[at++]);
    if (made[0] == '\\' && at < in.size()) {
      uint32_t code = 0;
      size_t digits = 0;
      while (digits < kMostDigits && at < in.size() && hex_value(in[at]) >= 0) {
        code = code * 16 + static_cast<uint32_t>(hex_value(in[at++]));
        ++digits;
      }
      made.clear();
      if (digits == 0) {
        made.push_back(in[at++]);
      } else {
        at += at < in.size() && is_space(in[at]) ? 1 : 0;
        if (code < 0x110000 && (code < 0xD800 || code > 0xDFFF)) {
          append_utf8(made, code);
        }
      }
    }
    out.text += made;
    out.at.insert(out.at.end(), made.size(), text.at[begin]);
  }
  out.at.push_back(text.at.back());
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0 &&
        hex_value(text[at + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2])));
      at += 2;
    } else {
      out.push_back(text[at]);
    }
  }
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

WebUrl read_url(std::string_view text) {
  WebUrl url;
  const auto is_edge = [](char c) { return static_cast<uint8_t>(c) <= ' '; };
  while (!text.empty() && is_edge(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_edge(text.back())) {
    text.remove_suffix(1);
  }
  std::ranges::copy_if(text, std::back_inserter(url.text),
                       [](char c) { return c != '\t' && c != '\n' && c != '\r'; });

  std::string_view rest = url.text;
  if (const size_t size = scheme_size(rest); size > 0) {
    url.scheme = lower_case(rest.substr(0, size));
    rest.remove_prefix(size + 1);
  }
  const bool special = url.scheme.empty() || is_special(url.scheme);
  const auto is_slash = [special](char c) { return c == '/' || (special && c == '\\'); };
  size_t slashes = 0;
  while (slashes < rest.size() && is_slash(rest[slashes])) {
    ++slashes;
  }
  const bool has_authority = slashes >= 2 || (special && !url.scheme.empty());
  if (has_authority) {
    rest.remove_prefix(special ? slashes : 2);
    size_t end = 0;
    while (end < rest.size() && !is_slash(rest[end]) && rest[end] != '?' && rest[end] != '#') {
      ++end;
    }
    std::string_view authority = rest.substr(0, end);
    rest.remove_prefix(end);
    if (const size_t user = authority.rfind('@'); user != std::string_view::npos) {
      url.has_user = true;
      authority.remove_prefix(user + 1);
    }
    const size_t colon = authority.rfind(':');
    const size_t bracket = authority.rfind(']');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon)) {
      authority = authority.substr(0, colon);
    }
    url.host = read_host(authority);
  }
  const size_t hash = rest.find('#');
  if (hash != std::string_view::npos) {
    url.fragment = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  const size_t question = rest.find('?');
  if (question != std::string_view::npos) {
    url.query = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }
  url.path = rest;
  return url;
}

}  // namespace sally::content
