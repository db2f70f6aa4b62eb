// SPIFFE IDs: the names of workloads (SPIFFE-ID, section 2).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sally::identity {

// `spiffe://example.org/ns/prod/agent`. One that exists is valid, in the one form it can have.
class SpiffeId {
 public:
  static constexpr size_t kMaxBytes = 2'048;
  static constexpr size_t kMaxTrustDomain = 255;

  // kInvalidInput: another scheme, a trust domain that is none (a port, user information, upper
  // case or escapes included), no path, a path with an empty or a dotted segment, a slash at its
  // end, or a character other than letters, digits, `.`, `-` and `_`; a query or a fragment.
  static Result<SpiffeId> parse(std::string_view text);

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] std::string_view trust_domain() const;  // `example.org`
  [[nodiscard]] std::string_view path() const;          // `/ns/prod/agent`

 private:
  SpiffeId(std::string text, size_t path) : text_(std::move(text)), path_(path) {}
  std::string text_;
  size_t path_;  // where it begins
};

// Whether it names a trust domain: lower case letters, digits, `.`, `-` and `_`, at most 255.
[[nodiscard]] bool is_trust_domain(std::string_view name);

// Whether a URI wants to be a SPIFFE ID, good or not: its scheme in upper or lower case.
[[nodiscard]] bool claims_spiffe(std::string_view uri);

// What every SPIFFE ID of the domain begins with: `spiffe://example.org/`.
[[nodiscard]] std::string prefix_of(std::string_view trust_domain);

}  // namespace sally::identity
