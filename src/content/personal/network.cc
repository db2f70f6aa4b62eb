#include "content/personal/network.h"

#include <algorithm>
#include <array>

#include "base/address.h"
#include "base/encoding.h"
#include "content/personal/checksum.h"
#include "content/personal/token.h"

namespace sally::content::personal {
namespace {

constexpr size_t kMaxLocal = 64;  // RFC 5321 section 4.5.3.1.1
constexpr size_t kMaxHost = 253;  // RFC 1035
constexpr size_t kMaxLabel = 63;

bool is_high(char c) {
  return class_of(c) == OctetClass::kHigh;
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_local(char c) {
  return is_alnum(c) || is_high(c) ||
         (c != '\0' && std::string_view(".!#$%&*+-/=?^_{|}~").find(c) != std::string_view::npos);
}

// The end of a host name that begins at `begin`: labels with points between them, the last of
// letters. Equal to `begin` where there are not two.
struct Host {
  size_t end = 0;
  size_t last = 0;  // where the last label begins
  size_t labels = 0;
};
Host host_at(std::string_view text, size_t begin) {
  Host best{begin, begin, 0};
  size_t label = begin;
  size_t labels = 0;
  const size_t limit = std::min(text.size(), begin + kMaxHost);
  while (label < limit) {
    size_t end = label;
    bool letters = true;
    while (end < limit && end - label <= kMaxLabel &&
           (is_alnum(text[end]) || is_high(text[end]) || text[end] == '-' || text[end] == '_')) {
      letters = letters && !is_digit(text[end]) && text[end] != '_';
      ++end;
    }
    if (end == label || text[label] == '-' || end - label > kMaxLabel) {
      break;
    }
    ++labels;
    size_t trimmed = end;
    while (trimmed > label && (text[trimmed - 1] == '-' || text[trimmed - 1] == '_')) {
      --trimmed;
    }
    if (labels >= 2 && trimmed - label >= 2 && (letters || text.substr(label, 4) == "xn--")) {
      best = {trimmed, label, labels};
    }
    if (trimmed != end || end >= limit || text[end] != '.') {
      break;
    }
    label = end + 1;
  }
  return best;
}

// Behind a URL: what is punctuation of the sentence.
size_t trimmed_end(std::string_view text, size_t begin, size_t end) {
  while (end > begin) {
    const char last = text[end - 1];
    if (std::string_view(".,;:!?'*_~").find(last) != std::string_view::npos) {
      --end;
    } else if (last == ')' || last == ']') {
      const char opening = last == ')' ? '(' : '[';
      const std::string_view url = text.substr(begin, end - begin);
      if (std::ranges::count(url, opening) >= std::ranges::count(url, last)) {
        break;
      }
      // Each round takes one of them away; more than a few are no URL's.
      --end;
      if (url.size() > 4096) {
        break;
      }
    } else {
      break;
    }
  }
  return end;
}

size_t url_end(std::string_view text, size_t at) {
  while (at < text.size()) {
    const char c = text[at];
    if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '<' || c == '>' || c == '`' ||
        c == '\\' || c == '{' || c == '}' || c == '|' || c == '^' || c == '\x7F') {
      break;
    }
    // White space and closing marks that are not ASCII: U+00A0, U+2000 to U+206F, U+3000 to U+3002.
    const std::string_view next = text.substr(at, 2);
    if (next == "\xC2\xA0" || next == "\xE2\x80" || text.substr(at, 3) == "\xE3\x80\x80" ||
        text.substr(at, 3) == "\xE3\x80\x81" || text.substr(at, 3) == "\xE3\x80\x82") {
      break;
    }
    if (c == '\'' && at + 1 < text.size() && !is_alnum(text[at + 1])) {
      break;
    }
    ++at;
  }
  return at;
}

// Top-level domains that stand for themselves in a text, and those that are words of English or
// endings of files too and need a third label.
constexpr auto kDomains = std::to_array<std::string_view>(
    {"ae",  "ai", "ar",  "asia", "at",   "au", "be",  "bg", "biz", "br",     "ca",    "ch",
     "cl",  "cn", "co",  "com",  "coop", "cz", "de",  "dk", "edu", "ee",     "es",    "eu",
     "fi",  "fr", "gov", "gr",   "hk",   "hr", "hu",  "ie", "il",  "int",    "io",    "ir",
     "jp",  "ke", "kr",  "lt",   "lu",   "lv", "mil", "mx", "net", "ng",     "nl",    "nz",
     "org", "pe", "ph",  "pk",   "pt",   "ro", "ru",  "se", "sg",  "si",     "sk",    "th",
     "tr",  "tw", "ua",  "uk",   "us",   "uy", "vn",  "za", "xyz", "online", "museum"});
constexpr auto kWordDomains = std::to_array<std::string_view>(
    {"app",   "at",   "be",   "cloud", "dev", "id", "in", "info", "is",
     "it",    "me",   "my",   "no",    "so",  "to", "us", "am",   "site",
     "store", "tech", "name", "pro",   "pl",  "rs", "ai", "ca",   "io"});

}  // namespace

std::optional<Span> email_at(std::string_view text, size_t at) {
  size_t begin = at;
  while (begin > 0 && at - begin < kMaxLocal + 1 && is_local(text[begin - 1])) {
    --begin;
  }
  while (begin < at && !is_alnum(text[begin]) && !is_high(text[begin]) && text[begin] != '_' &&
         text[begin] != '+') {
    ++begin;
  }
  // `key=name@host` and `a/b@host`: the address is the last part.
  for (size_t i = at; i-- > begin;) {
    if (std::string_view("=/?&|#").find(text[i]) != std::string_view::npos) {
      begin = i + 1;
      break;
    }
  }
  if (begin == at || at - begin > kMaxLocal || text[at - 1] == '.') {
    return std::nullopt;
  }
  const Host host = host_at(text, at + 1);
  if (host.labels < 2) {
    return std::nullopt;
  }
  return Span{begin, host.end};
}

std::optional<Span> url_at(std::string_view text, size_t colon) {
  constexpr size_t kMaxScheme = 16;
  size_t begin = colon;
  while (begin > 0 && colon - begin <= kMaxScheme &&
         (is_alnum(text[begin - 1]) || text[begin - 1] == '+' || text[begin - 1] == '-')) {
    --begin;
  }
  while (begin < colon && (is_digit(text[begin]) || !is_alnum(text[begin]))) {
    ++begin;
  }
  const size_t host = colon + 3;
  if (colon - begin < 2 || colon - begin > kMaxScheme || host >= text.size() ||
      !(is_alnum(text[host]) || is_high(text[host]) || text[host] == '[')) {
    return std::nullopt;
  }
  const size_t end = trimmed_end(text, begin, url_end(text, host));
  return end > host ? std::optional(Span{begin, end}) : std::nullopt;
}

std::optional<Span> www_at(std::string_view text, size_t begin) {
  const Host host = host_at(text, begin);
  if (host.labels < 3) {
    return std::nullopt;
  }
  const bool more = host.end < text.size() &&
                    (text[host.end] == '/' || text[host.end] == '?' || text[host.end] == ':');
  return Span{begin, more ? trimmed_end(text, begin, url_end(text, host.end)) : host.end};
}

std::optional<Span> domain_at(std::string_view text, size_t begin) {
  const Host host = host_at(text, begin);
  if (host.labels < 2 || text[host.end - 1] < 'a' || text[host.end - 1] > 'z') {
    return std::nullopt;
  }
  const std::string_view last = text.substr(host.last, host.end - host.last);
  const bool word = std::ranges::find(kWordDomains, last) != kWordDomains.end();
  if (word ? host.labels < 3 : std::ranges::find(kDomains, last) == kDomains.end()) {
    return std::nullopt;
  }
  // A call, an assignment, a path.
  if (host.end < text.size() &&
      std::string_view("(=[_@-").find(text[host.end]) != std::string_view::npos) {
    return std::nullopt;
  }
  // A name has a letter before its top-level domain.
  const std::string_view name = text.substr(begin, host.last - begin);
  if (std::ranges::none_of(name, [](char c) { return is_alnum(c) && !is_digit(c); }) &&
      std::ranges::none_of(name, is_high)) {
    return std::nullopt;
  }
  return Span{begin, host.end};
}

std::optional<Span> ipv4_at(std::string_view text, size_t begin) {
  size_t at = begin;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (at >= text.size() || text[at] != '.') {
        return std::nullopt;
      }
      ++at;
    }
    const size_t from = at;
    unsigned value = 0;
    while (at < text.size() && at - from < 4 && is_digit(text[at])) {
      value = value * 10 + digit_of(text[at]);
      ++at;
    }
    if (at == from || value > 255 || (at - from > 1 && text[from] == '0')) {
      return std::nullopt;
    }
  }
  if (at < text.size() && (is_alnum(text[at]) || text[at] == '_')) {
    return std::nullopt;
  }
  if (at + 1 < text.size() && (text[at] == '.' || text[at] == '-') && is_digit(text[at + 1])) {
    return std::nullopt;
  }
  return Span{begin, at};
}

