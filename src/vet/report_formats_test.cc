// Every format, with what a hostile file may put into it: names and evidence that end a string, a
// tag or a terminal's line.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "formats/json/document.h"
#include "vet/report_cyclonedx.h"
#include "vet/report_json.h"
#include "vet/report_junit.h"
#include "vet/report_sarif.h"
#include "vet/report_spdx.h"

namespace sally::vet {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

constexpr std::string_view kHostile =
    "a\x1b[2J\x07\"']]>--></failure><x y='\\u0000\r\n\xff\xc0\x80\xe2\x80\xae\xef\xbf\xbf&amp;";

// What a scan of hostile files may have found.
std::vector<Target> hostile_targets() {
  Target bad{.path = std::string(kHostile),
             .sha256 = std::string(64, 'a'),
             .size = 12,
             .format = "pickle",
             .packages = {{std::string(kHostile), std::string(kHostile), std::string(kHostile)}},
             .facts = {{std::string(kHostile), std::string(kHostile)}}};
  bad.findings.push_back({.rule = RuleId::kSafetensorsLayout,
                          .severity = Severity::kCritical,
                          .offset = 7,
                          .member = std::string(kHostile),
                          .message = std::string(kHostile),
                          .evidence = std::string(kHostile),
                          .references = {"CVE-2025-1", std::string(kHostile)}});
  bad.findings.push_back({.rule = RuleId::kUnreadable,
                          .severity = Severity::kMedium,
                          .line = 3,
                          .message = "ends too early",
                          .waived = Waived{.owner = std::string(kHostile),
                                           .reason = std::string(kHostile),
                                           .expires = "2030-01-01",
                                           .decision = Decision::kNotAffected}});
  return {bad, {.path = "clean.gguf", .sha256 = "", .size = 1, .format = "gguf"}};
}

JsonDocument read(const std::string& json) {
  auto document = JsonDocument::parse(json);
  EXPECT_TRUE(document.ok()) << (document.ok() ? "" : document.error().message()) << json;
  return std::move(*document);
}

using Writer = std::string (*)(const Report&);
class EveryFormat : public ::testing::TestWithParam<Writer> {};

TEST_P(EveryFormat, IsValidUtf8WithoutControlsWhateverWasScanned) {
  const auto targets = hostile_targets();
  const std::string text = GetParam()({.targets = targets, .version = "1.2.3"});
  EXPECT_TRUE(is_utf8(text));
  for (const char c : text) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  }
}

TEST_P(EveryFormat, HoldsAnEmptyScan) {
  EXPECT_FALSE(GetParam()({.targets = {}, .version = "1.2.3"}).empty());
}

INSTANTIATE_TEST_SUITE_P(Reports, EveryFormat,
                         ::testing::Values(report_json, report_sarif, report_cyclonedx, report_spdx,
                                           report_junit));

TEST(ReportJson, KeepsItsContract) {
  const auto targets = hostile_targets();
  const JsonDocument document = read(report_json({.targets = targets, .version = "1.2.3"}));
  const JsonValue target = *document.root().find("targets")->begin();
  for (const std::string_view key : {"path", "sha256", "format", "verdict", "findings"}) {
    EXPECT_TRUE(target.find(key).has_value()) << key;
  }
  const JsonValue finding = *target.find("findings")->begin();
  for (const std::string_view key :
       {"rule", "severity", "offset", "message", "evidence", "references", "fingerprint"}) {
    EXPECT_TRUE(finding.find(key).has_value()) << key;
  }
  EXPECT_EQ(*finding.string("rule"), "safetensors-layout");
  EXPECT_EQ(*target.string("verdict"), "malicious");
  EXPECT_EQ(*document.root().find("summary")->int64("targets"), 2);
}

