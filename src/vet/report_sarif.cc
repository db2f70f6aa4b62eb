#include "vet/report_sarif.h"

#include <fmt/format.h>

#include "base/text.h"
#include "formats/json/writer.h"

namespace sally::vet {
namespace {

using formats::JsonWriter;

constexpr std::string_view kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
constexpr size_t kMostPath = 8192;

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
    case Severity::kHigh:
      return "error";
    case Severity::kMedium:
      return "warning";
    case Severity::kLow:
    case Severity::kInfo:
      return "note";
  }
  return "none";
}

// Code scanning sorts by this number: above 9 is critical, from 7 high, from 4 medium.
std::string_view score_of(Severity severity) {
  constexpr std::array<std::string_view, 5> kScores = {"0.0", "3.0", "5.5", "8.0", "9.5"};
  return kScores[static_cast<size_t>(severity)];
}

void write_text(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key).begin_object().member("text", text).end_object();
}

void write_rule(JsonWriter& json, const Rule& rule) {
  json.begin_object();
  json.member("id", rule.id);
  write_text(json, "shortDescription", rule.title);
  write_text(json, "fullDescription", rule.title);
  json.key("help").begin_object();
  json.member("text", rule.help);
  json.member("markdown", rule.help);
  json.end_object();
  json.key("defaultConfiguration").begin_object();
  json.member("level", level_of(rule.severity));
  json.end_object();
  json.key("properties").begin_object();
  json.member("security-severity", score_of(rule.severity));
  json.key("tags").begin_array().string("security");
  for (std::string_view rest = rule.references; !rest.empty();) {
    const size_t end = std::min(rest.find(' '), rest.size());
    json.string(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  json.end_array();
  json.end_object();
  json.end_object();
}

void write_location(JsonWriter& json, const Target& target, const Finding& finding,
                    size_t artifact) {
  json.begin_object();
  json.key("physicalLocation").begin_object();
  json.key("artifactLocation").begin_object();
  json.member("uri", uri_of(target.path));
  json.member("index", artifact);
  json.end_object();
  // Code scanning shows nothing without a line: what is none is shown at the first. What lies
  // within an archive has no place of its own in the file.
  const bool here = finding.member.empty();
  json.key("region").begin_object();
  json.member("startLine", here && finding.line != 0 ? finding.line : 1);
  if (here && finding.line == 0) {
    json.member("byteOffset", finding.offset);
  }
  json.end_object();
  json.end_object();
  if (!finding.member.empty()) {
    json.key("logicalLocations").begin_array().begin_object();
    json.member("fullyQualifiedName", finding.member);
    json.member("kind", "member");
    json.end_object().end_array();
  }
  json.end_object();
}

void write_waived(JsonWriter& json, const Waived& waived) {
  json.key("suppressions").begin_array().begin_object();
  json.member("kind", "external");
  json.member("status", "accepted");
  json.member("justification", fmt::format("{}: {} ({}, until {})", waived.owner, waived.reason,
                                           name_of(waived.decision), waived.expires));
  json.end_object().end_array();
}

void write_result(JsonWriter& json, const Target& target, const Finding& finding,
                  std::string_view fingerprint, size_t artifact) {
  const Rule& rule = row_of(finding.rule);
  json.begin_object();
  json.member("ruleId", rule.id);
  json.member("ruleIndex", static_cast<size_t>(finding.rule));
  json.member("level", level_of(finding.severity));
  write_text(json, "message",
             finding.evidence.empty()
                 ? fmt::format("{}. To do: {}.", finding.message, rule.help)
                 : fmt::format("{}: {}. To do: {}.", finding.message, finding.evidence, rule.help));
  json.key("locations").begin_array();
  write_location(json, target, finding, artifact);
  json.end_array();
  json.key("partialFingerprints").begin_object();
  json.member("sallyport/v1", fingerprint);
  json.member("primaryLocationLineHash", fingerprint);  // the one that code scanning goes by
  json.end_object();
  if (finding.known) {
    json.member("baselineState", "unchanged");
  }
  if (finding.waived) {
    write_waived(json, *finding.waived);
  }
  json.key("properties").begin_object();
  json.member("severity", name_of(finding.severity));
  json.member("security-severity", score_of(finding.severity));
  json.member("offset", finding.offset);
  if (finding.line != 0) {
    json.member("line", finding.line);
  }
  json.member("evidence", finding.evidence);
  json.key("references").begin_array();
  for (const std::string& reference : references_of(finding)) {
    json.string(reference);
  }
  json.end_array();
  json.end_object();
  json.end_object();
}

void write_artifact(JsonWriter& json, const Target& target) {
  json.begin_object();
  json.key("location").begin_object();
  json.member("uri", uri_of(target.path));
  json.end_object();
  json.member("length", target.size);
  if (!target.sha256.empty()) {
    json.key("hashes").begin_object();
    json.member("sha-256", target.sha256);
    json.end_object();
  }
  json.key("properties").begin_object();
  json.member("format", target.format);
  json.member("verdict", name_of(target.verdict()));
  json.end_object();
  json.end_object();
}

void write_notification(JsonWriter& json, const Target& target, const Finding& finding) {
  json.begin_object();
  json.member("level", "error");
  write_text(json, "message",
             fmt::format("{}: {}", printable(target.path, kMostPath), finding.message));
  json.end_object();
}

void write_invocation(JsonWriter& json, const Report& report) {
  const bool all_read = counts_of(report).unread == 0;
  json.begin_object();
  json.member("executionSuccessful", all_read);
  json.member("endTimeUtc", format_time(report.at));
  json.key("toolExecutionNotifications").begin_array();
  for (const Target& target : report.targets) {
    for (const Finding& finding : target.findings) {
      if (is_unread(finding)) {
        write_notification(json, target, finding);
      }
    }
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string report_sarif(const Report& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("$schema", kSchema);
  json.member("version", "2.1.0");
  json.key("runs").begin_array().begin_object();
  json.key("tool").begin_object().key("driver").begin_object();
  json.member("name", "Sallyport");
  json.member("version", report.version);
  json.key("rules").begin_array();
  for (const Rule& rule : rules()) {
    write_rule(json, rule);
  }
  json.end_array();
  json.end_object().end_object();
  json.key("invocations").begin_array();
  write_invocation(json, report);
  json.end_array();
  // Only files that something was found in.
  json.key("artifacts").begin_array();
  for (const Target& target : report.targets) {
    if (!target.findings.empty()) {
      write_artifact(json, target);
    }
  }
  json.end_array();
  json.key("results").begin_array();
  size_t artifact = 0;
  for (const Target& target : report.targets) {
    if (target.findings.empty()) {
      continue;
    }
    const std::vector<std::string> fingerprints = fingerprints_of(target);
    for (size_t i = 0; i < target.findings.size(); ++i) {
      write_result(json, target, target.findings[i], fingerprints[i], artifact);
    }
    ++artifact;
  }
  json.end_array();
  json.member("columnKind", "utf16CodeUnits");
  json.end_object().end_array();
  json.end_object();
  json.finish();
  return out;
}

}  // namespace sally::vet
