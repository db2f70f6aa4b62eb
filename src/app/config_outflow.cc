#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "app/config_load.h"
#include "base/text.h"
#include "content/outflow/hidden_canary.h"

namespace sally::app {
namespace {

using content::OnOutflow;

OnOutflow on_outflow(const Section& section, std::string_view key) {
  const std::string on = section.text(key);
  return on == "refuse"     ? OnOutflow::kRefuse
         : on == "annotate" ? OnOutflow::kAnnotate
                            : OnOutflow::kOff;
}

// What stands in `section` takes the place of what is there.
void read_rules(ConfigLoad& in, const Section& section, content::OutflowSettings& out) {
  const auto read = [&](std::string_view key, OnOutflow& into) {
    if (section.has(key)) {
      into = on_outflow(section, key);
    }
  };
  read("images", out.images);
  read("links", out.links);
  read("canaries", out.canaries);
  read("system_prompt", out.system_prompt);
  read("code", out.code);
  const auto read_hosts = [&](std::string_view key, std::vector<std::string>& into) {
    if (!section.has(key)) {
      return;
    }
    into.clear();
    for (const PlacedText& host : section.texts(key)) {
      if (auto made = content::LinkPolicy::create({.hosts = {host.text}}); made.ok()) {
        into.push_back(host.text);
      } else {
        in.problem(host.place, key, made.error());
      }
    }
  };
  read_hosts("hosts", out.link_rules.hosts);
  read_hosts("image_hosts", out.link_rules.image_hosts);
  if (section.has("schemes")) {
    out.link_rules.schemes = plain(section.texts("schemes"));
  }
}

struct PlacedRule {
  content::RuledWords rule;
  std::vector<std::string> routes;  // none: all
};

std::vector<PlacedRule> read_words(ConfigLoad& in, const Section& outflow) {
  std::vector<PlacedRule> out;
  std::set<std::string> seen;
  for (const Section& section : outflow.sections("words")) {
    PlacedRule one;
    const std::string name = section.text("name");
    if (!name.empty() && !is_plain_name(name)) {
      in.problem(section.place("name"), fmt::format("`{}` is no name of a rule", printable(name)),
                 std::string(kPlainName));
    }
    if (!name.empty() && !seen.insert(name).second) {
      in.problem(section.place("name"), fmt::format("rule `{}` stands twice", printable(name)));
    }
    one.rule.words = {name, plain(section.texts("deny")), plain(section.texts("allow"))};
    const std::string direction = section.text("in");
    one.rule.in_requests = direction != "answer";
    one.rule.in_answers = direction != "request";
    one.rule.on = on_outflow(section, "on");
    if (auto made = content::WordRules::create({one.rule.words}); !made.ok()) {
      in.problem(section.place("deny"), "outflow.words", made.error());
      continue;
    }
    for (const PlacedText& route : section.texts("routes")) {
      if (in.refer(route.place, "route", route.text, in.route_names)) {
        one.routes.push_back(route.text);
      }
    }
    out.push_back(std::move(one));
  }
  return out;
}

using gateway::Protocol;

bool is_looked_at(Protocol protocol) {
  return protocol == Protocol::kOpenAi || protocol == Protocol::kAnthropic ||
         protocol == Protocol::kMcp;
}

// What a route does that says nothing of its own. What a tool answers is read by a model, which
// fetches no image and runs no code: it holds links all the time.
content::OutflowSettings usual(const content::OutflowSettings& everywhere, Protocol protocol) {
  content::OutflowSettings out = everywhere;
  if (protocol != Protocol::kOpenAi && protocol != Protocol::kAnthropic) {
    out.images = out.links = out.system_prompt = out.code = OnOutflow::kOff;
  }
  if (!is_looked_at(protocol)) {
    out.canaries = OnOutflow::kOff;
  }
  return out;
}

}  // namespace

void read_outflow(ConfigLoad& in) {
  const Section section = in.top.section("outflow");
  content::OutflowSettings everywhere{.images = on_outflow(section, "images"),
                                      .links = on_outflow(section, "links"),
                                      .canaries = on_outflow(section, "canaries"),
                                      .system_prompt = on_outflow(section, "system_prompt"),
                                      .code = on_outflow(section, "code")};
  read_rules(in, section, everywhere);
  const std::vector<PlacedRule> words = read_words(in, section);
  for (const Section& route : in.top.sections("routes")) {
    const std::string name = route.text("name");
    const auto protocol = gateway::parse_protocol(route.text("protocol"));
    const bool own = route.has("outflow");
    if (!protocol || *protocol == Protocol::kPrivacy) {
      if (own && protocol) {
        in.problem(
            route.place("outflow"),
            fmt::format("route `{}`: `outflow` is not for protocol privacy", printable(name)),
            "nothing is answered there but questions");
      }
      continue;
    }
    if (!own && !in.top.has("outflow")) {
      continue;
    }
    content::OutflowSettings settings = own ? everywhere : usual(everywhere, *protocol);
    if (own) {
      read_rules(in, route.section("outflow"), settings);
    }
    for (const PlacedRule& one : words) {
      const bool named = std::ranges::find(one.routes, name) != one.routes.end();
      if (named || (one.routes.empty() && (own || is_looked_at(*protocol)))) {
        settings.words.push_back(one.rule);
      }
    }
    if (settings.anything()) {
      in.config.outflow.insert_or_assign(RouteId(name), std::move(settings));
    }
  }
}

}  // namespace sally::app
