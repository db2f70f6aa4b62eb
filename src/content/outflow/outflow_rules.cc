#include "content/outflow/outflow_rules.h"

#include <fmt/format.h>

namespace sally::content {
namespace {

struct Row {
  std::string_view id;
  Severity severity;
  std::string_view what;
};
constexpr Row kRules[] = {
#define SALLY_OUTFLOW_RULE(enumerator, id, severity, what) {id, Severity::severity, what},
#include "content/outflow/outflow_rules.def"
#undef SALLY_OUTFLOW_RULE
};

}  // namespace

std::string_view name_of(OutflowRule rule) {
  return kRules[static_cast<size_t>(rule)].id;
}

Severity severity_of(OutflowRule rule) {
  return kRules[static_cast<size_t>(rule)].severity;
}

std::string outflow_rules_reference() {
  std::string out = "| rule | severity | what |\n| --- | --- | --- |\n";
  for (const Row& row : kRules) {
    out += fmt::format("| `{}` | {} | {} |\n", row.id, name_of(row.severity), row.what);
  }
  return out;
}

}  // namespace sally::content
