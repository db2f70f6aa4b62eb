// For tests and fuzz targets of this folder: one input, examined.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "vet/examination.h"

namespace sally::vet::model {

inline Target examined(std::string_view octets, std::string path) {
  const SystemClock clock;
  const Services services{.clock = clock};
  const Limits limits{.unpacked = uint64_t{64} << 20};
  Target target{.path = std::move(path), .size = octets.size()};
  Examination examination(target, limits, services);
  const formats::MemoryInput input(octets);
  examination.examine(input, target.path);
  return target;
}

inline bool has(const Target& target, RuleId rule) {
  return std::ranges::find(target.findings, rule, &Finding::rule) != target.findings.end();
}

// Whether something of it is high or above.
inline bool blocked(const Target& target) {
  return target.worst() && *target.worst() >= Severity::kHigh;
}

}  // namespace sally::vet::model
