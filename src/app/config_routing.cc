#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "app/config_load.h"
#include "app/config_values.h"
#include "base/text.h"
#include "gateway/protocol/protocol.h"
#include "net/target.h"

namespace sally::app {
namespace {

using gateway::Protocol;

// Names of models are what callers send: `org/model:7b-instruct@2`.
bool is_model_name(std::string_view name) {
  return !name.empty() && name.size() <= 256 &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F && c != '*'; });
}

bool names_models(Protocol protocol) {
  return protocol != Protocol::kMcp && protocol != Protocol::kHttp &&
         protocol != Protocol::kPrivacy;
}

void credential(ConfigLoad& in, const Section& upstream, const std::string& shown,
                gateway::UpstreamSettings& out) {
  if (!upstream.has("credential")) {
    return;
  }
  const Section section = upstream.section("credential");
  const std::string header = section.text("header");
  if (!may_hold_credential(header)) {
    in.problem(section.place("header"),
               fmt::format("`{}.credential.header` is `{}`", shown, printable(header)),
               "the lower-case name of a field, such as authorization, x-api-key or api-key");
    return;
  }
  std::string prefix = section.text("prefix");
  if (!section.has("prefix") && header == "authorization") {
    prefix = "Bearer ";
  }
  if (auto value = in.field_secret(section, prefix, fmt::format("{}.credential", shown))) {
    out.credential = gateway::UpstreamCredential{.header = header, .value = *std::move(value)};
  }
}

void upstream(ConfigLoad& in, const PlacedText& name, const Section& section) {
  const std::string shown = fmt::format("upstreams.{}", printable(name.text));
  if (!is_plain_name(name.text)) {
    in.problem(name.place, fmt::format("`{}` is no name of an upstream", printable(name.text)),
               std::string(kPlainName));
  }
  gateway::UpstreamSettings out;
  out.id = UpstreamId(name.text);
  const std::string text = section.text("url");
  if (text.empty()) {
    return;  // told as missing
  }
  const auto url = parse_url(text);
  if (!url.ok()) {
    in.problem(section.place("url"), shown, url.error());
    return;
  }
  out.base_path = url->base_path;
  out.authority = url->authority;
  out.origin.host = url->host;
  out.origin.port = url->port;
  const std::string http = section.text("http");
  out.origin.http = http == "1"   ? net::UpstreamHttp::kHttp1
                    : http == "2" ? net::UpstreamHttp::kHttp2
                                  : net::UpstreamHttp::kAuto;
  in.client_tls(section, shown, url->tls, out.origin);
  credential(in, section, shown, out);
  if (out.credential && !url->tls && !is_local(url->host)) {
    in.problems.warn(section.place("url"),
                     fmt::format("`{}` sends a credential without TLS", shown), "use https://");
  }

  read_exchange(in, name.text, section, shown);
  if (section.has("exchange") && out.credential && out.credential->header == "authorization") {
    in.problem(section.place("exchange"),
               fmt::format("`{}`: `exchange` and a `credential` in `authorization` exclude one "
                           "another",
                           shown),
               "the exchanged token goes up in that field");
  }

  const Section health = section.section("health");
  out.health = {.path = health.text("path"),
                .every = health.duration("every"),
                .timeout = health.duration("timeout"),
                .down_after = health.number<uint32_t>("down_after"),
                .up_after = health.number<uint32_t>("up_after")};
  if (!out.health.path.empty() && !net::parse_target(out.health.path).ok()) {
    in.problem(health.place("path"),
               fmt::format("`{}.health.path` is `{}`", shown, printable(out.health.path)),
               "a path begins with `/` and is written plainly");
  }
  const Section circuit = section.section("circuit");
  out.circuit = {.failures = circuit.number<uint32_t>("failures"),
                 .open = circuit.duration("open")};
  const Section timeouts = section.section("timeouts");
  out.origin.connect_timeout = timeouts.duration("connect");
  out.origin.write_timeout = timeouts.duration("write");
  out.first_byte_timeout = timeouts.duration("first_byte");
  out.idle_timeout = timeouts.duration("idle");
  out.max_outstanding = section.number<uint32_t>("max_outstanding");
  const Section pool = section.section("pool");
  out.origin.max_idle = pool.number<size_t>("max_idle");
  out.origin.max_connections = pool.number<size_t>("max_connections");
  out.origin.idle_timeout = pool.duration("idle_timeout");
  in.config.settings.upstreams.push_back(std::move(out));
}

void model(ConfigLoad& in, const PlacedText& name, const Section& section) {
  const std::string shown = fmt::format("models.{}", printable(name.text));
  if (!is_model_name(name.text)) {
    in.problem(name.place, fmt::format("`{}` is no name of a model", printable(name.text)),
               "visible ASCII without `*`, at most 256 characters");
  }
  gateway::ModelSettings out;
  out.id = ModelId(name.text);
  for (const Section& target : section.sections("targets")) {
    const std::string upstream = target.text("upstream");
    if (!upstream.empty()) {
      in.refer(target.place("upstream"), "upstream", upstream, in.upstream_names);
    }
    std::string there = target.has("model") ? target.text("model") : name.text;
    if (!is_model_name(there)) {
      in.problem(target.place("model"), fmt::format("`{}` is no name of a model", printable(there)),
                 "visible ASCII without `*`, at most 256 characters");
    }
    const bool twice = std::ranges::any_of(out.targets, [&](const gateway::ModelTarget& other) {
      return other.upstream.str() == upstream && other.model == there;
    });
    if (twice) {
      in.problem(target.place(), fmt::format("`{}` has this target twice", shown),
                 "give one of them the weight of both");
    }
    out.targets.push_back({.upstream = UpstreamId(upstream),
                           .model = std::move(there),
                           .weight = target.number<uint32_t>("weight"),
                           .priority = target.number<uint32_t>("priority")});
  }
  if (section.has("targets") && out.targets.empty()) {
    in.problem(section.place("targets"), fmt::format("`{}.targets` is empty", shown),
               "- {upstream: NAME}");
  }
  if (section.has("fallback")) {
    const std::string fallback = section.text("fallback");
    if (in.refer(section.place("fallback"), "model", fallback, in.model_names)) {
      out.fallback = ModelId(fallback);
    }
  }
  out.retries = section.number<uint32_t>("retries");
  in.config.settings.models.push_back(std::move(out));
}

