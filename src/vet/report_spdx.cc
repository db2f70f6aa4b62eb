#include "vet/report_spdx.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "formats/json/writer.h"

namespace sally::vet {
namespace {

using formats::JsonWriter;

constexpr std::string_view kContext = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
constexpr std::string_view kCreation = "_:creation";
constexpr size_t kMostPath = 8192;

// Writes the graph: every element once, and its id into the document's list.
class Graph {
 public:
  Graph(JsonWriter& json, const Report& report)
      : json_(json), report_(report), base_("urn:uuid:" + uuid_of(report) + "#") {}

  void write() {
    write_creation();
    static_cast<void>(begin("SoftwareAgent", "agent"));
    json_.member("name", "sallyport");
    end();
    static_cast<void>(begin("Tool", "tool"));
    json_.member("name", fmt::format("sallyport {}", report_.version));
    end();
    const std::vector<UsedPackage> packages = packages_of(report_.targets);
    for (size_t i = 0; i < packages.size(); ++i) {
      package_ids_.emplace(packages[i].purl, id_of(fmt::format("package-{}", i)));
    }
    for (const Target& target : report_.targets) {
      if (is_model(target) || !target.findings.empty()) {
        write_target(target);
      }
    }
    for (const UsedPackage& used : packages) {
      write_package(used);
    }
    write_bill();
  }

 private:
  [[nodiscard]] std::string id_of(std::string_view name) const {
    return fmt::format("{}{}", base_, name);
  }
  [[nodiscard]] std::string id_of(const Target& target) const {
    return fmt::format("{}file-{}", base_, &target - report_.targets.data());
  }

  std::string begin(std::string_view type, std::string_view name) {
    std::string id = id_of(name);
    json_.begin_object();
    json_.member("type", type);
    json_.member("spdxId", id);
    json_.member("creationInfo", kCreation);
    elements_.push_back(id);
    return id;
  }
  void end() { json_.end_object(); }
  void one_of(std::string_view key, std::string_view value) {
    json_.key(key).begin_array().string(value).end_array();
  }

  void write_creation() {
    json_.begin_object();
    json_.member("type", "CreationInfo");
    json_.member("@id", kCreation);
    json_.member("specVersion", "3.0.1");
    json_.member("created", format_time(report_.at).substr(0, 19) + "Z");  // whole seconds
    one_of("createdBy", id_of("agent"));
    one_of("createdUsing", id_of("tool"));
    end();
  }

  void write_digest(const Target& target) {
    if (target.sha256.empty()) {
      return;
    }
    json_.key("verifiedUsing").begin_array().begin_object();
    json_.member("type", "Hash");
    json_.member("algorithm", "sha256");
    json_.member("hashValue", target.sha256);
    json_.end_object().end_array();
  }

  void write_facts(const Target& target) {
    std::string architecture;
    bool others = false;
    for (const Fact& fact : target.facts) {
      architecture = fact.name == "architecture" ? fact.value : architecture;
      others = others || fact.name != "architecture";
    }
    if (!architecture.empty()) {
      one_of("ai_typeOfModel", architecture);
    }
    if (!others) {
      return;
    }
    json_.key("ai_hyperparameter").begin_array();
    for (const Fact& fact : target.facts) {
      if (fact.name != "architecture") {
        json_.begin_object();
        json_.member("type", "DictionaryEntry");
        json_.member("key", printable(fact.name));
        json_.member("value", fact.value);
        json_.end_object();
      }
    }
    json_.end_array();
  }

  void write_target(const Target& target) {
    const bool model = is_model(target);
    const size_t number = static_cast<size_t>(&target - report_.targets.data());
    const std::string id =
        begin(model ? "ai_AIPackage" : "software_File", fmt::format("file-{}", number));
    json_.member("name", printable(target.path, kMostPath));
    json_.member("comment", fmt::format("{} ({} octets): {}", target.format, target.size,
                                        name_of(target.verdict())));
    json_.member("software_primaryPurpose", model ? "model" : "file");
    write_digest(target);
    if (model) {
      write_facts(target);
    }
    end();
    roots_.push_back(id);
    for (size_t i = 0; i < target.findings.size(); ++i) {
      write_finding(target, target.findings[i], fmt::format("{}-{}", number, i));
    }
  }