TEST(ReportSarif, ShowsPlacesFingerprintsAndWaivers) {
  const auto targets = hostile_targets();
  const JsonDocument document = read(report_sarif({.targets = targets, .version = "1.2.3"}));
  const JsonValue run = *document.root().find("runs")->begin();
  EXPECT_EQ(run.find("tool")->find("driver")->find("rules")->size(), rules().size());
  auto result = run.find("results")->begin();
  EXPECT_EQ(*(*result).string("ruleId"), "safetensors-layout");
  EXPECT_EQ(*(*result).string("level"), "error");
  // What lies in a member has no place in the file itself.
  const JsonValue location = *(*result).find("locations")->begin();
  const JsonValue region = *location.find("physicalLocation")->find("region");
  EXPECT_EQ(*region.int64("startLine"), 1);
  EXPECT_FALSE(region.find("byteOffset").has_value());
  EXPECT_TRUE(location.find("logicalLocations").has_value());
  ++result;
  const JsonValue text = *(*result).find("locations")->begin();
  EXPECT_EQ(*text.find("physicalLocation")->find("region")->int64("startLine"), 3);
  const JsonValue suppression = *(*result).find("suppressions")->begin();
  EXPECT_EQ(*suppression.string("status"), "accepted");
}

TEST(ReportSarif, SaysWhereNotAllWasRead) {
  Target target{.path = "a"};
  target.findings.push_back({.rule = RuleId::kUnreadable, .severity = Severity::kMedium});
  const std::vector<Target> targets = {target};
  const JsonDocument document = read(report_sarif({.targets = targets, .version = "1"}));
  const JsonValue run = *document.root().find("runs")->begin();
  EXPECT_FALSE(*(*run.find("invocations")->begin()).boolean("executionSuccessful"));
}

TEST(ReportCycloneDx, ListsModelsPackagesAndVex) {
  const auto targets = hostile_targets();
  const JsonDocument document = read(report_cyclonedx({.targets = targets, .version = "1.2.3"}));
  const JsonValue components = *document.root().find("components");
  ASSERT_EQ(components.size(), 3U);
  EXPECT_EQ(*(*components.begin()).string("type"), "machine-learning-model");
  auto vulnerability = document.root().find("vulnerabilities")->begin();
  EXPECT_EQ(*(*vulnerability).string("id"), "CVE-2025-1");
  EXPECT_EQ(*(*vulnerability).find("analysis")->string("state"), "exploitable");
  ++vulnerability;
  EXPECT_EQ(*(*vulnerability).find("analysis")->string("state"), "not_affected");
}

TEST(ReportCycloneDx, SaysWhichPackageIsMeant) {
  Target target{.path = "requirements.txt", .packages = {{"PyPI", "torch", "1.0"}}};
  target.findings.push_back({.rule = RuleId::kUnreadable,
                             .severity = Severity::kMedium,
                             .package = Package{"PyPI", "torch", "1.0"}});
  const std::vector<Target> targets = {target};
  const JsonDocument document = read(report_cyclonedx({.targets = targets, .version = "1"}));
  const JsonValue vulnerability = *document.root().find("vulnerabilities")->begin();
  EXPECT_EQ(*(*vulnerability.find("affects")->begin()).string("ref"), "pkg:pypi/torch@1.0");
}

TEST(ReportSpdx, NamesEveryElementOnce) {
  const auto targets = hostile_targets();
  const JsonDocument document = read(report_spdx({.targets = targets, .version = "1.2.3"}));
  std::vector<std::string> ids;
  size_t models = 0;
  const JsonValue graph = *document.root().find("@graph");
  for (const JsonValue element : graph) {
    if (const auto id = element.find("spdxId")) {
      ids.emplace_back(*id->as_string());
    }
    models += *element.string("type") == "ai_AIPackage" ? 1 : 0;
  }
  EXPECT_EQ(models, 2U);
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST(ReportJunit, FailsTheFilesThatFail) {
  const auto targets = hostile_targets();
  const std::string xml = report_junit({.targets = targets, .version = "1.2.3"});
  EXPECT_NE(xml.find("tests=\"2\" failures=\"1\" errors=\"0\""), std::string::npos) << xml;
  EXPECT_EQ(xml.find("]]>"), std::string::npos);
  EXPECT_NE(xml.find("name=\"clean.gguf\""), std::string::npos);
}

}  // namespace
}  // namespace sally::vet
