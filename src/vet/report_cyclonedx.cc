#include "vet/report_cyclonedx.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "base/text.h"
#include "formats/json/writer.h"

namespace sally::vet {
namespace {

using formats::JsonWriter;

constexpr size_t kMostPath = 8192;
constexpr size_t kMostOccurrences = 100;

std::string file_ref(const Target& target) {
  return "file:" + uri_of(target.path);
}

void write_property(JsonWriter& json, std::string_view name, std::string_view value) {
  json.begin_object();
  json.member("name", fmt::format("sallyport:{}", name));
  json.member("value", value);
  json.end_object();
}

// The facts of a model card that the format has a place for.
bool is_parameter(std::string_view fact) {
  return fact == "architecture" || fact == "task";
}

void write_model_card(JsonWriter& json, const Target& target) {
  json.key("modelCard").begin_object();
  json.key("modelParameters").begin_object();
  bool architecture = false;
  bool task = false;
  for (const Fact& fact : target.facts) {
    if (fact.name == "architecture" && !architecture) {
      json.member("architectureFamily", fact.value);
      architecture = true;
    } else if (fact.name == "task" && !task) {
      json.member("task", fact.value);
      task = true;
    }
  }
  json.end_object();
  json.end_object();
}

void write_file(JsonWriter& json, const Target& target) {
  const bool model = is_model(target);
  json.begin_object();
  json.member("type", model ? "machine-learning-model" : "file");
  json.member("bom-ref", file_ref(target));
  json.member("name", printable(target.path, kMostPath));
  if (!target.sha256.empty()) {
    json.key("hashes").begin_array().begin_object();
    json.member("alg", "SHA-256");
    json.member("content", target.sha256);
    json.end_object().end_array();
  }
  if (model) {
    write_model_card(json, target);
  }
  json.key("properties").begin_array();
  write_property(json, "format", target.format);
  write_property(json, "verdict", name_of(target.verdict()));
  write_property(json, "size", fmt::format("{}", target.size));
  for (const Fact& fact : target.facts) {
    if (!is_parameter(fact.name)) {
      write_property(json, "fact:" + printable(fact.name), fact.value);
    }
  }
  json.end_array();
  json.end_object();
}

void write_package(JsonWriter& json, const UsedPackage& used) {
  const Package& package = *used.package;
  json.begin_object();
  json.member("type", "library");
  json.member("bom-ref", used.purl);
  json.member("name", printable(package.name));
  if (!package.version.empty()) {
    json.member("version", printable(package.version));
  }
  json.member("purl", used.purl);
  json.key("evidence").begin_object().key("occurrences").begin_array();
  for (size_t i = 0; i < used.by.size() && i < kMostOccurrences; ++i) {
    json.begin_object().member("location", printable(used.by[i]->path, kMostPath)).end_object();
  }
  json.end_array().end_object();
  json.end_object();
}

// What a vulnerability is called: the CVE or advisory where the finding names one, else our rule.
std::string id_of(const Finding& finding) {
  const std::string* best = nullptr;
  for (const std::string& reference : finding.references) {
    if (reference.starts_with("CVE-")) {
      return reference;
    }
    if (best == nullptr && (reference.starts_with("GHSA-") || reference.starts_with("PYSEC-") ||
                            reference.starts_with("OSV-") || reference.starts_with("RUSTSEC-") ||
                            reference.starts_with("GO-") || reference.starts_with("MAL-"))) {
      best = &reference;
    }
  }
  return best != nullptr ? *best : std::string(row_of(finding.rule).id);
}

void write_analysis(JsonWriter& json, const Finding& finding) {
  json.key("analysis").begin_object();
  if (!finding.waived) {
    const bool attack =
        row_of(finding.rule).nature == Nature::kAttack && finding.severity >= Severity::kHigh;
    json.member("state", attack ? "exploitable" : "in_triage");
    json.end_object();
    return;
  }
  const Waived& waived = *finding.waived;
  switch (waived.decision) {
    case Decision::kAccepted:
      json.member("state", "exploitable");
      json.key("response").begin_array().string("will_not_fix").end_array();
      break;
    case Decision::kNotAffected:
      json.member("state", "not_affected");
      break;
    case Decision::kFalsePositive:
      json.member("state", "false_positive");
      break;
  }
  json.member("detail",
              fmt::format("{}: {} (until {})", waived.owner, waived.reason, waived.expires));
  json.end_object();
}

void write_vulnerability(JsonWriter& json, const Target& target, const Finding& finding,
                         std::string_view fingerprint) {
  const Rule& rule = row_of(finding.rule);
  json.begin_object();
  json.member("bom-ref", fmt::format("finding:{}", fingerprint));
  json.member("id", id_of(finding));
  json.key("source").begin_object().member("name", "Sallyport").end_object();
  json.key("ratings").begin_array().begin_object();
  json.member("severity", name_of(finding.severity));
  json.member("method", "other");
  json.end_object().end_array();
  json.key("cwes").begin_array();
  const std::vector<std::string> references = references_of(finding);
  for (const std::string& reference : references) {
    int number = 0;
    constexpr std::string_view kCwe = "CWE-";
    if (reference.starts_with(kCwe) &&
        std::from_chars(reference.data() + kCwe.size(), reference.data() + reference.size(), number)
                .ec == std::errc() &&
        number > 0) {
      json.number(number);
    }
  }
  json.end_array();
  json.member("description", finding.message);
  json.member("recommendation", rule.help);
  write_analysis(json, finding);
  json.key("affects").begin_array().begin_object();
  json.member("ref", is_of_package(finding, target) ? purl_of(*finding.package) : file_ref(target));
  json.end_object().end_array();
  json.key("properties").begin_array();
  write_property(json, "rule", rule.id);
  write_property(json, "offset", fmt::format("{}", finding.offset));
  if (finding.line != 0) {
    write_property(json, "line", fmt::format("{}", finding.line));
  }
  if (!finding.member.empty()) {
    write_property(json, "member", finding.member);
  }
  if (!finding.evidence.empty()) {
    write_property(json, "evidence", finding.evidence);
  }
  for (const std::string& reference : references) {
    write_property(json, "reference", reference);
  }
  json.end_array();
  json.end_object();
}

void write_metadata(JsonWriter& json, const Report& report) {
  json.key("metadata").begin_object();
  json.member("timestamp", format_time(report.at));
  json.key("tools").begin_object().key("components").begin_array().begin_object();
  json.member("type", "application");
  json.member("name", "sallyport");
  json.member("version", report.version);
  json.end_object().end_array().end_object();
  json.end_object();
}

}  // namespace

std::string report_cyclonedx(const Report& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
  json.member("bomFormat", "CycloneDX");
  json.member("specVersion", "1.6");
  json.member("serialNumber", "urn:uuid:" + uuid_of(report));
  json.member("version", 1);
  write_metadata(json, report);
  json.key("components").begin_array();
  for (const Target& target : report.targets) {
    if (is_model(target) || !target.findings.empty()) {
      write_file(json, target);
    }
  }
  for (const UsedPackage& used : packages_of(report.targets)) {
    write_package(json, used);
  }
  json.end_array();
  json.key("vulnerabilities").begin_array();
  for (const Target& target : report.targets) {
    const std::vector<std::string> fingerprints = fingerprints_of(target);
    for (size_t i = 0; i < target.findings.size(); ++i) {
      write_vulnerability(json, target, target.findings[i], fingerprints[i]);
    }
  }
  json.end_array();
  json.end_object();
  json.finish();
  return out;
}

}  // namespace sally::vet
