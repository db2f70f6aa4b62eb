#include "vet/rule.h"

#include <array>

namespace sally::vet {
namespace {

constexpr std::array kRules = {
#define SALLY_VET_RULE(name, id, severity, nature, title, help, references) \
  Rule{id, severity, nature, title, help, references},
#include "vet/rules/all.def"
#undef SALLY_VET_RULE
};
constexpr std::array<std::string_view, 5> kSeverities = {"info", "low", "medium", "high",
                                                         "critical"};

}  // namespace

const Rule& row_of(RuleId rule) {
  return kRules[static_cast<size_t>(rule)];
}

std::span<const Rule> rules() {
  return kRules;
}

std::string_view name_of(Severity severity) {
  return kSeverities[static_cast<size_t>(severity)];
}

std::optional<Severity> severity_of(std::string_view name) {
  for (size_t i = 0; i < kSeverities.size(); ++i) {
    if (kSeverities[i] == name) {
      return static_cast<Severity>(i);
    }
  }
  return std::nullopt;
}

}  // namespace sally::vet
