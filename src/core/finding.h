// Finding: something an inspector saw. Says what and where, never the content.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/provenance.h"

namespace sally {

enum class Direction : uint8_t { kRequest, kResponse };
enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };

// What became of what was found before it went on.
enum class Handling : uint8_t {
  kSeen,      // nothing: it goes on as it is
  kReplaced,  // something else stands in its place
  kCleared,   // nothing: another model says that it is none
};

// Whether another model is asked before a finding counts.
enum class Doubt : uint8_t {
  kNone,       // it counts
  kStands,     // it counts, unless the other says that it is none
  kSuspected,  // it does not, unless the other says that it is one
};

// What is to become of an exchange in which something was found.
enum class Ruling : uint8_t {
  kBySeverity,  // what `inspection` of the configuration says of its severity
  kAnnotate,    // it goes on
  kRefuse,      // it ends
};

struct Finding {
  std::string inspector;  // `secrets`
  std::string rule;       // `openai-api-key`, `canary:finance-prompt`
  Severity severity = Severity::kInfo;
  Direction direction = Direction::kRequest;
  std::string place;    // where the text stood: `messages[1].content`, `choices[0].delta.content`
  uint64_t offset = 0;  // bytes into that text (for a stream: into the whole text so far)
  uint32_t length = 0;
  uint8_t confidence = 100;  // in percent
  std::string model{};       // that found it, with its version; empty: rules did
  Handling handling = Handling::kSeen;
  Ruling ruling = Ruling::kBySeverity;  // not recorded: it led to what is
  // By which setting it refuses, `attacks.request`, in storage that stays; not recorded either.
  std::string_view setting{};
  Doubt doubt = Doubt::kNone;                    // not recorded: it is settled before
  Provenance provenance = Provenance::kUnknown;  // of the text
  std::vector<std::string> reasons{};            // a few stable names: `base64`
};
using Findings = std::vector<Finding>;

// What is only suspected, and nobody confirmed, is no finding.
inline void drop_suspected(Findings& findings) {
  std::erase_if(findings, [](const Finding& one) { return one.doubt == Doubt::kSuspected; });
}

// Of an attack on a model what it is (`injection`); empty where a finding is of something else.
[[nodiscard]] inline std::string_view attack_of(const Finding& finding) {
  constexpr std::string_view kFamily = "attack:";
  const std::string_view rule = finding.rule;
  return rule.starts_with(kFamily) ? rule.substr(kFamily.size()) : std::string_view();
}
// The worst attack, in percent; in the texts of strangers alone where `untrusted`. 0: none.
[[nodiscard]] uint8_t worst_attack(std::span<const Finding> findings, bool untrusted);

std::string_view name_of(Severity severity);
std::string_view name_of(Direction direction);
std::string_view name_of(Handling handling);

}  // namespace sally
