#include "vet/baseline.h"

#include <gtest/gtest.h>

#include "vet/report_json.h"

namespace sally::vet {
namespace {

Target found(uint64_t offset) {
  Target target{.path = "a.bin"};
  target.findings.push_back({.rule = RuleId::kSafetensorsLayout,
                             .severity = Severity::kHigh,
                             .offset = offset,
                             .message = "overlap"});
  return target;
}

TEST(Baseline, KnowsWhatStoodInTheReport) {
  const std::vector<Target> before = {found(1)};
  const auto baseline = Baseline::parse(report_json({.targets = before, .version = "1"}));
  ASSERT_TRUE(baseline.ok());
  Target after = found(99);
  after.findings.push_back(
      {.rule = RuleId::kSafetensorsLayout, .severity = Severity::kHigh, .message = "hole"});
  baseline->mark(after);
  EXPECT_TRUE(after.findings[0].known);
  EXPECT_FALSE(after.findings[1].known);
}

TEST(Baseline, KnowsOneAndNotASecondThatIsTheSame) {
  const std::vector<Target> before = {found(1)};
  const auto baseline = Baseline::parse(report_json({.targets = before, .version = "1"}));
  Target after = found(1);
  after.findings.push_back(after.findings[0]);
  baseline->mark(after);
  EXPECT_TRUE(after.findings[0].known);
  EXPECT_FALSE(after.findings[1].known);
}

TEST(Baseline, RefusesWhatIsNoReport) {
  EXPECT_FALSE(Baseline::parse("{").ok());
  EXPECT_FALSE(Baseline::parse("{}").ok());
  EXPECT_FALSE(Baseline::parse(R"({"targets":[{"findings":[{}]}]})").ok());
}

}  // namespace
}  // namespace sally::vet
