#include "vet/report.h"

#include <gtest/gtest.h>

namespace sally::vet {
namespace {

Finding finding(Severity severity, uint64_t offset = 0, std::string evidence = "os.system('id')") {
  return {.rule = RuleId::kSafetensorsLayout,
          .severity = severity,
          .offset = offset,
          .message = "overlaps at octet " + std::to_string(offset),
          .evidence = std::move(evidence)};
}

TEST(Report, FailsAtTheThresholdUnlessWaivedOrKnown) {
  Finding one = finding(Severity::kHigh);
  EXPECT_TRUE(fails(one, Severity::kHigh));
  EXPECT_FALSE(fails(one, Severity::kCritical));
  one.known = true;
  EXPECT_FALSE(fails(one, Severity::kHigh));
  one.known = false;
  one.waived = Waived{.owner = "a", .reason = "b", .expires = "2030-01-01"};
  EXPECT_FALSE(fails(one, Severity::kHigh));
}

TEST(Report, AWaiverThatIsOverFailsAtEveryThreshold) {
  EXPECT_TRUE(
      fails({.rule = RuleId::kWaiverExpired, .severity = Severity::kHigh}, Severity::kCritical));
}

TEST(Report, AWaivedAttackIsForReviewAndNotClean) {
  Target target{.path = "a", .findings = {finding(Severity::kCritical)}};
  EXPECT_EQ(target.verdict(), Verdict::kMalicious);
  target.findings[0].waived = Waived{};
  EXPECT_EQ(target.verdict(), Verdict::kReview);
}

TEST(Report, FingerprintsStayWhereOffsetsMove) {
  const Target before{.path = "./m//a.bin", .findings = {finding(Severity::kHigh, 12, "")}};
  const Target after{.path = "m/a.bin", .findings = {finding(Severity::kHigh, 4711, "")}};
  EXPECT_EQ(fingerprints_of(before), fingerprints_of(after));
}

TEST(Report, FingerprintsTellEqualFindingsAndOtherFilesApart) {
  const Target two{.path = "a",
                   .findings = {finding(Severity::kHigh, 1), finding(Severity::kHigh, 2)}};
  const auto both = fingerprints_of(two);
  EXPECT_NE(both[0], both[1]);
  const Target elsewhere{.path = "b", .findings = {finding(Severity::kHigh, 1)}};
  EXPECT_NE(fingerprints_of(elsewhere)[0], both[0]);
}

TEST(Report, FingerprintsTellAdvisoriesApart) {
  Target target{.path = "a", .findings = {finding(Severity::kHigh), finding(Severity::kHigh)}};
  target.findings[0].references = {"CVE-2025-1"};
  target.findings[1].references = {"CVE-2025-2"};
  const auto both = fingerprints_of(target);
  std::swap(target.findings[0], target.findings[1]);
  const auto swapped = fingerprints_of(target);
  EXPECT_EQ(both[0], swapped[1]);
}

TEST(Report, PathsArePlainHoweverTheyWereWritten) {
  EXPECT_EQ(plain_path("./a//b/./c"), "a/b/c");
  EXPECT_EQ(plain_path("/a/../b/"), "/a/../b");
  EXPECT_EQ(plain_path("."), ".");
  EXPECT_EQ(plain_path("/"), "/");
}

TEST(Report, UrisHoldAnyPath) {
  EXPECT_EQ(uri_of("./a b/ü.pkl"), "a%20b/%C3%BC.pkl");
  EXPECT_EQ(uri_of("/x/y"), "file:///x/y");
  EXPECT_EQ(uri_of("c:evil\n\xff"), "c%3Aevil%0A%FF");
}

TEST(Report, PackageUrlsFollowTheirEcosystem) {
  EXPECT_EQ(purl_of({"PyPI", "Flask_Login", "1.0"}), "pkg:pypi/flask-login@1.0");
  EXPECT_EQ(purl_of({"npm", "@scope/name", ""}), "pkg:npm/%40scope/name");
  EXPECT_EQ(purl_of({"crates.io", "serde", "1.0.0"}), "pkg:cargo/serde@1.0.0");
  EXPECT_EQ(purl_of({"Go", "github.com/a/B", "v1.2.3"}), "pkg:golang/github.com/a/b@v1.2.3");
  EXPECT_EQ(purl_of({"Debian:12", "openssl", "3.0.1-1"}),
            "pkg:deb/debian/openssl@3.0.1-1?distro=debian-12");
}

TEST(Report, PackagesStandOnceWithAllThatAskForThem) {
  const std::vector<Target> targets = {
      {.path = "a", .packages = {{"PyPI", "torch", "2.0"}, {"PyPI", "Torch", "2.0"}}},
      {.path = "b", .packages = {{"PyPI", "torch", "2.0"}}}};
  const auto packages = packages_of(targets);
  ASSERT_EQ(packages.size(), 1U);
  EXPECT_EQ(packages[0].by.size(), 2U);
}

TEST(Report, AModelIsToldByItsFormatOrByWhatIsKnownOfIt) {
  EXPECT_TRUE(is_model({.path = "a", .format = "zfile+pickle"}));
  EXPECT_TRUE(is_model({.path = "a", .format = "zip", .facts = {{"framework", "torch"}}}));
  EXPECT_FALSE(is_model({.path = "a", .format = "zip"}));
  EXPECT_FALSE(is_model({.path = "a", .format = "requirements"}));
}

TEST(Report, CountsWhatIsThere) {
  const std::vector<Target> targets = {
      {.path = "a", .size = 3, .findings = {finding(Severity::kHigh), finding(Severity::kInfo)}},
      {.path = "b", .size = 4}};
  const Counts counts = counts_of({.targets = targets});
  EXPECT_EQ(counts.targets, 2U);
  EXPECT_EQ(counts.octets, 7U);
  EXPECT_EQ(counts.failing, 1U);
  EXPECT_EQ(counts.verdicts[static_cast<size_t>(Verdict::kClean)], 1U);
  EXPECT_EQ(counts.severities[static_cast<size_t>(Severity::kInfo)], 1U);
}

}  // namespace
}  // namespace sally::vet