std::optional<Span> ipv6_at(std::string_view text, size_t begin) {
  constexpr size_t kLongest = 45;
  size_t end = begin;
  size_t colons = 0;
  size_t digits = 0;
  size_t hex = 0;
  while (end < text.size() && end - begin <= kLongest &&
         (is_hex(text[end]) || text[end] == ':' || text[end] == '.')) {
    colons += text[end] == ':' ? 1 : 0;
    digits += is_digit(text[end]) ? 1 : 0;
    hex += is_hex(text[end]) ? 1 : 0;
    ++end;
  }
  while (end > begin && (text[end - 1] == '.' ||
                         (text[end - 1] == ':' && (end - begin < 2 || text[end - 2] != ':')))) {
    colons -= text[end - 1] == ':' ? 1 : 0;
    --end;
  }
  const std::string_view address = text.substr(begin, end - begin);
  const bool loopback = address == "::1";
  if (colons < 2 || end - begin > kLongest || digits == 0 || (hex < 4 && !loopback) ||
      (end < text.size() && (is_alnum(text[end]) || text[end] == '_')) ||
      (colons == 2 && address.find("::") == std::string_view::npos)) {
    return std::nullopt;
  }
  return IpAddress::parse(address).ok() ? std::optional(Span{begin, end}) : std::nullopt;
}