  void write_finding(const Target& target, const Finding& finding, const std::string& name) {
    const Rule& rule = row_of(finding.rule);
    const std::string id = begin("security_Vulnerability", "finding-" + name);
    json_.member("name", rule.id);
    json_.member("summary", rule.title);
    json_.member("description", finding.evidence.empty()
                                    ? finding.message
                                    : fmt::format("{}: {}", finding.message, finding.evidence));
    const std::vector<std::string> references = references_of(finding);
    if (!references.empty()) {
      json_.key("externalIdentifier").begin_array();
      for (const std::string& reference : references) {
        json_.begin_object();
        json_.member("type", "ExternalIdentifier");
        json_.member("externalIdentifierType",
                     reference.starts_with("CVE-") ? "cve" : "securityOther");
        json_.member("identifier", reference);
        json_.end_object();
      }
      json_.end_array();
    }
    end();
    write_assessment(target, finding, name, id);
  }

  void write_assessment(const Target& target, const Finding& finding, const std::string& name,
                        const std::string& vulnerability) {
    const bool harmless = finding.waived && finding.waived->decision != Decision::kAccepted;
    begin(harmless ? "security_VexNotAffectedVulnAssessmentRelationship"
                   : "security_VexAffectedVulnAssessmentRelationship",
          "assessment-" + name);
    json_.member("from", vulnerability);
    json_.member("relationshipType", harmless ? "doesNotAffect" : "affects");
    one_of("to", is_of_package(finding, target) ? package_ids_.at(purl_of(*finding.package))
                                                : id_of(target));
    const std::string word = finding.waived
                                 ? fmt::format("{}: {} (until {})", finding.waived->owner,
                                               finding.waived->reason, finding.waived->expires)
                                 : std::string();
    if (harmless) {
      json_.member("security_impactStatement", word);
    } else {
      json_.member("security_actionStatement",
                   finding.waived ? word : std::string(row_of(finding.rule).help));
    }
    end();
  }

  void write_package(const UsedPackage& used) {
    const std::string name = fmt::format("package-{}", packages_++);
    const std::string id = begin("software_Package", name);
    json_.member("name", printable(used.package->name));
    if (!used.package->version.empty()) {
      json_.member("software_packageVersion", printable(used.package->version));
    }
    json_.member("software_packageUrl", used.purl);
    end();
    for (const Target* target : used.by) {
      // A file with nothing found in it is no element of its own: the bill depends on the package.
      const bool there = is_model(*target) || !target->findings.empty();
      begin("Relationship", fmt::format("uses-{}", uses_++));
      json_.member("from", there ? id_of(*target) : id_of("bill"));
      json_.member("relationshipType", there ? "dependsOn" : "contains");
      one_of("to", id);
      end();
      if (!there) {
        break;
      }
    }
    roots_.push_back(id);
  }

  void write_list(std::string_view key, const std::vector<std::string>& ids) {
    json_.key(key).begin_array();
    for (const std::string& id : ids) {
      json_.string(id);
    }
    json_.end_array();
  }

  void write_bill() {
    const std::vector<std::string> all = elements_;
    const std::string bill = begin("software_Sbom", "bill");
    one_of("software_sbomType", "analyzed");
    if (!roots_.empty()) {
      write_list("rootElement", roots_);
    }
    write_list("element", all);
    end();
    const std::vector<std::string> with_bill = elements_;
    begin("SpdxDocument", "document");
    json_.member("name", "sallyport scan");
    json_.key("profileConformance").begin_array();
    json_.string("core").string("software").string("ai").string("security").end_array();
    one_of("rootElement", bill);
    write_list("element", with_bill);
    end();
  }

  JsonWriter& json_;
  const Report& report_;
  std::string base_;
  std::vector<std::string> elements_;
  std::vector<std::string> roots_;
  std::map<std::string, std::string> package_ids_;  // by purl
  size_t packages_ = 0;
  size_t uses_ = 0;
};

}  // namespace

std::string report_spdx(const Report& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("@context", kContext);
  json.key("@graph").begin_array();
  Graph(json, report).write();
  json.end_array();
  json.end_object();
  json.finish();
  return out;
}

}  // namespace sally::vet
