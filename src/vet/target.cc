#include "vet/target.h"

#include <algorithm>
#include <array>

namespace sally::vet {

std::string_view name_of(Verdict verdict) {
  constexpr std::array<std::string_view, 4> kNames = {"clean", "review", "malicious", "unreadable"};
  return kNames[static_cast<size_t>(verdict)];
}

std::string_view name_of(Decision decision) {
  constexpr std::array<std::string_view, 3> kNames = {"accepted", "not_affected", "false_positive"};
  return kNames[static_cast<size_t>(decision)];
}

std::vector<std::string> references_of(const Finding& finding) {
  std::vector<std::string> all;
  std::string_view rest = row_of(finding.rule).references;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    all.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  all.insert(all.end(), finding.references.begin(), finding.references.end());
  return all;
}

Verdict Target::verdict() const {
  const auto any = [&](auto is) { return std::ranges::any_of(findings, is); };
  if (any([](const Finding& f) {
        return !f.waived && row_of(f.rule).nature == Nature::kAttack &&
               f.severity >= Severity::kHigh;
      })) {
    return Verdict::kMalicious;
  }
  if (any([](const Finding& f) { return !f.waived && row_of(f.rule).nature == Nature::kUnread; })) {
    return Verdict::kUnreadable;
  }
  return any([](const Finding& f) { return f.severity > Severity::kInfo; }) ? Verdict::kReview
                                                                            : Verdict::kClean;
}

std::optional<Severity> Target::worst() const {
  if (findings.empty()) {
    return std::nullopt;
  }
  return std::ranges::max_element(findings, {}, &Finding::severity)->severity;
}

}  // namespace sally::vet