std::optional<Span> mac_at(std::string_view text, size_t begin) {
  const auto hex_run = [text](size_t at, size_t size) {
    return at + size <= text.size() &&
           std::ranges::all_of(text.substr(at, size), [](char c) { return is_hex(c); });
  };
  const auto ends = [text](size_t end, char separator) {
    return end >= text.size() ||
           (!is_alnum(text[end]) && text[end] != '_' &&
            (text[end] != separator || end + 1 >= text.size() || !is_alnum(text[end + 1])));
  };
  if (hex_run(begin, 4) && begin + 14 <= text.size() && text[begin + 4] == '.' &&
      hex_run(begin + 5, 4) && text[begin + 9] == '.' && hex_run(begin + 10, 4) &&
      ends(begin + 14, '.')) {
    return Span{begin, begin + 14};
  }
  if (!hex_run(begin, 2) || begin + 2 >= text.size()) {
    return std::nullopt;
  }
  const char separator = text[begin + 2];
  if (separator != ':' && separator != '-') {
    return std::nullopt;
  }
  size_t pairs = 1;
  size_t end = begin + 2;
  while (pairs < 8 && end < text.size() && text[end] == separator && hex_run(end + 1, 2)) {
    end += 3;
    ++pairs;
  }
  return (pairs == 6 || pairs == 8) && ends(end, separator) ? std::optional(Span{begin, end})
                                                            : std::nullopt;
}

}  // namespace sally::content::personal
