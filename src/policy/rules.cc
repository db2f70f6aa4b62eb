#include "policy/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "base/text.h"

namespace sally::policy {
namespace {

// The conditions of a rule, in the order in which a person reads them. Sets of them are bit masks.
enum Condition : uint8_t {
  kWho = 1,
  kRoute = 2,
  kModel = 4,
  kAction = 8,
  kSource = 16,
  kWithFindings = 32,
  kWithoutFindings = 64,
};

constexpr size_t kNamesShown = 4;  // of a list, in an explanation

bool ends_in_star(std::string_view text) {
  return text.ends_with('*');
}

bool matches(std::string_view text, std::string_view value) {
  return ends_in_star(text) ? value.starts_with(text.substr(0, text.size() - 1)) : value == text;
}

bool matches_any(const std::vector<std::string>& texts, std::string_view value) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return matches(text, value); });
}

bool has_finding(const std::vector<std::string>& texts, std::span<const Finding> findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return matches_any(texts, finding.rule); });
}

bool contains(const std::vector<std::string>& texts, const std::string& value) {
  return !value.empty() && std::find(texts.begin(), texts.end(), value) != texts.end();
}

bool is_about(const Who& who, const Principal& principal) {
  if (who.anyone) {
    return true;
  }
  if (principal.kind == PrincipalKind::kAnonymous) {
    return who.anonymous;
  }
  return contains(who.keys, principal.id.str()) || contains(who.keys, principal.name) ||
         contains(who.teams, principal.team.str());
}

// The caller's address, read once and only when a rule asks.
class Source {
 public:
  explicit Source(std::string_view text) : text_(text) {}

  // An address that cannot be read is in no block that allows and in every block that denies.
  bool meets(const Rule& rule) {
    if (rule.sources.empty()) {
      return true;
    }
    if (!read_) {
      read_ = true;
      auto parsed = IpAddress::parse(text_);
      if (parsed) {
        address_ = *parsed;
      }
    }
    if (!address_) {
      return rule.effect == Effect::kDeny;
    }
    return std::any_of(rule.sources.begin(), rule.sources.end(),
                       [&](const Cidr& block) { return block.contains(*address_); });
  }

 private:
  std::string_view text_;
  std::optional<IpAddress> address_;
  bool read_ = false;
};

bool meets_findings(const Rule& rule, std::span<const Finding> findings) {
  return (rule.with_findings.empty() || has_finding(rule.with_findings, findings)) &&
         (rule.without_findings.empty() || !has_finding(rule.without_findings, findings));
}

// The conditions of `rule` that `request` does not meet.
unsigned unmet(const Rule& rule, const AccessRequest& request, Source& source) {
  const auto unless = [](bool met, Condition condition) { return met ? 0U : unsigned{condition}; };
  const auto listed = [](const std::vector<std::string>& texts, std::string_view value) {
    return texts.empty() || matches_any(texts, value);
  };
  return unless(is_about(rule.who, request.principal), kWho) |
         unless(listed(rule.routes, request.route.str()), kRoute) |
         unless(listed(rule.models, request.model.str()), kModel) |
         unless(listed(rule.actions, request.action), kAction) |
         unless(source.meets(rule), kSource) |
         unless(rule.with_findings.empty() || has_finding(rule.with_findings, request.findings),
                kWithFindings) |
         unless(
             rule.without_findings.empty() || !has_finding(rule.without_findings, request.findings),
             kWithoutFindings);
}

std::string quoted(std::string_view text) {
  return fmt::format("`{}`", printable(text, 80));
}

// "`a`, `b` or `c`", or "... or 7 more".
std::string any_of_these(const std::vector<std::string>& texts) {
  std::string out;
  const size_t shown = texts.size() <= kNamesShown ? texts.size() : kNamesShown - 1;
  for (size_t i = 0; i < shown; ++i) {
    out += i == 0 ? "" : i + 1 == texts.size() ? " or " : ", ";
    out += quoted(texts[i]);
  }
  if (shown < texts.size()) {
    out += fmt::format(" or {} more", texts.size() - shown);
  }
  return out;
}

template <typename Id>
std::vector<std::string> strings(const std::vector<Id>& ids) {
  std::vector<std::string> out;
  out.reserve(ids.size());
  for (const Id& id : ids) {
    out.push_back(id.str());
  }
  return out;
}

