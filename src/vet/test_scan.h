// What tests of readers share: a text examined as a file of a name.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "vet/examination.h"

namespace sally::test {

inline vet::Target scanned(std::string_view name, std::string_view text,
                           const vet::dependency::Advisories* advisories = nullptr,
                           const vet::SecretSearch* secrets = nullptr) {
  const SystemClock clock;
  const vet::Services services{.clock = clock, .advisories = advisories, .secrets = secrets};
  const vet::Limits limits;
  vet::Target target{.path = "folder/" + std::string(name), .size = text.size()};
  vet::Examination examination(target, limits, services);
  const formats::MemoryInput input(text);
  examination.examine(input, examination.name());
  std::ranges::sort(target.findings, {}, &vet::Finding::line);
  return target;
}

// `torch-load medium 3`, one for each finding: rule, severity, line.
inline std::vector<std::string> told(const vet::Target& target) {
  std::vector<std::string> out;
  for (const vet::Finding& finding : target.findings) {
    out.push_back(std::string(vet::row_of(finding.rule).id) + " " +
                  std::string(name_of(finding.severity)) + " " + std::to_string(finding.line));
  }
  return out;
}

// `PyPI torch 2.1.0`
inline std::vector<std::string> packages(const vet::Target& target) {
  std::vector<std::string> out;
  for (const vet::Package& package : target.packages) {
    out.push_back(package.ecosystem + " " + package.name + " " + package.version);
  }
  return out;
}

}  // namespace sally::test
