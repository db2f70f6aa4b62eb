#include "content/secrets/secret_finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "content/secrets/context_finder.h"
#include "content/secrets/prefix_matcher.h"

namespace sally::content {
namespace {

constexpr size_t kFewestDistinctInCanary = 4;

std::string fold(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

Error bad_canary(const Canary& canary, std::string_view what, std::string_view hint) {
  return Error(ErrorKind::kUsage, fmt::format("canary `{}` {}", printable(canary.name, 60), what),
               std::string(hint));
}

// Where a secret really ends that was found by its first octets.
size_t extent(std::string_view text, const FoundSecret& found) {
  for (const SecretRule& rule : secret_rules()) {
    if (rule.over != Over::kFinding || rule.id != found.rule ||
        !text.substr(found.begin).starts_with(rule.prefix)) {
      continue;
    }
    const std::string_view rest = text.substr(0, found.begin + SecretFinder::kMaxExtent);
    size_t end = found.end;
    if (rule.check == BodyCheck::kPem || end - found.begin == rule.prefix.size() + rule.max) {
      while (end < rest.size() && is_in(rule.charset, rest[end])) {
        ++end;
      }
    }
    constexpr std::string_view kEnd = "-----END ";
    constexpr std::string_view kDashes = "-----";
    if (rest.substr(end).starts_with(kEnd)) {
      const size_t dashes = rest.find(kDashes, end + kEnd.size());
      end = dashes == std::string_view::npos ? end : dashes + kDashes.size();
    }
    return end;
  }
  return found.end;
}

}  // namespace

SecretFinder::SecretFinder()
    : SecretFinder(std::make_shared<const PrefixAutomaton>(std::vector<Canary>{})) {}

SecretFinder::SecretFinder(std::shared_ptr<const PrefixAutomaton> automaton)
    : automaton_(std::move(automaton)) {}

Result<SecretFinder> SecretFinder::create(const std::vector<Canary>& canaries) {
  if (canaries.size() > kMaxCanaries) {
    return Error(ErrorKind::kUsage,
                 fmt::format("{} canaries are more than {}", canaries.size(), kMaxCanaries));
  }
  std::set<std::string> names;
  std::set<std::string> values;
  for (const Canary& canary : canaries) {
    if (canary.name.empty() || !names.insert(canary.name).second) {
      return bad_canary(canary, "has no name of its own", "a finding names the canary");
    }
    if (canary.value.size() < kMinCanary || canary.value.size() > kMaxCanary) {
      return bad_canary(canary,
                        fmt::format("has {} octets instead of {} to {}", canary.value.size(),
                                    kMinCanary, kMaxCanary),
                        "take a text that stands nowhere else, such as 20 random letters");
    }
    const std::string value = fold(canary.value.reveal());
    if (std::set<char>(value.begin(), value.end()).size() < kFewestDistinctInCanary) {
      return bad_canary(canary, "has too few different characters",
                        "take a text that stands nowhere else, such as 20 random letters");
    }
    if (!values.insert(value).second) {
      return bad_canary(canary, "has the value of another, but for case",
                        "one finding could not tell which of them leaked");
    }
  }
  return SecretFinder(std::make_shared<const PrefixAutomaton>(canaries));
}

void SecretFinder::find(std::string_view text, std::vector<FoundSecret>& out) const {
  std::vector<FoundSecret> all;
  PrefixMatcher(*automaton_).whole(text, all);
  for (FoundSecret& found : all) {
    found.end = extent(text, found);
  }
  Candidates candidates;
  find_in_context(text, candidates);
  for (const Candidate& one : candidates) {
    all.push_back({one.begin, one.end, one.rule, one.severity, one.score, ToldBy::kContext});
  }
  // Of two that overlap the surer one stays, or the longer.
  std::ranges::sort(all, [](const FoundSecret& a, const FoundSecret& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  const size_t before = out.size();
  for (const FoundSecret& found : all) {
    if (out.size() == before || found.begin >= out.back().end) {
      out.push_back(found);
    } else if (found.score > out.back().score && found.end > out.back().end) {
      // One sort of secret inside the other's end: both go.
      out.back().end = found.end;
      out.back().rule = found.rule;
      out.back().severity = std::max(out.back().severity, found.severity);
      out.back().score = found.score;
    } else {
      out.back().end = std::max(out.back().end, found.end);
    }
  }
}

}  // namespace sally::content
