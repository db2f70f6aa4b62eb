#include "vet/baseline.h"

#include "formats/json/document.h"
#include "vet/report.h"

namespace sally::vet {
namespace {

constexpr formats::JsonLimits kLimits = {.bytes = size_t{1} << 30, .members = 50'000'000};

Error not_a_report(const Error& error) {
  return Error(ErrorKind::kUsage, "is no report of a scan: " + error.message(),
               "sallyport scan --write-baseline FILE PATH");
}

}  // namespace

Result<Baseline> Baseline::parse(std::string_view json) {
  auto document = formats::JsonDocument::parse(json, kLimits);
  if (!document.ok()) {
    return not_a_report(document.error());
  }
  const auto read = [&document]() -> Result<Baseline> {
    Baseline baseline;
    TRY(const auto member, document->root().member("targets"));
    TRY(const auto targets, member.as_array());
    for (const formats::JsonValue target : targets) {
      TRY(const auto findings, target.member("findings"));
      TRY(const auto list, findings.as_array());
      for (const formats::JsonValue finding : list) {
        TRY(const std::string_view fingerprint, finding.string("fingerprint"));
        baseline.fingerprints_.emplace(fingerprint);
      }
    }
    return baseline;
  };
  auto baseline = read();
  if (!baseline.ok()) {
    return not_a_report(baseline.error());
  }
  return baseline;
}

void Baseline::mark(Target& target) const {
  const std::vector<std::string> fingerprints = fingerprints_of(target);
  for (size_t i = 0; i < fingerprints.size(); ++i) {
    target.findings[i].known = fingerprints_.contains(fingerprints[i]);
  }
}

}  // namespace sally::vet
