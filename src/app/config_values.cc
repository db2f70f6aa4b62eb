#include "app/config_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/address.h"
#include "base/text.h"
#include "net/target.h"

namespace sally::app {
namespace {

struct SizeUnit {
  std::string_view name;
  uint64_t bytes;
};
constexpr std::array<SizeUnit, 5> kSizeUnits = {
    {{"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}}};

Error bad_url(std::string_view text, std::string_view why) {
  return Error(ErrorKind::kUsage, fmt::format("`{}` is no URL: {}", printable(text), why),
               "a URL looks like https://host:port/base");
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '-' && host.front() != '.' &&
         std::ranges::all_of(host, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

}  // namespace

Result<uint64_t> parse_size(std::string_view text) {
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  for (const SizeUnit& row : kSizeUnits) {
    if (error == std::errc{} && unit == row.name &&
        count <= std::numeric_limits<uint64_t>::max() / row.bytes) {
      return count * row.bytes;
    }
  }
  return Error(ErrorKind::kUsage, fmt::format("`{}` is no size", printable(text)),
               "a size is a number of bytes with B, KiB, MiB or GiB");
}

std::string format_size(uint64_t bytes) {
  const SizeUnit* best = &kSizeUnits[1];
  for (const SizeUnit& row : kSizeUnits) {
    if (bytes != 0 && bytes % row.bytes == 0 && row.bytes > best->bytes) {
      best = &row;
    }
  }
  return fmt::format("{}{}", bytes / best->bytes, best->name);
}

Result<double> parse_share(std::string_view text) {
  constexpr size_t kMostDigits = 9;
  const bool plain = !text.empty() && text.size() <= 2 + kMostDigits &&
                     (text[0] == '0' || text[0] == '1') &&
                     (text.size() == 1 || (text.size() > 2 && text[1] == '.')) &&
                     std::ranges::all_of(text.substr(std::min<size_t>(2, text.size())),
                                         [](char c) { return c >= '0' && c <= '9'; });
  double value = 0;
  if (plain) {
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  if (!plain || value > 1) {
    return Error(ErrorKind::kUsage, "no share from 0 to 1");
  }
  return value;
}

Result<Url> parse_url(std::string_view text) {
  Url out;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    out.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return bad_url(text, "it begins with neither http:// nor https://");
  }
  const size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  if (authority.find('@') != std::string_view::npos) {
    return bad_url(text.substr(0, text.find("://") + 3), "a user or password stands in it");
  }
  if (rest.find_first_of("?#") != std::string_view::npos) {
    return bad_url(text, "a query or fragment stands in it");
  }
  const bool literal = authority.starts_with('[');
  const size_t host_end =
      literal ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) {
    return bad_url(text, "the bracket is not closed");
  }
  out.host = authority.substr(literal ? 1 : 0, host_end - (literal ? 1 : 0));
  authority.remove_prefix(host_end + (literal ? 1 : 0));
  if (literal ? !IpAddress::parse(out.host).ok() : !is_host_name(out.host)) {
    return bad_url(text, fmt::format("`{}` is no host", printable(out.host)));
  }
  const uint16_t standard = out.tls ? 443 : 80;
  out.port = standard;
  if (!authority.empty()) {
    const std::string_view digits = authority.substr(1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
    if (authority.front() != ':' || error != std::errc{} || out.port == 0 ||
        end != digits.data() + digits.size()) {
      return bad_url(text, fmt::format("`{}` is no port", printable(authority)));
    }
  }
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  if (!path.empty() && !net::parse_target(path).ok()) {
    return bad_url(text, fmt::format("`{}` is no plain path", printable(path)));
  }
  out.base_path = path;
  out.authority = literal ? fmt::format("[{}]", out.host) : out.host;
  if (out.port != standard) {
    out.authority += fmt::format(":{}", out.port);
  }
  return out;
}

bool is_field_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

}  // namespace sally::app
