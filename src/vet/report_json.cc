#include "vet/report_json.h"

#include <array>

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

void write_finding(JsonWriter& json, const Finding& finding) {
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
  for (const Finding& finding : target.findings) {
    write_finding(json, finding);
  }
  json.end_array();
  if (target.unlisted != 0) {
    json.member("unlisted", target.unlisted);
  }
  json.end_object();
}

}  // namespace

std::string report_json(std::span<const Target> targets) {
  std::array<uint64_t, 4> verdicts = {};
  std::array<uint64_t, 5> severities = {};
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("targets").begin_array();
  for (const Target& target : targets) {
    write_target(json, target);
    ++verdicts[static_cast<size_t>(target.verdict())];
    for (const Finding& finding : target.findings) {
      ++severities[static_cast<size_t>(finding.severity)];
    }
  }
  json.end_array();
  json.key("summary").begin_object();
  json.member("targets", targets.size());
  for (size_t i = 0; i < verdicts.size(); ++i) {
    json.member(name_of(static_cast<Verdict>(i)), verdicts[i]);
  }
  json.key("findings").begin_object();
  for (size_t i = 0; i < severities.size(); ++i) {
    json.member(name_of(static_cast<Severity>(i)), severities[i]);
  }
  json.end_object();
  json.end_object();
  json.end_object();
  json.finish();
  return out;
}

}  // namespace sally::vet