std::string caller(const Principal& principal) {
  if (principal.kind == PrincipalKind::kAnonymous) {
    return "an anonymous caller";
  }
  std::string out = "key " + quoted(principal.name.empty() ? principal.id.str() : principal.name);
  if (!principal.team.empty()) {
    out += " of team " + quoted(principal.team.str());
  }
  return out;
}

std::string named(std::string_view value) {
  return value.empty() ? std::string("none") : quoted(value);
}

std::string rules_of(std::span<const Finding> findings) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) {
    if (std::find(names.begin(), names.end(), finding.rule) == names.end()) {
      names.push_back(finding.rule);
    }
  }
  std::string out;
  for (size_t i = 0; i < names.size() && i < kNamesShown; ++i) {
    out += (i == 0 ? "" : ", ") + quoted(names[i]);
  }
  if (names.size() > kNamesShown) {
    out += fmt::format(" and {} more", names.size() - kNamesShown);
  }
  return names.empty() ? "none" : out;
}

// The request in one line. Names only, nothing that was found in a text.
std::string describe(const AccessRequest& request) {
  return fmt::format("{}, action {}, route {}, model {}, source {}, findings {}",
                     caller(request.principal), quoted(request.action), named(request.route.str()),
                     named(request.model.str()), printable(request.source, 60),
                     rules_of(request.findings));
}

std::string describe(const Who& who) {
  std::vector<std::string> parts;
  if (who.anyone) {
    return "anyone";
  }
  if (!who.keys.empty()) {
    parts.push_back("key " + any_of_these(who.keys));
  }
  if (!who.teams.empty()) {
    parts.push_back("a key of team " + any_of_these(who.teams));
  }
  if (who.anonymous) {
    parts.emplace_back("a caller without a key");
  }
  return fmt::format("{}", fmt::join(parts, ", or "));
}

// What `rule` asks for in `condition`.
std::string wanted(const Rule& rule, Condition condition) {
  switch (condition) {
    case kWho:
      return describe(rule.who);
    case kRoute:
      return "route " + any_of_these(rule.routes);
    case kModel:
      return "model " + any_of_these(rule.models);
    case kAction:
      return "action " + any_of_these(rule.actions);
    case kSource: {
      std::vector<std::string> blocks;
      blocks.reserve(rule.sources.size());
      for (const Cidr& block : rule.sources) {
        blocks.push_back(block.to_string());
      }
      return "a source in " + any_of_these(blocks);
    }
    case kWithFindings:
      return contains(rule.with_findings, "*") ? "a finding"
                                               : "a finding " + any_of_these(rule.with_findings);
    case kWithoutFindings:
      return contains(rule.without_findings, "*")
                 ? "no finding"
                 : "no finding " + any_of_these(rule.without_findings);
  }
  return {};
}

// What joins a condition to the caller in a sentence.
std::string_view preposition(Condition condition) {
  switch (condition) {
    case kWho:
      return "";
    case kRoute:
      return "on ";
    case kModel:
      return "for ";
    case kAction:
      return "doing ";
    case kSource:
      return "from ";
    case kWithFindings:
    case kWithoutFindings:
      return "with ";
  }
  return "";
}

constexpr std::array kConditions = {kWho,    kRoute,        kModel,          kAction,
                                    kSource, kWithFindings, kWithoutFindings};

// "route `a` and model `b`".
std::string wanted_all(const Rule& rule, unsigned conditions) {
  std::vector<std::string> parts;
  for (const Condition condition : kConditions) {
    if ((conditions & condition) != 0) {
      parts.push_back(wanted(rule, condition));
    }
  }
  return fmt::format("{}", fmt::join(parts, " and "));
}

// "anyone on route `a` for model `b`": all of a rule.
std::string sentence(const Rule& rule, unsigned conditions) {
  std::string out;
  for (const Condition condition : kConditions) {
    if ((conditions & condition) != 0) {
      out += fmt::format("{}{}{}", out.empty() ? "" : " ", preposition(condition),
                         wanted(rule, condition));
    }
  }
  return out;
}

// The conditions `rule` has at all. Every rule is about somebody.
unsigned conditions_of(const Rule& rule) {
  const auto when = [](bool has, Condition condition) { return has ? unsigned{condition} : 0U; };
  return kWho | when(!rule.routes.empty(), kRoute) | when(!rule.models.empty(), kModel) |
         when(!rule.actions.empty(), kAction) | when(!rule.sources.empty(), kSource) |
         when(!rule.with_findings.empty(), kWithFindings) |
         when(!rule.without_findings.empty(), kWithoutFindings);
}

