// tests/cases/cedar/syntax/*.case: policies as somebody wrote them, and how they are formatted or
// what is said against them.
//
//   -- policies --
//   permit(principal,action,resource);
//   -- formatted --
//   permit (principal, action, resource);
#include <gtest/gtest.h>

#include "cedar/syntax/format.h"
#include "support/case_file.h"

namespace sally::cedar {
namespace {

TEST(SyntaxCases, AreFormattedOrRefusedAsWritten) {
  test::run_cases("cedar/syntax", [](test::CaseFile& file) {
    const Source source{file.name() + ".cedar", file.section("policies")};
    const auto formatted = format_policies(source.text);
    if (!formatted.ok()) {
      std::string problems;
      for (const Problem& problem : formatted.problems()) {
        problems += render(source, problem);
      }
      file.expect_section("problems", problems);
      return;
    }
    file.expect_section("formatted", *formatted);
    EXPECT_EQ(*format_policies(*formatted), *formatted);
  });
}

TEST(Format, KeepsToTheWidth) {
  const auto formatted = format_policies(
      "permit(principal,action,resource)when{context.aaa&&context.bbb};", {.width = 20});
  EXPECT_EQ(*formatted,
            "permit (\n  principal,\n  action,\n  resource\n)\nwhen\n{\n  context.aaa &&\n"
            "  context.bbb\n};\n");
}

}  // namespace
}  // namespace sally::cedar
