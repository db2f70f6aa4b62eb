#include "identity/proof/spiffe_id.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::identity {
namespace {

constexpr std::string_view kScheme = "spiffe://";

bool in_domain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool in_path(char c) {
  return in_domain(to_lower(c));
}

// Of a path that begins with a slash.
bool is_path(std::string_view path) {
  while (!path.empty()) {
    const size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(1, end - 1);
    if (segment.empty() || segment == "." || segment == ".." ||
        !std::ranges::all_of(segment, in_path)) {
      return false;
    }
    path.remove_prefix(end);
  }
  return true;
}

Error refused(std::string_view text, std::string_view why) {
  return Error(ErrorKind::kInvalidInput,
               fmt::format("`{}` is no SPIFFE ID: {}", printable(text), why),
               "it has the form `spiffe://TRUST-DOMAIN/PATH`");
}

}  // namespace

Result<SpiffeId> SpiffeId::parse(std::string_view text) {
  if (text.size() > kMaxBytes) {
    return refused(text.substr(0, kScheme.size()), "it is too long");
  }
  if (!text.starts_with(kScheme)) {
    return refused(text, "its scheme is not `spiffe`");
  }
  const size_t path = std::min(text.find('/', kScheme.size()), text.size());
  if (!is_trust_domain(text.substr(kScheme.size(), path - kScheme.size()))) {
    return refused(text, "its trust domain is none");
  }
  if (path == text.size() || !is_path(text.substr(path))) {
    return refused(text, "its path names no workload");
  }
  return SpiffeId(std::string(text), path);
}

std::string_view SpiffeId::trust_domain() const {
  return std::string_view(text_).substr(kScheme.size(), path_ - kScheme.size());
}

std::string_view SpiffeId::path() const {
  return std::string_view(text_).substr(path_);
}

bool is_trust_domain(std::string_view name) {
  return !name.empty() && name.size() <= SpiffeId::kMaxTrustDomain &&
         std::ranges::all_of(name, in_domain);
}

bool claims_spiffe(std::string_view uri) {
  constexpr std::string_view kName = "spiffe:";
  return equal_ignoring_case(uri.substr(0, kName.size()), kName);
}

std::string prefix_of(std::string_view trust_domain) {
  return fmt::format("{}{}/", kScheme, trust_domain);
}

}  // namespace sally::identity
