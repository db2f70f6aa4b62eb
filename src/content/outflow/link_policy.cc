#include "content/outflow/link_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "content/normalise/utf8.h"
#include "content/outflow/decoded_forms.h"

namespace sally::content {
namespace {

constexpr size_t kLongestLabels = 64;        // octets of a host before its last two labels
constexpr size_t kLongestLabel = 40;         // ... of one of them
constexpr size_t kLongestFetchedPath = 256;  // octets
constexpr size_t kLongestPath = 1'024;
constexpr size_t kMinRandom = 40;      // characters of a token that is random
constexpr double kRandomBits = 4.2;    // of entropy, for each of them
constexpr size_t kMinHiddenText = 12;  // octets that were decoded and read as text

enum class HoldsIn : uint8_t { kPath, kLabel };
struct ProxyHost {
  std::string_view host;
  HoldsIn where;
};
constexpr ProxyHost kProxyHosts[] = {
#define SALLY_PROXY_PARAMETER(name)
#define SALLY_PROXY_HOST(host, where) {host, HoldsIn::where},
#include "content/outflow/link_proxies.def"
#undef SALLY_PROXY_PARAMETER
#undef SALLY_PROXY_HOST
};
constexpr std::string_view kProxyParameters[] = {
#define SALLY_PROXY_PARAMETER(name) name,
#define SALLY_PROXY_HOST(host, where)
#include "content/outflow/link_proxies.def"
#undef SALLY_PROXY_PARAMETER
#undef SALLY_PROXY_HOST
};

bool is_below(std::string_view host, std::string_view parent) {
  return host.size() > parent.size() && host.ends_with(parent) &&
         host[host.size() - parent.size() - 1] == '.';
}

bool matches(std::string_view pattern, std::string_view host) {
  if (pattern == "*") {
    return true;
  }
  if (pattern.starts_with("*.")) {
    return is_below(host, pattern.substr(2));
  }
  return pattern == host;
}

bool is_host_pattern(std::string_view pattern) {
  if (pattern == "*") {
    return true;
  }
  if (pattern.starts_with("*.")) {
    pattern.remove_prefix(2);
  }
  return !pattern.empty() && pattern.front() != '.' && pattern.back() != '.' &&
         std::ranges::all_of(pattern, [](char c) {
           return is_ascii_digit(static_cast<uint8_t>(c)) || (c >= 'a' && c <= 'z') || c == '-' ||
                  c == '.' || c == ':' || c == '[' || c == ']' || c == '_' ||
                  static_cast<uint8_t>(c) >= 0x80;
         });
}

// `evil.example`, by its looks: labels, the last of letters.
bool looks_like_host(std::string_view text) {
  const size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || text.size() - dot < 3) {
    return false;
  }
  const auto is_letter = [](char c) { return is_ascii_letter(static_cast<uint8_t>(c)); };
  return std::ranges::all_of(text.substr(dot + 1), is_letter) &&
         std::ranges::all_of(text, [](char c) {
           return is_ascii_alnum(static_cast<uint8_t>(c)) || c == '-' || c == '.';
         });
}

double entropy(std::string_view text) {
  std::array<unsigned, 256> counts{};
  for (const char c : text) {
    ++counts[static_cast<uint8_t>(c)];
  }
  double bits = 0;
  for (const unsigned count : counts) {
    if (count > 0) {
      const double share = static_cast<double>(count) / static_cast<double>(text.size());
      bits -= share * std::log2(share);
    }
  }
  return bits;
}

// A token in which every character is as good as any: a key, or something encoded.
bool holds_random(std::string_view text) {
  const auto is_part = [](char c) {
    return is_ascii_alnum(static_cast<uint8_t>(c)) || c == '+' || c == '/' || c == '_' || c == '-';
  };
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    bool digit = false;
    bool upper = false;
    bool lower = false;
    while (end < text.size() && is_part(text[end])) {
      digit |= is_ascii_digit(static_cast<uint8_t>(text[end]));
      upper |= text[end] >= 'A' && text[end] <= 'Z';
      lower |= text[end] >= 'a' && text[end] <= 'z';
      ++end;
    }
    if (end - at >= kMinRandom && digit && upper && lower &&
        entropy(text.substr(at, end - at)) >= kRandomBits) {
      return true;
    }
    at = std::max(end, at + 1);
  }
  return false;
}

