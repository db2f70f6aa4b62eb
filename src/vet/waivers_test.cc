#include "vet/waivers.h"

#include <gtest/gtest.h>

namespace sally::vet {
namespace {

constexpr std::string_view kOne = R"(waivers:
  - rule: safetensors-layout
    path: models/*.safetensors
    owner: alice@example.com
    reason: made by our own exporter
    expires: 2026-12-31
)";

WallTime day(int year, unsigned month, unsigned date) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                               static_cast<int>(date));
}

std::vector<Target> found() {
  Target target{.path = "models/a.safetensors", .sha256 = std::string(64, 'a')};
  target.findings.push_back({.rule = RuleId::kSafetensorsLayout, .severity = Severity::kHigh});
  return {target};
}

std::string refused(std::string_view yaml) {
  auto waivers = parse_waivers(yaml);
  return waivers.ok() ? "" : waivers.error().to_string();
}

TEST(Waivers, HoldToTheirLastDay) {
  const auto waivers = *parse_waivers(kOne);
  auto targets = found();
  EXPECT_TRUE(apply(waivers, day(2026, 12, 31) + std::chrono::hours(23), targets).empty());
  ASSERT_TRUE(targets[0].findings[0].waived.has_value());
  EXPECT_EQ(targets[0].findings[0].waived->owner, "alice@example.com");
  EXPECT_EQ(targets[0].verdict(), Verdict::kReview);
}

TEST(Waivers, FailAfterTheirLastDay) {
  const auto waivers = *parse_waivers(kOne);
  auto targets = found();
  const auto wrongs = apply(waivers, day(2027, 1, 1), targets);
  EXPECT_FALSE(targets[0].findings[0].waived.has_value());
  ASSERT_EQ(wrongs.size(), 1U);
  EXPECT_EQ(wrongs[0].rule, RuleId::kWaiverExpired);
  EXPECT_EQ(wrongs[0].line, 2U);
}

TEST(Waivers, TellOfThoseThatMatchNothing) {
  const auto waivers = *parse_waivers(kOne);
  std::vector<Target> none;
  const auto wrongs = apply(waivers, day(2026, 1, 1), none);
  ASSERT_EQ(wrongs.size(), 1U);
  EXPECT_EQ(wrongs[0].rule, RuleId::kWaiverUnused);
}

TEST(Waivers, WithADigestHoldForThatContentOnly) {
  const std::string with = std::string(kOne) + "    sha256: " + std::string(64, 'B') + "\n";
  const auto waivers = *parse_waivers(with);
  auto targets = found();
  EXPECT_EQ(apply(waivers, day(2026, 1, 1), targets).size(), 1U);
  EXPECT_FALSE(targets[0].findings[0].waived.has_value());
  targets[0].sha256 = std::string(64, 'b');
  EXPECT_TRUE(apply(waivers, day(2026, 1, 1), targets).empty());
}

TEST(Waivers, WithAMemberHoldForThatMemberOnly) {
  const auto waivers = *parse_waivers(std::string(kOne) + "    member: 'a.zip!/b.pkl'\n");
  auto targets = found();
  EXPECT_EQ(apply(waivers, day(2026, 1, 1), targets).size(), 1U);
  targets[0].findings[0].member = "a.zip!/b.pkl";
  EXPECT_TRUE(apply(waivers, day(2026, 1, 1), targets).empty());
}

TEST(Waivers, AreRefusedWhereSomethingIsMissingOrUnknown) {
  for (const std::string_view key : {"rule", "path", "owner", "reason", "expires"}) {
    std::string without;
    std::string_view rest = kOne;
    while (!rest.empty()) {
      std::string line(rest.substr(0, rest.find('\n') + 1));
      rest.remove_prefix(line.size());
      const size_t at = line.find(std::string(key) + ":");
      if (at != std::string::npos) {
        line = line.substr(0, at) + std::string(key) + ": ''\n";
      }
      without += line;
    }
    EXPECT_NE(refused(without).find(key), std::string::npos) << without;
  }
  EXPECT_NE(refused(std::string(kOne) + "    ower: x\n").find("did you mean `owner`"),
            std::string::npos);
  EXPECT_NE(refused("waivers: []\nmore: 1\n"), "");
  EXPECT_NE(refused("- a\n"), "");
  EXPECT_NE(refused("waivers: [a]\n"), "");
}

TEST(Waivers, AreRefusedWithAValueThatMeansNothing) {
  const auto with = [](std::string_view old, std::string_view fresh) {
    std::string text(kOne);
    text.replace(text.find(old), old.size(), fresh);
    return refused(text);
  };
  EXPECT_NE(with("safetensors-layout", "safetensors-layuot").find("did you mean"),
            std::string::npos);
  EXPECT_NE(with("2026-12-31", "2026-02-30"), "");
  EXPECT_NE(with("2026-12-31", "never"), "");
  EXPECT_NE(with("2026-12-31", "2026-12-31\n    sha256: abc"), "");
  EXPECT_NE(with("2026-12-31", "2026-12-31\n    decision: perhaps"), "");
}

TEST(Waivers, AnEmptyFileWaivesNothing) {
  EXPECT_TRUE(parse_waivers("")->empty());
  EXPECT_TRUE(parse_waivers("waivers:\n")->empty());
}

}  // namespace
}  // namespace sally::vet
