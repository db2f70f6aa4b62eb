#include "vet/examination.h"

#include <gtest/gtest.h>

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
  const SystemClock clock;
  const Services services{.clock = clock};
  const Limits limits{.findings = 2};
  Target target{.path = "a"};
  Examination examination(target, limits, services);
  for (const Severity severity : {Severity::kLow, Severity::kInfo, Severity::kCritical}) {
    examination.add({.rule = RuleId::kUnreadable, .severity = severity, .message = "m"});
  }
  ASSERT_EQ(target.findings.size(), 2U);
  EXPECT_EQ(target.unlisted, 1U);
  EXPECT_EQ(target.worst(), Severity::kCritical);
  EXPECT_EQ(target.worst_unlisted, Severity::kInfo);
}

TEST(Examination, KeepsAnAttackWhereWeaknessesAsBadAreTooMany) {
  const SystemClock clock;
  const Services services{.clock = clock};
  const Limits limits{.findings = 2};
  Target target{.path = "a"};
  Examination examination(target, limits, services);
  for (const RuleId rule : {RuleId::kSecret, RuleId::kSecret, RuleId::kPickleUnlistedCall}) {
    examination.add({.rule = rule, .severity = Severity::kHigh, .message = "m"});
  }
  EXPECT_EQ(target.verdict(), Verdict::kMalicious);
  EXPECT_EQ(target.worst_unlisted, Severity::kHigh);
}

}  // namespace
}  // namespace sally::vet