// The labels of a host before the last two.
std::string_view own_labels(std::string_view host) {
  const size_t last = host.rfind('.');
  const size_t second = last == std::string_view::npos || last == 0 ? std::string_view::npos
                                                                    : host.rfind('.', last - 1);
  return second == std::string_view::npos ? std::string_view() : host.substr(0, second);
}

std::string without_separators(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<uint8_t>(c) >= 0x80 || is_ascii_alnum(static_cast<uint8_t>(c))) {
      out.push_back(to_lower(c));
    }
  }
  return out;
}

// What of a URL its server, or the name server, gets to see.
std::string sent_part(const WebUrl& url) {
  std::string out(own_labels(url.host));
  std::string joined = out;
  std::erase(joined, '.');
  out += " " + joined + " " + url.path + " " + url.query + " " + url.fragment;
  // Pieces of one text in several parameters.
  std::string values;
  for (std::string_view rest = url.query; !rest.empty();) {
    const size_t end = std::min(rest.find_first_of("&;"), rest.size());
    const std::string_view one = rest.substr(0, end);
    const size_t sign = one.find('=');
    values += sign == std::string_view::npos ? one : one.substr(sign + 1);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return values == url.query ? out : out + " " + values;
}

bool holds_any(const WebUrl& url, std::span<const std::string_view> sensitive) {
  if (sensitive.empty()) {
    return false;
  }
  std::vector<std::string> low;
  std::vector<std::string> bare;
  const std::string sent = url.scheme == "mailto" || url.host.empty() ? url.text : sent_part(url);
  for (const DecodedForm& form : decoded_forms(sent)) {
    low.push_back(lower_case(form.text));
    std::ranges::replace(low.back(), '+', ' ');
    bare.push_back(without_separators(form.text));
  }
  return std::ranges::any_of(sensitive, [&](std::string_view one) {
    if (one.size() < LinkPolicy::kMinTaint) {
      return false;
    }
    std::string wanted = lower_case(one);
    std::ranges::replace(wanted, '+', ' ');
    const std::string squeezed = without_separators(one);
    const auto holds = [](const std::vector<std::string>& forms, const std::string& what) {
      return std::ranges::any_of(
          forms, [&](const std::string& form) { return form.find(what) != std::string::npos; });
    };
    return holds(low, wanted) ||
           (squeezed.size() >= LinkPolicy::kMinTaint && holds(bare, squeezed));
  });
}

Error bad_host(std::string_view host) {
  return Error(ErrorKind::kUsage, fmt::format("`{}` is no host", printable(host, 60)),
               "write `example.com`, `*.example.com` or `*`, in lower case");
}

}  // namespace

Result<LinkPolicy> LinkPolicy::create(LinkRules rules) {
  for (const auto* const hosts : {&rules.hosts, &rules.image_hosts}) {
    for (const std::string& host : *hosts) {
      if (!is_host_pattern(host)) {
        return bad_host(host);
      }
    }
  }
  return LinkPolicy(std::move(rules));
}

bool LinkPolicy::allows_host(LinkKind kind, std::string_view host) const {
  const auto& hosts = kind == LinkKind::kLink ? rules_.hosts : rules_.image_hosts;
  return std::ranges::any_of(hosts,
                             [host](const std::string& pattern) { return matches(pattern, host); });
}

bool LinkPolicy::allows_scheme(const WebUrl& url) const {
  if (url.scheme.empty() || std::ranges::find(rules_.schemes, url.scheme) != rules_.schemes.end()) {
    return true;
  }
  // A picture that is all there is fetched from nowhere.
  constexpr std::string_view kPictures[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};
  const std::string type = lower_case(std::string_view(url.path).substr(0, 16));
  return url.scheme == "data" && std::ranges::any_of(kPictures, [&](std::string_view one) {
           return type.starts_with(one);
         });
}