Decision refuse(ErrorKind kind, std::string rule, std::string seen, std::string expected,
                std::string hint) {
  return Decision::refuse(Refusal{.stage = Stage::kPolicy,
                                  .kind = kind,
                                  .rule = std::move(rule),
                                  .seen = std::move(seen),
                                  .expected = std::move(expected),
                                  .hint = std::move(hint)});
}

Decision denied_by(const Rule& rule, const AccessRequest& request) {
  return refuse(
      ErrorKind::kDenied, rule.name, describe(request), "no rule that denies",
      fmt::format("rule {} denies {}", quoted(rule.name), sentence(rule, conditions_of(rule))));
}

template <typename Id>
bool covers(const std::vector<Id>& scope, const Id& id) {
  return scope.empty() || std::find(scope.begin(), scope.end(), id) != scope.end();
}

Decision out_of_scope(std::string_view what, std::string_view value,
                      const std::vector<std::string>& scope) {
  return refuse(ErrorKind::kDenied, "key scope", fmt::format("{} {}", what, named(value)),
                fmt::format("{} {}", what, any_of_these(scope)),
                fmt::format("use a key whose {} scope covers this request", what));
}

std::optional<std::string> fault_in(const Rule& rule) {
  if (!rule.who.anyone && !rule.who.anonymous && rule.who.keys.empty() && rule.who.teams.empty()) {
    return "is about nobody";
  }
  for (const auto* texts : {&rule.who.keys, &rule.who.teams, &rule.routes, &rule.models,
                            &rule.actions, &rule.with_findings, &rule.without_findings}) {
    const bool takes_star = texts != &rule.who.keys && texts != &rule.who.teams;
    for (const std::string& text : *texts) {
      if (text.empty()) {
        return "has an empty text in a list";
      }
      const size_t star = text.find('*');
      if (star != std::string::npos && (!takes_star || star + 1 != text.size())) {
        return fmt::format("has a `*` in {} where it means nothing", quoted(text));
      }
    }
  }
  return std::nullopt;
}

void insert(std::span<uint64_t> set, size_t rule) {
  set[rule / 64] |= uint64_t{1} << (rule % 64);
}

}  // namespace

Result<std::unique_ptr<RuleAuthorizer>> RuleAuthorizer::create(std::vector<Rule> rules) {
  if (rules.size() > kMaxRules) {
    return Error(ErrorKind::kUsage,
                 fmt::format("{} rules are more than {}", rules.size(), kMaxRules));
  }
  for (size_t i = 0; i < rules.size(); ++i) {
    const Rule& rule = rules[i];
    if (rule.name.empty()) {
      return Error(ErrorKind::kUsage, fmt::format("rules[{}] has no name", i));
    }
    if (std::any_of(rules.begin(), rules.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const Rule& other) { return other.name == rule.name; })) {
      return Error(
          ErrorKind::kUsage,
          fmt::format("rules[{}] has the name {} of a rule before it", i, quoted(rule.name)),
          "give every rule a name of its own: refusals name it");
    }
    if (const auto fault = fault_in(rule)) {
      return Error(ErrorKind::kUsage, fmt::format("rule {} {}", quoted(rule.name), *fault),
                   "say `anyone`, `anonymous`, keys or teams; `*` stands only at the end of a "
                   "route, model, action or finding");
    }
  }
  std::unique_ptr<RuleAuthorizer> authorizer(new RuleAuthorizer);
  authorizer->rules_ = std::move(rules);
  authorizer->compile();
  return authorizer;
}

void RuleAuthorizer::compile() {
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Rule& rule = rules_[i];
    if (rule.effect == Effect::kDeny) {
      insert(denies_, i);
    }
    if (rule.who.anyone) {
      insert(anyone_, i);
    }
    if (rule.who.anonymous) {
      insert(anonymous_, i);
    }
    // Who is any of these, not all: an empty list of keys meets nobody.
    for (const std::string& key : rule.who.keys) {
      insert(keys_.exact[key], i);
    }
    for (const std::string& team : rule.who.teams) {
      insert(teams_.exact[team], i);
    }
    add(routes_, rule.routes, i);
    add(models_, rule.models, i);
    add(actions_, rule.actions, i);
  }
}

