#include "vet/report_json.h"

#include "base/text.h"
#include "formats/json/writer.h"

namespace sally::vet {
namespace {

using formats::JsonWriter;

constexpr size_t kMostPath = 8192;

void write_references(JsonWriter& json, const Finding& finding) {
  json.key("references").begin_array();
  for (const std::string& reference : references_of(finding)) {
    json.string(reference);
  }
  json.end_array();
}

void write_waived(JsonWriter& json, const Waived& waived) {
  json.key("waived").begin_object();
  json.member("decision", name_of(waived.decision));
  json.member("owner", waived.owner);
  json.member("reason", waived.reason);
  json.member("expires", waived.expires);
  json.end_object();
}

void write_finding(JsonWriter& json, const Finding& finding, std::string_view fingerprint) {
  json.begin_object();
  json.member("rule", row_of(finding.rule).id);
  json.member("severity", name_of(finding.severity));
  json.member("offset", finding.offset);
  if (finding.line != 0) {
    json.member("line", finding.line);
  }
  if (!finding.member.empty()) {
    json.member("member", finding.member);
  }
  json.member("message", finding.message);
  json.member("evidence", finding.evidence);
  write_references(json, finding);
  json.member("fingerprint", fingerprint);
  if (finding.known) {
    json.member("known", true);
  }
  if (finding.waived) {
    write_waived(json, *finding.waived);
  }
  json.end_object();
}

void write_target(JsonWriter& json, const Target& target) {
  json.begin_object();
  json.member("path", printable(target.path, kMostPath));
  if (target.sha256.empty()) {
    json.key("sha256").null();
  } else {
    json.member("sha256", target.sha256);
  }
  json.member("size", target.size);
  json.member("format", target.format);
  json.member("verdict", name_of(target.verdict()));
  json.key("findings").begin_array();
  const std::vector<std::string> fingerprints = fingerprints_of(target);
  for (size_t i = 0; i < target.findings.size(); ++i) {
    write_finding(json, target.findings[i], fingerprints[i]);
  }
  json.end_array();
  if (target.unlisted != 0) {
    json.member("unlisted", target.unlisted);
  }
  json.end_object();
}

}  // namespace

std::string report_json(const Report& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("targets").begin_array();
  for (const Target& target : report.targets) {
    write_target(json, target);
  }
  json.end_array();
  const Counts counts = counts_of(report);
  json.key("summary").begin_object();
  json.member("targets", counts.targets);
  for (size_t i = 0; i < counts.verdicts.size(); ++i) {
    json.member(name_of(static_cast<Verdict>(i)), counts.verdicts[i]);
  }
  json.key("findings").begin_object();
  for (size_t i = 0; i < counts.severities.size(); ++i) {
    json.member(name_of(static_cast<Severity>(i)), counts.severities[i]);
  }
  json.end_object();
  json.member("failing", counts.failing);
  json.member("fail_on", name_of(report.fail_on));
  json.member("waived", counts.waived);
  json.member("known", counts.known);
  json.member("unread", counts.unread);
  json.member("unlisted", counts.unlisted);
  json.key("advisories");
  if (report.advisories) {
    json.string(format_time(*report.advisories));
  } else {
    json.null();
  }
  json.member("version", report.version);
  json.end_object();
  json.end_object();
  json.finish();
  return out;
}

}  // namespace sally::vet
