#include <array>
#include <string>
#include <string_view>

#include "app/config_load.h"

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

bool looks(const AttackSettings& settings) {
  return settings.request != OnAttack::kOff || settings.response != OnAttack::kOff ||
         settings.tools != OnAttack::kOff;
}

}  // namespace

void read_attacks(ConfigLoad& in) {
  const AttackSettings standard = settings_of(in.top.section("attacks"), {});
  for (const Section& route : in.top.sections("routes")) {
    const auto protocol = gateway::parse_protocol(route.text("protocol"));
    const bool usual = protocol == Protocol::kOpenAi || protocol == Protocol::kAnthropic ||
                       protocol == Protocol::kMcp;
    const bool asked = route.has("attacks");
    if (!usual && !asked) {
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
