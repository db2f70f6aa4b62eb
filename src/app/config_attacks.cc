#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "app/config_load.h"
#include "app/config_values.h"
#include "content/attack/known_texts.h"

namespace sally::app {
namespace {

using content::AttackSettings;
using content::OnAttack;
using gateway::Protocol;

// In the order of Provenance.
constexpr std::array<std::string_view, kProvenances> kRates = {
    "unknown", "system", "user", "assistant", "tool", "tool_description", "retrieved"};

OnAttack on_attack(const Section& section, std::string_view key, OnAttack standard) {
  if (!section.has(key)) {
    return standard;
  }
  const std::string text = section.text(key);
  return text == "off"      ? OnAttack::kOff
         : text == "refuse" ? OnAttack::kRefuse
                            : OnAttack::kAnnotate;
}

// What the section says; where it says nothing, what `standard` does.
AttackSettings settings_of(const Section& section, const AttackSettings& standard) {
  AttackSettings out = standard;
  out.request = on_attack(section, "request", standard.request);
  out.response = on_attack(section, "response", standard.response);
  out.tools = on_attack(section, "tools", standard.tools);
  const Section rates = section.section("false_positives");
  for (size_t i = 0; i < kRates.size(); ++i) {
    if (rates.has(kRates[i])) {
      out.rates[i] = rates.share(kRates[i]);
    }
  }
  const Section thresholds = section.section("thresholds");
  for (size_t i = 0; i < kRates.size(); ++i) {
    if (thresholds.has(kRates[i])) {
      out.thresholds[i] = thresholds.share(kRates[i]);
    } else if (rates.has(kRates[i])) {
      out.thresholds[i] = 0;  // what is nearer counts
    }
  }
  return out;
}

// Who else is asked. In the clear only on this machine.
void read_second_opinion(ConfigLoad& in, const Section& section) {
  constexpr std::string_view kShown = "attacks.second_opinion";
  auto out = std::make_shared<content::GuardSettings>();
  out->api = content::parse_guard_api(section.text("api")).value_or(content::GuardApi::kChat);
  out->url = section.text("url");
  if (out->url.empty()) {
    return;  // told as missing
  }
  const auto url = parse_url(
      std::string_view(out->url).substr(0, std::min(out->url.find('?'), out->url.size())));
  if (!url.ok()) {
    in.problem(section.place("url"), kShown, url.error());
    return;
  }
  if (!url->tls && !is_local(url->host)) {
    in.problem(section.place("url"), fmt::format("`{}` sends texts of callers without TLS", kShown),
               "use https://");
    return;
  }
  out->trust = kShown;  // no issuer has such a name
  net::Origin origin;
  in.client_tls(section, std::string(kShown), url->tls && section.has("tls"), origin);
  if (origin.tls != nullptr) {
    in.config.identity.servers.emplace(out->trust, origin.tls);
  }
  out->model = section.text("model");
  if (out->model.empty() && out->api == content::GuardApi::kChat) {
    in.problem(section.place("model"), fmt::format("`{}` names no model", kShown),
               "say which model the server shall ask");
  }
  out->prompt = section.text("prompt");
  if (out->prompt.find(content::GuardSettings::kHole) == std::string::npos) {
    in.problem(section.place("prompt"),
               fmt::format("`{}.prompt` has no place for the text", kShown),
               "write `{text}` where it belongs");
  }
  if (section.has("key")) {
    auto key = in.secret(section, "key");
    if (!key) {
      return;
    }
    const bool shields = out->api == content::GuardApi::kShields;
    out->key_field = shields ? "ocp-apim-subscription-key" : "authorization";
    out->key_prefix = shields ? "" : "Bearer ";
    out->key = *std::move(key);
  }
  out->deadline = section.duration("deadline");
  out->needed = section.text("on_failure") == "refuse";
  in.config.guard = std::move(out);
}

// What the house knows to be attacks.
void read_known(ConfigLoad& in, const Section& section) {
  const auto file = section.reference("known");
  if (!file || (in.context.reading != Reading::kAll && in.context.reading != Reading::kTexts)) {
    return;
  }
  auto lines = in.references.material(*file);
  auto texts = lines ? content::read_known_texts(*lines) : std::move(lines).error();
  if (!texts) {
    in.problem(file->place, "attacks.known", texts.error());
    return;
  }
  in.config.known_attacks = *std::move(texts);
}

bool looks(const AttackSettings& settings) {
  return settings.request != OnAttack::kOff || settings.response != OnAttack::kOff ||
         settings.tools != OnAttack::kOff;
}

}  // namespace

void read_attacks(ConfigLoad& in) {
  const Section section = in.top.section("attacks");
  AttackSettings standard = settings_of(section, {});
  read_known(in, section);
  if (section.has("second_opinion")) {
    const Section other = section.section("second_opinion");
    read_second_opinion(in, other);
    standard.doubt_from = other.share("from");
    standard.doubt_until = other.share("until");
    if (standard.doubt_from >= standard.doubt_until) {
      in.problem(other.place("from"), "no text is in doubt from `from` until `until`",
                 "`from` is the smaller one");
    }
  }
  for (const Section& route : in.top.sections("routes")) {
    const auto protocol = gateway::parse_protocol(route.text("protocol"));
    const bool usual = protocol == Protocol::kOpenAi || protocol == Protocol::kAnthropic ||
                       protocol == Protocol::kMcp;
    const bool asked = route.has("attacks");
    if (!asked && !(usual && in.top.has("attacks"))) {
      continue;
    }
    if (protocol == Protocol::kPrivacy) {
      in.problem(route.place("attacks"), "`attacks` is not for protocol privacy",
                 "the gate answers its questions itself");
      continue;
    }
    const AttackSettings settings =
        asked ? settings_of(route.section("attacks"), standard) : standard;
    if (looks(settings)) {
      in.config.attacks.insert_or_assign(RouteId(route.text("name")), settings);
    }
  }
}

}  // namespace sally::app
