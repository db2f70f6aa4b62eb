// tests/cases/cedar/validate/*.case: a schema, policies, and what the validator says of them, one
// section for each mode: `error policy line:column: message` and the help below it. With a key
// `level` also by level. Nothing found is `fine`.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <charconv>

#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"
#include "cedar/validate/validator.h"
#include "support/case_file.h"

namespace sally::cedar {
namespace {

std::string describe(std::string_view text, const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    const Position at = position_at(text, finding.span.begin);
    out +=
        fmt::format("{} {} {}:{}: {}\n", finding.severity == Severity::kError ? "error" : "warning",
                    finding.policy_id, at.line, at.column, finding.message);
    out += finding.help.empty() ? "" : fmt::format("  help: {}\n", finding.help);
  }
  return out.empty() ? "fine\n" : out;
}

TEST(CedarValidateCases, AnswerAsTheySay) {
  test::run_cases("cedar/validate", [](test::CaseFile& file) {
    const auto schema = parse_schema(file.section("schema"));
    ASSERT_TRUE(schema.ok()) << schema.problems().front().message;
    const std::string text = file.section("policies");
    const auto policies = parse_policies(text);
    ASSERT_TRUE(policies.ok()) << policies.problems().front().message;
    ValidateOptions options;
    if (const auto level = file.find("level")) {
      uint32_t value = 0;
      std::from_chars(level->data(), level->data() + level->size(), value);
      options.level = value;
    }
    file.expect_section("strict", describe(text, validate(*policies, *schema, options)));
    options.mode = Mode::kPermissive;
    file.expect_section("permissive", describe(text, validate(*policies, *schema, options)));
  });
}

}  // namespace
}  // namespace sally::cedar
