#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/config_load.h"
#include "app/config_values.h"
#include "base/text.h"
#include "formats/json/writer.h"

namespace sally::app {
namespace {

// Proofs that are no issuer's.
constexpr std::string_view kOwnProofs[] = {"key", "certificate", "dpop"};

void algorithms(ConfigLoad& in, const Section& section, const std::string& shown,
                identity::TokenRules& rules) {
  const auto texts = section.texts("algorithms");
  if (texts.empty()) {
    return;
  }
  rules.algorithms.clear();
  for (const PlacedText& text : texts) {
    if (const auto algorithm = crypto::signature_algorithm(text.text)) {
      rules.algorithms.push_back(*algorithm);
    } else {
      in.problem(text.place,
                 fmt::format("{}: `{}` signs no token here", shown, printable(text.text)),
                 "RS256, PS256, ES256 ... : only keys that are public");
    }
  }
}

// Where the keys come from: exactly one place.
void keys(ConfigLoad& in, const Section& section, const std::string& shown,
          identity::IssuerSettings& out) {
  if (section.has("jwks") && section.has("jwks_url")) {
    in.problem(section.place("jwks"),
               fmt::format("{}: `jwks` and `jwks_url` exclude one another", shown));
    return;
  }
  if (section.has("jwks")) {
    const std::string text = in.material(section, "jwks");
    if (text.empty()) {
      return;
    }
    auto read = identity::JwkSet::parse(text);
    if (!read.ok()) {
      in.problem(section.place("jwks"), shown, read.error());
    } else if (read->usable() == 0) {
      in.problem(section.place("jwks"),
                 fmt::format("{}: no key in `jwks` verifies signatures", shown));
    } else {
      out.own_keys = std::make_shared<const identity::JwkSet>(*std::move(read));
    }
    return;
  }
  out.jwks_url = section.text("jwks_url");
  const std::string_view url = section.has("jwks_url") ? out.jwks_url : out.rules.issuer;
  const auto parsed = parse_url(url.substr(0, url.find('?')));
  if (!parsed.ok()) {
    in.problem(section.place(section.has("jwks_url") ? "jwks_url" : "issuer"), shown,
               parsed.error());
    return;
  }
  if (!parsed->tls && !is_local(parsed->host)) {
    in.problem(section.place("issuer"), fmt::format("{}: its keys would come in the clear", shown),
               "https://, for another host than this one");
    return;
  }
  net::Origin origin{.host = parsed->host, .port = parsed->port, .http = net::UpstreamHttp::kHttp1};
  in.client_tls(section, shown, parsed->tls, origin);
  if (origin.tls != nullptr) {
    in.config.identity.servers.emplace(out.name, std::move(origin.tls));
  }
}

void issuer(ConfigLoad& in, const PlacedText& name, const Section& section) {
  const std::string shown = fmt::format("identity.issuers.{}", printable(name.text));
  if (!is_plain_name(name.text) ||
      std::ranges::find(kOwnProofs, name.text) != std::end(kOwnProofs)) {
    in.problem(name.place, fmt::format("`{}` is no name of an issuer", printable(name.text)),
               fmt::format("{}; not key, certificate or dpop", kPlainName));
    return;
  }
  identity::IssuerSettings out;
  out.name = name.text;
  identity::TokenRules& rules = out.rules;
  rules.issuer = section.text("issuer");
  rules.audiences = plain(section.texts("audiences"));
  if (section.has("audiences") &&
      (rules.audiences.empty() || std::ranges::count(rules.audiences, "") > 0)) {
    in.problem(section.place("audiences"), fmt::format("{}: `audiences` names nobody", shown));
  }
  algorithms(in, section, shown, rules);
  using std::chrono::floor;
  using std::chrono::seconds;
  rules.leeway = *identity::Leeway::of(floor<seconds>(section.duration("leeway")));
  if (const auto longest = floor<seconds>(section.duration("longest")); longest.count() > 0) {
    rules.max_age = longest;
  }
  rules.required = plain(section.texts("required"));
  if (section.has("party")) {
    rules.authorized_party = section.text("party");
  }
  rules.type = section.text("token") == "any" ? identity::TokenType::kAnyJwt
                                              : identity::TokenType::kAccessToken;
  out.subject = section.text("subject") == "agent" ? PrincipalKind::kAgent : PrincipalKind::kUser;
  out.groups = section.text("groups");
  out.display_name = section.text("name");
  out.session = section.text("session");
  out.events_audience = section.text("events");
  out.claims = plain(section.texts("claims"));
  out.refresh = floor<seconds>(section.duration("refresh"));
  out.stale = floor<seconds>(section.duration("stale"));
  if (out.stale < out.refresh) {
    in.problem(section.place("stale"), fmt::format("{}: `stale` is below `refresh`", shown),
               "keys would end before they are fetched again");
  }
  keys(in, section, shown, out);
  for (const identity::IssuerSettings& other : in.config.identity.issuers) {
    if (other.rules.issuer == rules.issuer) {
      in.problem(section.place("issuer"), fmt::format("{}: `{}` is the issuer `{}` already", shown,
                                                      printable(rules.issuer), other.name));
    }
  }
  in.config.identity.issuers.push_back(std::move(out));
}

}  // namespace

void read_identity(ConfigLoad& in) {
  const Section identity = in.top.section("identity");
  if (identity.has("resource")) {
    std::string& resource = in.config.identity.resource;
    resource = identity.text("resource");
    if (const auto url = parse_url(resource); !url.ok() || !url->base_path.empty()) {
      in.problem(identity.place("resource"),
                 fmt::format("`identity.resource` is `{}`", printable(resource)),
                 "scheme, host and port alone: https://gate.example");
    }
    while (resource.ends_with('/')) {
      resource.pop_back();
    }
  }
  for (const auto& [name, section] : identity.named("issuers")) {
    issuer(in, name, section);
  }
  const Section sessions = in.top.section("sessions");
  in.config.sessions.idle = std::chrono::floor<std::chrono::seconds>(sessions.duration("idle"));
  in.config.sessions.most = sessions.number<size_t>("most");
  const Section dpop = identity.section("dpop");
  identity::DpopRules& rules = in.config.identity.dpop;
  rules.window = std::chrono::floor<std::chrono::seconds>(dpop.duration("window"));
  rules.nonce_required = dpop.flag("nonce");
  for (const PlacedText& origin : dpop.texts("origins")) {
    const auto url = parse_url(origin.text);
    if (!url.ok() || !url->base_path.empty() || origin.text.ends_with('/')) {
      in.problem(origin.place,
                 fmt::format("`identity.dpop.origins`: `{}` is no origin", printable(origin.text)),
                 "an origin looks like https://gate.example");
    }
    rules.origins.push_back(origin.text);
  }
}

void describe_resource(ConfigLoad& in, const Section& section, gateway::RouteSettings& route) {
  route.audience = section.text("audience");
  const std::string base = in.config.identity.resource;
  if (base.empty()) {
    return;
  }
  const std::string path = route.prefix == "/" ? "" : route.prefix;
  formats::JsonWriter json(route.resource_metadata);
  json.begin_object().member("resource", base + path).key("authorization_servers").begin_array();
  for (const identity::IssuerSettings& issuer : in.config.identity.issuers) {
    const auto names = [&](const std::vector<std::string>& together) {
      return std::ranges::find(together, issuer.name) != together.end();
    };
    if (route.accepted.empty() || std::ranges::any_of(route.accepted, names)) {
      json.string(issuer.rules.issuer);
    }
  }
  json.end_array().key("bearer_methods_supported").begin_array().string("header").end_array();
  json.member("resource_name", route.id.str());
  json.end_object().finish();
  route.resource_metadata_url = base + "/.well-known/oauth-protected-resource" + path;
}

std::vector<std::vector<std::string>> read_proofs(ConfigLoad& in, const Section& section,
                                                  const std::string& shown) {
  std::vector<std::string> known(std::begin(kOwnProofs), std::end(kOwnProofs));
  for (const identity::IssuerSettings& one : in.config.identity.issuers) {
    known.push_back(one.name);
  }
  std::vector<std::vector<std::string>> out;
  for (const PlacedText& text : section.texts("identity")) {
    std::vector<std::string> together;
    std::string_view rest = text.text;
    for (bool more = true; more;) {
      const size_t plus = rest.find('+');
      more = plus != std::string_view::npos;
      const std::string_view proof = rest.substr(0, plus);
      rest.remove_prefix(more ? plus + 1 : rest.size());
      if (in.refer(text.place, fmt::format("{}: proof", shown), proof, known)) {
        together.emplace_back(proof);
      }
    }
    out.push_back(std::move(together));
  }
  return out;
}

}  // namespace sally::app
