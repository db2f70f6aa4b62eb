#include "vet/examination.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <utility>

#include "base/clock.h"

namespace sally::vet {
namespace {

Target examined(std::string_view octets, const Limits& limits = {}) {
  const SystemClock clock;
  const Services services{.clock = clock};
  Target target{.path = "folder/model.safetensors", .size = octets.size()};
  Examination examination(target, limits, services);
  const formats::MemoryInput input(octets);
  examination.examine(input, examination.name());
  return target;
}

// A target that lists two findings at most, with all of these.
Target crowded(std::initializer_list<std::pair<RuleId, Severity>> findings) {
  const SystemClock clock;
  const Services services{.clock = clock};
  const Limits limits{.findings = 2};
  Target target{.path = "a"};
  Examination examination(target, limits, services);
  for (const auto& [rule, severity] : findings) {
    examination.add({.rule = rule, .severity = severity, .message = "m"});
  }
  return target;
}

std::string safetensors(std::string_view header, size_t data) {
  std::string out(8, '\0');
  out[0] = static_cast<char>(header.size());
  return out + std::string(header) + std::string(data, 'x');
}

TEST(Examination, FindsNothingInAFileThatIsAsItShouldBe) {
  const Target target =
      examined(safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4));
  EXPECT_EQ(target.format, "safetensors");
  EXPECT_EQ(target.verdict(), Verdict::kClean);
}

TEST(Examination, NeverCallsATruncatedFileClean) {
  const std::string whole =
      safetensors(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4);
  for (size_t length = 9; length < whole.size(); ++length) {
    EXPECT_NE(examined(std::string_view(whole).substr(0, length)).verdict(), Verdict::kClean)
        << length;
  }
}

TEST(Examination, ListsTheWorstWhereThereAreTooMany) {
  const Target target = crowded({{RuleId::kUnreadable, Severity::kLow},
                                 {RuleId::kUnreadable, Severity::kInfo},
                                 {RuleId::kUnreadable, Severity::kCritical}});
  ASSERT_EQ(target.findings.size(), 2U);
  EXPECT_EQ(target.unlisted, 1U);
  EXPECT_EQ(target.worst(), Severity::kCritical);
  EXPECT_EQ(target.worst_unlisted, Severity::kInfo);
}

TEST(Examination, KeepsAnAttackWhereWeaknessesAsBadAreTooMany) {
  const Target target = crowded({{RuleId::kSecret, Severity::kHigh},
                                 {RuleId::kSecret, Severity::kHigh},
                                 {RuleId::kPickleUnlistedCall, Severity::kHigh}});
  EXPECT_EQ(target.verdict(), Verdict::kMalicious);
  EXPECT_EQ(target.worst_unlisted, Severity::kHigh);
}

}  // namespace
}  // namespace sally::vet
