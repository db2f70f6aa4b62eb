#include "vet/waivers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/encoding.h"
#include "base/text.h"
#include "formats/yaml/yaml.h"
#include "vet/glob.h"

namespace sally::vet {
namespace {

using formats::YamlMember;
using formats::YamlNode;

constexpr std::array<std::string_view, 8> kKeys = {"rule",  "path",   "sha256",  "member",
                                                   "owner", "reason", "expires", "decision"};
constexpr size_t kMostText = 400;
constexpr size_t kSha256Digits = 64;

Error wrong(int line, std::string_view what, std::string hint = {}) {
  return Error(ErrorKind::kUsage,
               line > 0 ? fmt::format("line {}: {}", line, what) : std::string(what),
               hint.empty() ? "docs/scan.md shows what a waiver holds" : std::move(hint));
}

std::optional<RuleId> rule_of(std::string_view id) {
  const auto all = rules();
  const auto found = std::ranges::find(all, id, &Rule::id);
  return found == all.end() ? std::nullopt
                            : std::optional(static_cast<RuleId>(found - all.begin()));
}

std::optional<Decision> decision_of(std::string_view name) {
  for (const Decision decision :
       {Decision::kAccepted, Decision::kNotAffected, Decision::kFalsePositive}) {
    if (name_of(decision) == name) {
      return decision;
    }
  }
  return std::nullopt;
}

// `2027-03-31`.
std::optional<std::chrono::sys_days> day_of(std::string_view text) {
  constexpr size_t kLength = 10;
  if (text.size() != kLength || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const auto number = [text](size_t from, size_t count) {
    unsigned value = 0;
    const char* end = text.data() + from + count;
    return std::from_chars(text.data() + from, end, value).ptr == end ? std::optional(value)
                                                                      : std::nullopt;
  };
  const auto year = number(0, 4);
  const auto month = number(5, 2);
  const auto day = number(8, 2);
  if (!year || !month || !day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

Result<> check_keys(const YamlNode& map) {
  for (const YamlMember& member : map.members) {
    if (std::ranges::find(kKeys, member.key) == kKeys.end()) {
      const std::string_view close = nearest(member.key, kKeys);
      return wrong(member.place.line,
                   fmt::format("`{}` is no key of a waiver", printable(member.key)),
                   close.empty() ? std::string() : fmt::format("did you mean `{}`?", close));
    }
    if (member.value.kind != YamlNode::Kind::kText) {
      return wrong(member.place.line, fmt::format("`{}` must be a text", printable(member.key)));
    }
  }
  for (const std::string_view key : {"rule", "path", "owner", "reason", "expires"}) {
    const YamlNode* value = map.find(key);
    if (value == nullptr || trim_blanks(value->text).empty()) {
      return wrong(map.place.line, fmt::format("a waiver needs `{}`", key));
    }
  }
  return ok();
}

Result<Waiver> waiver_of(const YamlNode& map) {
  if (map.kind != YamlNode::Kind::kMap) {
    return wrong(map.place.line, "a waiver is a map");
  }
  TRY_OK(check_keys(map));
  const auto text = [&map](std::string_view key) {
    const YamlNode* value = map.find(key);
    return value == nullptr ? std::string() : value->text;
  };
  const int line = map.place.line;
  const auto rule = rule_of(text("rule"));
  if (!rule) {
    std::vector<std::string_view> ids;
    for (const Rule& row : rules()) {
      ids.push_back(row.id);
    }
    const std::string_view close = nearest(text("rule"), ids);
    return wrong(
        line, fmt::format("`{}` is no rule", printable(text("rule"))),
        close.empty() ? "sallyport scan --list-rules" : fmt::format("did you mean `{}`?", close));
  }
  const auto expires = day_of(text("expires"));
  if (!expires) {
    return wrong(line, fmt::format("`{}` is no day", printable(text("expires"))),
                 "write it as 2027-03-31");
  }
  std::string sha256 = text("sha256");
  std::ranges::transform(sha256, sha256.begin(), to_lower);
  if (!sha256.empty() && (sha256.size() != kSha256Digits || !from_hex(sha256))) {
    return wrong(line, "`sha256` is no digest of 64 hexadecimal digits");
  }
  const std::string decision = text("decision");
  const auto decided = decision.empty() ? Decision::kAccepted : decision_of(decision);
  if (!decided) {
    return wrong(line, fmt::format("`{}` is no decision", printable(decision)),
                 "one of accepted, not_affected, false_positive");
  }
  return Waiver{.rule = *rule,
                .path = text("path"),
                .sha256 = std::move(sha256),
                .member = text("member"),
                .word = {.owner = printable(text("owner"), kMostText),
                         .reason = printable(text("reason"), kMostText),
                         .expires = text("expires"),
                         .decision = *decided},
                .expires = *expires,
                .line = static_cast<uint32_t>(std::max(line, 0))};
}

bool matches(const Waiver& waiver, const Target& target, const Finding& finding) {
  return finding.rule == waiver.rule && (waiver.sha256.empty() || waiver.sha256 == target.sha256) &&
         (waiver.member.empty() || means(waiver.member, finding.member)) &&
         means(waiver.path, target.path);
}

std::string shown(const Waiver& waiver) {
  return fmt::format("{} in {}, owner {}", row_of(waiver.rule).id, waiver.path, waiver.word.owner);
}

Finding finding_of(RuleId rule, const Waiver& waiver, std::string message) {
  return {.rule = rule,
          .severity = row_of(rule).severity,
          .line = waiver.line,
          .message = std::move(message),
          .evidence = printable(shown(waiver), kMostText)};
}

}  // namespace

Result<std::vector<Waiver>> parse_waivers(std::string_view yaml) {
  const formats::YamlParsed parsed = formats::parse_yaml(yaml);
  if (parsed.problem) {
    return wrong(parsed.problem->place.line, parsed.problem->message, parsed.problem->hint);
  }
  std::vector<Waiver> waivers;
  if (parsed.root.kind == YamlNode::Kind::kNull) {
    return waivers;
  }
  const YamlNode* list = parsed.root.find("waivers");
  if (list == nullptr || parsed.root.members.size() != 1) {
    return wrong(0, "must be a map with the one key `waivers`");
  }
  if (list->kind == YamlNode::Kind::kNull) {
    return waivers;
  }
  if (list->kind != YamlNode::Kind::kList) {
    return wrong(list->place.line, "`waivers` must be a list");
  }
  for (const YamlNode& item : list->items) {
    TRY(Waiver waiver, waiver_of(item));
    waivers.push_back(std::move(waiver));
  }
  return waivers;
}

std::vector<Finding> apply(const std::vector<Waiver>& waivers, WallTime now,
                           std::vector<Target>& targets) {
  const auto today = std::chrono::floor<std::chrono::days>(now);
  std::vector<Finding> wrongs;
  for (const Waiver& waiver : waivers) {
    const bool over = waiver.expires < today;
    size_t matched = 0;
    for (Target& target : targets) {
      for (Finding& finding : target.findings) {
        if (!matches(waiver, target, finding)) {
          continue;
        }
        ++matched;
        if (!over && !finding.waived) {
          finding.waived = waiver.word;
        }
      }
    }
    if (over) {
      wrongs.push_back(finding_of(
          RuleId::kWaiverExpired, waiver,
          fmt::format("this waiver ended on {} and waives nothing any more", waiver.word.expires)));
    } else if (matched == 0) {
      wrongs.push_back(
          finding_of(RuleId::kWaiverUnused, waiver, "this waiver matches nothing that was found"));
    }
  }
  return wrongs;
}

}  // namespace sally::vet
