#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "app/config_load.h"
#include "base/address.h"
#include "base/text.h"
#include "gateway/protocol/protocol.h"

namespace sally::app {
namespace {

using gateway::Protocol;

constexpr size_t kShortestCanary = 8;

policy::Who who(const Section& section) {
  return {.anyone = section.flag("everyone"),
          .anonymous = section.flag("anonymous"),
          .keys = plain(section.texts("keys")),
          .teams = plain(section.texts("teams"))};
}

// A misspelt name in a rule that denies would leave a door open: names must be known, and a
// pattern must match something.
std::vector<std::string> names_in_rule(ConfigLoad& in, const Section& section, std::string_view key,
                                       std::string_view what,
                                       const std::vector<std::string>& known) {
  for (const PlacedText& name : section.texts(key)) {
    if (!name.text.ends_with('*')) {
      in.refer(name.place, what, name.text, known);
      continue;
    }
    const std::string_view prefix = std::string_view(name.text).substr(0, name.text.size() - 1);
    if (std::ranges::none_of(known, [&](const std::string& k) { return k.starts_with(prefix); })) {
      in.problem(name.place, fmt::format("`{}` matches no {}", printable(name.text), what),
                 known.empty() ? "" : fmt::format("there is: {}", fmt::join(known, ", ")));
    }
  }
  return plain(section.texts(key));
}

void check_action(ConfigLoad& in, const PlacedText& action, const std::string& shown) {
  std::vector<std::string_view> known;
  for (size_t i = 0; i < gateway::kProtocols; ++i) {
    for (const gateway::Operation& operation : gateway::operations_of(static_cast<Protocol>(i))) {
      if (std::ranges::find(known, operation.action) == known.end()) {
        known.push_back(operation.action);
      }
    }
  }
  std::string_view text = action.text;
  const bool is_pattern = text.ends_with('*');
  if (is_pattern) {
    text.remove_suffix(1);
  }
  const bool matches = std::ranges::any_of(known, [&](std::string_view name) {
    return is_pattern ? name.starts_with(text) : name == text;
  });
  if (!matches) {
    const std::string_view close = nearest(action.text, known);
    in.problem(action.place,
               fmt::format("{}: no action `{}`{}", shown, printable(action.text),
                           close.empty() ? "" : fmt::format("; did you mean `{}`?", close)),
               close.empty() ? fmt::format("there is: {}", fmt::join(known, ", ")) : "");
  }
}

void rule(ConfigLoad& in, std::set<std::string>& seen, const Section& section) {
  policy::Rule out;
  out.name = section.text("name");
  const std::string shown = fmt::format("rule `{}`", printable(out.name));
  if (!out.name.empty() && !is_plain_name(out.name)) {
    in.problem(section.place("name"), fmt::format("`{}` is no name of a rule", printable(out.name)),
               std::string(kPlainName));
  }
  if (!out.name.empty() && !seen.insert(out.name).second) {
    in.problem(section.place("name"), fmt::format("{} stands twice", shown));
    return;
  }
  if (section.has("allow") == section.has("deny")) {
    in.problem(section.place(),
               fmt::format("{} has {} `allow` and `deny`", shown,
                           section.has("allow") ? "both" : "neither"),
               "one of them says whom the rule is about");
    return;
  }
  const bool allows = section.has("allow");
  out.effect = allows ? policy::Effect::kAllow : policy::Effect::kDeny;
  out.who = who(section.section(allows ? "allow" : "deny"));
  if (!out.who.anyone && !out.who.anonymous && out.who.keys.empty() && out.who.teams.empty()) {
    in.problem(section.place(allows ? "allow" : "deny"), fmt::format("{} is about nobody", shown),
               "name keys or teams, or write `everyone: true`");
    return;
  }
  out.routes = names_in_rule(in, section, "routes", "route", in.route_names);
  out.models = names_in_rule(in, section, "models", "model", in.model_names);
  out.actions = plain(section.texts("actions"));
  for (const PlacedText& action : section.texts("actions")) {
    check_action(in, action, shown);
  }
  for (const PlacedText& source : section.texts("sources")) {
    const auto range = Cidr::parse(source.text);
    if (range.ok()) {
      out.sources.push_back(*range);
    } else {
      in.problem(source.place, shown, range.error());
    }
  }
  out.with_findings = plain(section.texts("with_findings"));
  out.without_findings = plain(section.texts("without_findings"));
  in.config.rules.push_back(std::move(out));
}

}  // namespace

void read_rules(ConfigLoad& in) {
  std::set<std::string> seen;
  for (const Section& section : in.top.sections("rules")) {
    rule(in, seen, section);
  }
}

void read_inspection(ConfigLoad& in) {
  const Section section = in.top.section("inspection");
  auto on_finding = [&](std::string_view key) {
    return section.text(key) == "annotate" ? gateway::OnFinding::kAnnotate
                                           : gateway::OnFinding::kRefuse;
  };
  in.config.settings.inspection = {.request = on_finding("request"),
                                   .response = on_finding("response")};
  std::set<std::string> seen;
  for (const Section& canary : section.sections("canaries")) {
    const std::string name = canary.text("name");
    if (!name.empty() && !is_plain_name(name)) {
      in.problem(canary.place("name"), fmt::format("`{}` is no name of a canary", printable(name)),
                 std::string(kPlainName));
    }
    if (!name.empty() && !seen.insert(name).second) {
      in.problem(canary.place("name"), fmt::format("canary `{}` stands twice", printable(name)));
    }
    auto value = in.secret(canary, "value");
    if (!value) {
      continue;
    }
    if (value->size() < kShortestCanary) {
      in.problem(canary.place("value"),
                 fmt::format("canary `{}` has {} bytes", printable(name), value->size()),
                 fmt::format("at least {}: a short text turns up by chance", kShortestCanary));
      continue;
    }
    in.config.canaries.push_back({.name = name, .value = *std::move(value)});
  }
}

}  // namespace sally::app
