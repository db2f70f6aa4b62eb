#include "corpus/cedar/tally.h"

#include <array>
#include <cstdio>

#include "base/check.h"
#include "base/text.h"

namespace sally::cedar {
namespace {

constexpr size_t kShown = 20;
constexpr size_t kWhy = 600;

struct StratumRow {
  Stratum stratum;
  const char* name;
  bool hard;
};
constexpr std::array<StratumRow, kStrata> kRows = {{
    {Stratum::kPolicies, "policies parse", false},
    {Stratum::kSchemas, "schemas parse", false},
    {Stratum::kEntities, "entities parse", false},
    {Stratum::kValidation, "validation", false},
    {Stratum::kInvalid, "invalid policies", true},
    {Stratum::kStrict, "strict verdicts", false},
    {Stratum::kPermissive, "permissive verdicts", false},
    {Stratum::kStrictOnly, "strict-only failures", true},
    {Stratum::kNeither, "invalid in both modes", true},
    {Stratum::kEntityVerdicts, "entity verdicts", false},
    {Stratum::kRequestVerdicts, "request verdicts", false},
    {Stratum::kDecision, "decision", false},
    {Stratum::kReason, "reason", false},
    {Stratum::kErrors, "errors", false},
    {Stratum::kExplained, "explained alike", false},
    {Stratum::kFromJson, "requests from JSON", false},
    {Stratum::kWithErrors, "requests with errors", true},
    {Stratum::kManyPolicies, "many policies", true},
    {Stratum::kSchemaTwins, "schema JSON twins", false},
    {Stratum::kPolicyTwins, "policy JSON twins", false},
    {Stratum::kRoundTrips, "policy round trips", false},
    {Stratum::kSchemaRoundTrips, "schema round trips", false},
    {Stratum::kPartial, "partial evaluation", false},
    {Stratum::kLinks, "template links", false},
    {Stratum::kLevels, "levels", false},
    {Stratum::kProbes, "probes", false},
    {Stratum::kFormat, "formatter", false},
    {Stratum::kSamples, "samples", false},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kStrata; ++i) {
    if (static_cast<size_t>(kRows[i].stratum) != i) {
      return false;
    }
  }
  return true;
}
static_assert(in_order());

}  // namespace

void Tally::expect(Stratum stratum, std::string_view name, bool as_it_should,
                   std::string_view why) {
  Row& row = rows_[static_cast<size_t>(stratum)];
  ++(as_it_should ? row.passed : row.failed);
  if (!as_it_should && row.failures.size() < kShown) {
    row.failures.push_back(std::string(name) + (why.empty() ? "" : ": " + printable(why, kWhy)));
  }
}

void Tally::skip(std::string_view kind, std::string_view name) {
  skipped_[std::string(kind)].emplace_back(name);
}

int Tally::finish() const {
  size_t passed = 0;
  size_t failed = 0;
  for (const StratumRow& stratum : kRows) {
    const Row& row = rows_[static_cast<size_t>(stratum.stratum)];
    if (row.passed + row.failed == 0) {
      continue;
    }
    std::printf("%s%-*s %8zu passed %6zu failed\n", stratum.hard ? "  of these " : "",
                stratum.hard ? 22 : 33, stratum.name, row.passed, row.failed);
    passed += stratum.hard ? 0 : row.passed;
    failed += stratum.hard ? 0 : row.failed;
    for (const std::string& failure : row.failures) {
      if (verbose_ && !stratum.hard) {
        std::printf("    failed: %s\n", failure.c_str());
      }
    }
  }
  for (const auto& [kind, names] : skipped_) {
    std::printf("skipped: %zu %s\n", names.size(), kind.c_str());
    for (size_t i = 0; verbose_ && i < std::min(names.size(), kShown); ++i) {
      std::printf("    %s\n", names[i].c_str());
    }
  }
  std::printf("%zu passed, %zu failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace sally::cedar
