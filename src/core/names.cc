#include <algorithm>
#include <array>

#include "core/change_event.h"
#include "core/event.h"
#include "core/provenance.h"

namespace sally {
namespace {
constexpr std::array<std::string_view, 5> kSeverities = {"info", "low", "medium", "high",
                                                         "critical"};
constexpr std::array<std::string_view, 2> kDirections = {"request", "response"};
constexpr std::array<std::string_view, 3> kHandlings = {"seen", "replaced", "cleared"};
constexpr std::array<std::string_view, kProvenances> kProvenanceNames = {
    "unknown", "system", "user", "assistant", "tool", "tool-description", "retrieved"};
constexpr std::array<std::string_view, 10> kStages = {
    "connection", "protocol", "route",    "identity", "limit",
    "inspection", "policy",   "upstream", "response", "record"};
constexpr std::array<std::string_view, 4> kCoverages = {"none", "full", "partial", "skipped"};
constexpr std::array<std::string_view, 4> kOutcomes = {"allowed", "refused", "failed", "cancelled"};
constexpr std::array<std::string_view, kPrincipalKinds> kKinds = {"anonymous", "key", "user",
                                                                  "agent", "workload"};
constexpr NoticeRow kNotices[] = {
#define SALLY_NOTICE(constant, name, severity, title) \
  {Notice::constant, name, Severity::severity, title},
#include "core/notices.def"
#undef SALLY_NOTICE
};
}  // namespace

std::string_view name_of(Severity severity) {
  return kSeverities[static_cast<size_t>(severity)];
}
std::string_view name_of(Direction direction) {
  return kDirections[static_cast<size_t>(direction)];
}
std::string_view name_of(Handling handling) {
  return kHandlings[static_cast<size_t>(handling)];
}
std::string_view name_of(Provenance provenance) {
  return kProvenanceNames[static_cast<size_t>(provenance)];
}
std::optional<Provenance> parse_provenance(std::string_view text) {
  const auto* const found = std::ranges::find(kProvenanceNames, text);
  return found == kProvenanceNames.end()
             ? std::nullopt
             : std::optional(static_cast<Provenance>(found - kProvenanceNames.begin()));
}
std::string_view name_of(Stage stage) {
  return kStages[static_cast<size_t>(stage)];
}
std::string_view name_of(Coverage coverage) {
  return kCoverages[static_cast<size_t>(coverage)];
}
std::string_view name_of(Outcome outcome) {
  return kOutcomes[static_cast<size_t>(outcome)];
}

std::string_view name_of(PrincipalKind kind) {
  return kKinds[static_cast<size_t>(kind)];
}
std::optional<PrincipalKind> parse_principal_kind(std::string_view text) {
  const auto found = std::ranges::find(kKinds, text);
  return found == kKinds.end() ? std::nullopt
                               : std::optional(static_cast<PrincipalKind>(found - kKinds.begin()));
}

uint8_t worst_attack(std::span<const Finding> findings, bool untrusted) {
  uint8_t worst = 0;
  for (const Finding& finding : findings) {
    if (!attack_of(finding).empty() && finding.handling == Handling::kSeen &&
        (!untrusted || is_untrusted(finding.provenance))) {
      worst = std::max(worst, finding.confidence);
    }
  }
  return worst;
}

std::string rule_of(const AccessEvent& event) {
  if (event.refusal) {
    return event.refusal->rule;
  }
  if (event.break_glass) {
    return "break-glass";
  }
  std::string out;
  if (event.policy) {
    for (const std::string& policy : event.policy->determining) {
      out += (out.empty() ? "" : ", ") + policy;
    }
  }
  return out;
}

const NoticeRow& row_of(Notice notice) {
  return kNotices[static_cast<size_t>(notice)];
}
std::span<const NoticeRow> notice_table() {
  return kNotices;
}

}  // namespace sally