void route_targets(ConfigLoad& in, const Section& section, const std::string& shown,
                   gateway::RouteSettings& out) {
  if (out.protocol == Protocol::kPrivacy) {
    for (const std::string_view wrong : {"models", "upstream"}) {
      if (section.has(wrong)) {
        in.problem(section.place(wrong),
                   fmt::format("{}: `{}` is not for protocol privacy", shown, wrong),
                   "the gate answers it itself");
      }
    }
    if (!in.top.has("privacy")) {
      in.problem(section.place("protocol"), fmt::format("{}: no section `privacy`", shown),
                 "add `privacy: {key: {file: privacy.key}}`");
    }
    return;
  }
  const bool by_model = names_models(out.protocol);
  const std::string_view wrong = by_model ? "upstream" : "models";
  const std::string_view right = by_model ? "models" : "upstream";
  if (section.has(wrong)) {
    in.problem(section.place(wrong),
               fmt::format("{}: `{}` is not for protocol {}", shown, wrong, name_of(out.protocol)),
               fmt::format("write `{}`", right));
  }
  if (!section.has(right)) {
    in.problem(
        section.place(), fmt::format("{}: `{}` is missing", shown, right),
        by_model ? "which of `models` may be named here" : "which of `upstreams` it goes to");
    return;
  }
  if (!by_model) {
    const std::string upstream = section.text("upstream");
    if (in.refer(section.place("upstream"), "upstream", upstream, in.upstream_names)) {
      out.upstream = UpstreamId(upstream);
    }
    return;
  }
  for (const PlacedText& model : section.texts("models")) {
    if (in.refer(model.place, "model", model.text, in.model_names)) {
      out.models.emplace_back(model.text);
    }
  }
}

void route(ConfigLoad& in, std::set<std::string>& seen, const Section& section) {
  gateway::RouteSettings out;
  const std::string name = section.text("name");
  const std::string shown = fmt::format("route `{}`", printable(name));
  if (!name.empty() && !is_plain_name(name)) {
    in.problem(section.place("name"), fmt::format("`{}` is no name of a route", printable(name)),
               std::string(kPlainName));
  }
  if (!name.empty() && !seen.insert(name).second) {
    in.problem(section.place("name"), fmt::format("{} stands twice", shown));
  }
  out.id = RouteId(name);
  out.prefix = section.text("prefix");
  if (!net::parse_target(out.prefix).ok() || (out.prefix.size() > 1 && out.prefix.back() == '/')) {
    in.problem(section.place("prefix"),
               fmt::format("{}: `prefix` is `{}`", shown, printable(out.prefix)),
               "a prefix begins with `/` and does not end with one");
  }
  const auto protocol = gateway::parse_protocol(section.text("protocol"));
  if (!section.has("protocol") || !protocol) {
    return;  // told as missing or as no choice
  }
  out.protocol = *protocol;
  route_targets(in, section, shown, out);
  out.websocket = section.flag("websocket");
  if (out.websocket && out.protocol != Protocol::kHttp) {
    in.problem(section.place("websocket"),
               fmt::format("{}: `websocket` is for protocol http", shown));
  }
  out.accepted = read_proofs(in, section, shown);
  describe_resource(in, section, out);
  for (const PlacedText& origin : section.texts("origins")) {
    const auto url = parse_url(origin.text);
    if (!url.ok() || !url->base_path.empty() || origin.text.ends_with('/')) {
      in.problem(origin.place, fmt::format("{}: `{}` is no origin", shown, printable(origin.text)),
                 "an origin looks like https://app.example");
    }
    out.origins.push_back(origin.text);
  }
  if (!out.origins.empty() && out.protocol != Protocol::kMcp) {
    in.problem(section.place("origins"), fmt::format("{}: `origins` is for protocol mcp", shown));
  }
  const std::string on_change = section.text("tool_changes");
  out.tool_changes = on_change == "report"   ? gateway::OnToolChange::kReport
                     : on_change == "ignore" ? gateway::OnToolChange::kIgnore
                                             : gateway::OnToolChange::kBlock;
  if (out.tool_changes != gateway::OnToolChange::kBlock && out.protocol != Protocol::kMcp) {
    in.problem(section.place("tool_changes"),
               fmt::format("{}: `tool_changes` is for protocol mcp", shown));
  }
  in.config.settings.routes.push_back(std::move(out));
  in.route_places.push_back(section.place());
}

}  // namespace

void read_upstreams(ConfigLoad& in) {
  for (const auto& [name, section] : in.top.named("upstreams")) {
    upstream(in, name, section);
  }
}

void read_models(ConfigLoad& in) {
  for (const auto& [name, section] : in.top.named("models")) {
    model(in, name, section);
  }
}

void read_routes(ConfigLoad& in) {
  std::set<std::string> seen;
  for (const Section& section : in.top.sections("routes")) {
    route(in, seen, section);
  }
}

}  // namespace sally::app