bool LinkPolicy::may_carry_data(const Link& link) const {
  const WebUrl& url = link.url;
  if (url.host.empty()) {
    return false;
  }
  const bool fetched = link.kind != LinkKind::kLink;
  const std::string_view labels = own_labels(url.host);
  if (url.query.size() > (fetched ? rules_.longest_fetched_query : rules_.longest_query) ||
      url.path.size() > (fetched ? kLongestFetchedPath : kLongestPath) ||
      labels.size() > kLongestLabels) {
    return true;
  }
  for (std::string_view rest = labels; !rest.empty();) {
    const size_t end = std::min(rest.find('.'), rest.size());
    if (end > kLongestLabel) {
      return true;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (fetched && (holds_random(url.query) || holds_random(url.path))) {
    return true;
  }
  return std::ranges::any_of(decoded_forms(sent_part(url)), [](const DecodedForm& form) {
    return form.encoded && reads_as_text(form.text, kMinHiddenText) &&
           !form.text.starts_with("http");
  });
}

bool LinkPolicy::leads_elsewhere(const Link& link) const {
  const WebUrl& url = link.url;
  const auto refused = [&](std::string_view host) {
    return !host.empty() && host != url.host && !is_below(host, url.host) &&
           !allows_host(link.kind, host);
  };
  // Up to what cannot be part of a host and what follows it.
  const auto host_of = [](std::string_view text) {
    constexpr size_t kMaxHost = 300;
    return read_url(text.substr(0, std::min(text.find_first_of("&\"' |;,()<>"), kMaxHost))).host;
  };
  const std::string path_host =
      url.path.size() > 1 ? lower_case(url.path.substr(1, url.path.find('/', 1) - 1)) : "";
  for (const ProxyHost& proxy : kProxyHosts) {
    if (proxy.where == HoldsIn::kPath && url.host == proxy.host && looks_like_host(path_host) &&
        refused(path_host)) {
      return true;
    }
    if (proxy.where == HoldsIn::kLabel && is_below(url.host, proxy.host)) {
      std::string inner = url.host.substr(0, url.host.size() - proxy.host.size() - 1);
      std::ranges::replace(inner, '-', '.');
      if (refused(inner)) {
        return true;
      }
    }
  }
  const std::string sent = url.path + " " + url.query + " " + url.fragment;
  for (const DecodedForm& form : decoded_forms(sent)) {
    const std::string low = lower_case(form.text);
    for (size_t at = low.find("http"); at != std::string::npos; at = low.find("http", at + 4)) {
      const std::string_view rest = std::string_view(low).substr(at);
      const size_t colon = rest.starts_with("https") ? 5 : 4;
      // An archive's path may have lost one of the slashes.
      if (rest.size() > colon + 1 && rest[colon] == ':' &&
          (rest[colon + 1] == '/' || rest[colon + 1] == '\\') && refused(host_of(rest))) {
        return true;
      }
    }
  }
  for (std::string_view rest = url.query; !rest.empty();) {
    const size_t end = std::min(rest.find_first_of("&;"), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const size_t sign = one.find('=');
    if (sign == std::string_view::npos) {
      continue;
    }
    const std::string value = percent_decoded(percent_decoded(one.substr(sign + 1)));
    const bool from_root = value.size() > 2 && (value[0] == '/' || value[0] == '\\') &&
                           (value[1] == '/' || value[1] == '\\');
    if (from_root && refused(host_of(value))) {
      return true;
    }
    const size_t slash = value.find('/');
    const std::string host = lower_case(value.substr(0, slash));
    if (slash != std::string::npos && looks_like_host(host) && refused(host) &&
        std::ranges::find(kProxyParameters, lower_case(one.substr(0, sign))) !=
            std::end(kProxyParameters)) {
      return true;
    }
  }
  return false;
}

void LinkPolicy::judge(const Link& link, std::span<const std::string_view> sensitive,
                       std::vector<LinkVerdict>& out) const {
  const WebUrl& url = link.url;
  if (url.is_relative()) {
    return;
  }
  const auto add = [&](OutflowRule rule) { out.push_back({rule, link.begin, link.end}); };
  if (!url.host.empty() && !allows_host(link.kind, url.host)) {
    add(link.kind == LinkKind::kLink ? OutflowRule::kLinkHost : OutflowRule::kImageHost);
  }
  if (!allows_scheme(url)) {
    add(OutflowRule::kLinkScheme);
  }
  if (may_carry_data(link)) {
    add(OutflowRule::kLinkData);
  }
  if (!url.host.empty() && leads_elsewhere(link)) {
    add(OutflowRule::kLinkProxy);
  }
  if (holds_any(url, sensitive)) {
    add(OutflowRule::kLinkTaint);
  }
  if (url.has_user) {
    add(OutflowRule::kLinkUser);
  }
}

}  // namespace sally::content
