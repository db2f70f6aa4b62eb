// Rule: what a finding says is wrong. One row each in rules/*.def.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sally::vet {

enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };
std::string_view name_of(Severity severity);
std::optional<Severity> severity_of(std::string_view name);

// What kind of thing a rule tells of; it decides the verdict.
enum class Nature : uint8_t {
  kAttack,    // somebody who loads this runs or gives away what its author wanted
  kWeakness,  // ours to mend: a vulnerable package, a key in a file, a risky line
  kUnread,    // something could not be read to its end: never clean
};

enum class RuleId : uint16_t {
#define SALLY_VET_RULE(name, ...) name,
#include "vet/rules/all.def"
#undef SALLY_VET_RULE
};

struct Rule {
  std::string_view id;  // `pickle-dangerous-call`; never changes once released
  Severity severity;    // unless the finding says otherwise
  Nature nature;
  std::string_view title;       // what is wrong, in a few words
  std::string_view help;        // what to do
  std::string_view references;  // CWE, ATLAS and OWASP ids, with a space between
};

// The row of `rule`. Total.
const Rule& row_of(RuleId rule);
std::span<const Rule> rules();  // in the order of RuleId

}  // namespace sally::vet
