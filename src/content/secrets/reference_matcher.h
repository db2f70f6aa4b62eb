// What SecretInspector means, written slowly and plainly: every rule and every canary at every
// place. For the tests and the fuzz target of this room.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "content/secrets/secret_rules.h"
#include "core/finding.h"

namespace sally::content {

using Seen = std::tuple<uint64_t, uint32_t, std::string>;  // offset, length, rule

inline std::vector<Seen> sorted(const Findings& findings) {
  std::vector<Seen> out;
  for (const Finding& finding : findings) {
    out.emplace_back(finding.offset, finding.length, finding.rule);
  }
  std::ranges::sort(out);
  return out;
}

// `canaries`: names and values.
inline std::vector<Seen> find_plainly(
    std::string_view text, const std::vector<std::pair<std::string, std::string>>& canaries) {
  std::vector<Seen> out;
  for (size_t at = 0; at < text.size(); ++at) {
    for (const auto& [name, value] : canaries) {
      if (equal_ignoring_case(text.substr(at, value.size()), value)) {
        out.emplace_back(at, value.size(), "canary:" + name);
      }
    }
    const bool outside = may_begin(at >= 2 ? text[at - 2] : '\0', at >= 1 ? text[at - 1] : '\0');
    for (const SecretRule& rule : secret_rules()) {
      if (!(outside || begins_inside_words(rule)) || !text.substr(at).starts_with(rule.prefix)) {
        continue;
      }
      std::string_view body = text.substr(at + rule.prefix.size());
      size_t length = 0;
      while (length < body.size() && is_in(rule.charset, body[length])) {
        ++length;
      }
      const bool over = length > rule.max;
      const bool ends = length == body.size() || may_end(body[length]);
      body = body.substr(0, over ? rule.max : length);
      const size_t untrimmed = body.size();
      while (!over && body.ends_with('.')) {
        body.remove_suffix(1);
      }
      if (over ? rule.over == Over::kFinding && accepts(rule, body, true)
               : (ends || body.size() < untrimmed) && body.size() >= rule.min &&
                     accepts(rule, body, false)) {
        out.emplace_back(at, rule.prefix.size() + body.size(), std::string(rule.id));
      }
    }
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace sally::content
