// LinkPolicy: which links of an answer are not allowed, and which may carry something away.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "content/outflow/link_finder.h"
#include "content/outflow/outflow_rules.h"

namespace sally::content {

// Hosts are `example.com`, `*.example.com` (what is below it, not itself) or `*` (all).
struct LinkRules {
  std::vector<std::string> hosts{"*"};   // that links may lead to
  std::vector<std::string> image_hosts;  // that images, frames and style sheets may be fetched from
  std::vector<std::string> schemes{"https", "http", "mailto", "tel"};
  size_t longest_query = 256;         // octets of a link's query
  size_t longest_fetched_query = 64;  // ... of what is fetched without a click
};

struct LinkVerdict {
  OutflowRule rule = OutflowRule::kLinkHost;
  size_t begin = 0;  // octets of the text, as the link's
  size_t end = 0;
  friend bool operator==(const LinkVerdict&, const LinkVerdict&) = default;
};

// Immutable; shared by all threads.
class LinkPolicy {
 public:
  static constexpr size_t kMinTaint = 5;  // octets; a shorter sensitive text is not looked for

  // kUsage for a host that is none, naming it.
  static Result<LinkPolicy> create(LinkRules rules);

  // Adds what is wrong with the link, each rule once, in the order of outflow_rules.def. Links that
  // stay where the page came from are not judged. `sensitive`: texts that must not be part of a
  // URL, as they are, without their separators, or in percent, base64, base32 or hex; in any case.
  // Time: the URL's octets times the number of sensitive texts.
  void judge(const Link& link, std::span<const std::string_view> sensitive,
             std::vector<LinkVerdict>& out) const;

 private:
  explicit LinkPolicy(LinkRules rules) : rules_(std::move(rules)) {}
  [[nodiscard]] bool allows_host(LinkKind kind, std::string_view host) const;
  [[nodiscard]] bool allows_scheme(const WebUrl& url) const;
  [[nodiscard]] bool may_carry_data(const Link& link) const;
  [[nodiscard]] bool leads_elsewhere(const Link& link) const;

  LinkRules rules_;
};

}  // namespace sally::content