void RuleAuthorizer::add(Column& column, const std::vector<std::string>& texts, size_t rule) {
  if (texts.empty()) {
    insert(column.always, rule);
  }
  for (const std::string& text : texts) {
    if (!ends_in_star(text)) {
      insert(column.exact[text], rule);
      continue;
    }
    const std::string prefix = text.substr(0, text.size() - 1);
    auto at = std::find_if(column.prefixes.begin(), column.prefixes.end(),
                           [&](const auto& entry) { return entry.first == prefix; });
    if (at == column.prefixes.end()) {
      at = column.prefixes.insert(at, {prefix, RuleSet{}});
    }
    insert(at->second, rule);
  }
}

void RuleAuthorizer::join(RuleSet& set, const Column& column, std::string_view value) const {
  const auto join_with = [&](const RuleSet& other) {
    for (size_t w = 0; w < words(); ++w) {
      set[w] |= other[w];
    }
  };
  join_with(column.always);
  if (const auto at = column.exact.find(value); at != column.exact.end()) {
    join_with(at->second);
  }
  for (const auto& [prefix, rules] : column.prefixes) {
    if (value.starts_with(prefix)) {
      join_with(rules);
    }
  }
}

void RuleAuthorizer::keep(RuleSet& set, const Column& column, std::string_view value) const {
  RuleSet met{};
  join(met, column, value);
  for (size_t w = 0; w < words(); ++w) {
    set[w] &= met[w];
  }
}

RuleAuthorizer::RuleSet RuleAuthorizer::about(const Principal& principal) const {
  RuleSet set = anyone_;
  if (principal.kind == PrincipalKind::kAnonymous) {
    for (size_t w = 0; w < words(); ++w) {
      set[w] |= anonymous_[w];
    }
    return set;
  }
  join(set, keys_, principal.id.str());
  join(set, keys_, principal.name);
  join(set, teams_, principal.team.str());
  return set;
}

Decision RuleAuthorizer::authorize(const AccessRequest& request) const {
  const Principal& principal = request.principal;
  if (!covers(principal.routes, request.route)) {
    return out_of_scope("route", request.route.str(), strings(principal.routes));
  }
  if (!covers(principal.models, request.model)) {
    return out_of_scope("model", request.model.str(), strings(principal.models));
  }

  RuleSet candidates = about(principal);
  keep(candidates, routes_, request.route.str());
  keep(candidates, models_, request.model.str());
  keep(candidates, actions_, request.action);

  Source source(request.source);
  // The first rule of one effect among the candidates whose other conditions are met too.
  const auto first = [&](Effect effect) -> const Rule* {
    for (size_t w = 0; w < words(); ++w) {
      uint64_t left = candidates[w] & (effect == Effect::kDeny ? denies_[w] : ~denies_[w]);
      for (; left != 0; left &= left - 1) {
        const Rule& rule = rules_[w * 64 + static_cast<size_t>(std::countr_zero(left))];
        if (source.meets(rule) && meets_findings(rule, request.findings)) {
          return &rule;
        }
      }
    }
    return nullptr;
  };
  if (const Rule* rule = first(Effect::kDeny)) {
    return denied_by(*rule, request);
  }
  if (const Rule* rule = first(Effect::kAllow)) {
    return Decision::allow(rule->name);
  }
  return default_deny(request);
}

Decision RuleAuthorizer::default_deny(const AccessRequest& request) const {
  Source source(request.source);
  const Rule* nearest = nullptr;
  unsigned missing = 0;
  for (const Rule& rule : rules_) {
    if (rule.effect != Effect::kAllow) {
      continue;
    }
    const unsigned here = unmet(rule, request, source);
    if (nearest == nullptr || std::popcount(here) < std::popcount(missing)) {
      nearest = &rule;
      missing = here;
    }
  }
  const bool anonymous = request.principal.kind == PrincipalKind::kAnonymous;
  std::string hint = nearest == nullptr
                         ? "there is no rule that allows anything"
                         : fmt::format("nearest is rule {}, which also needs {}",
                                       quoted(nearest->name), wanted_all(*nearest, missing));
  return refuse(anonymous ? ErrorKind::kUnauthenticated : ErrorKind::kDenied, "default deny",
                describe(request), "a rule that allows this", std::move(hint));
}

}  // namespace sally::policy
