// OutflowRule: what may be wrong with an answer. The table is outflow_rules.def.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/finding.h"

namespace sally::content {

enum class OutflowRule : uint8_t {
#define SALLY_OUTFLOW_RULE(enumerator, id, severity, what) enumerator,
#include "content/outflow/outflow_rules.def"
#undef SALLY_OUTFLOW_RULE
};

// `link-host`. Stable.
[[nodiscard]] std::string_view name_of(OutflowRule rule);
[[nodiscard]] Severity severity_of(OutflowRule rule);
// The table for people, one row to a line.
std::string outflow_rules_reference();

}  // namespace sally::content
