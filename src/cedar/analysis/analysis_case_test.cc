// tests/cases/cedar/analysis/*.case: a schema, policies, and what the analysis observes of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cedar/analysis/analysis.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"
#include "support/case_file.h"

namespace sally::cedar {
namespace {

std::string describe(std::string_view text, const Analysis& analysis) {
  std::string out;
  for (const Observation& one : analysis.observations) {
    const Position at = position_at(text, one.span.begin);
    out += one.policy.empty() ? fmt::format("{}: {}\n", name_of(one.kind), one.message)
                              : fmt::format("{} {} {}:{}: {}\n", name_of(one.kind), one.policy,
                                            at.line, at.column, one.message);
    out += fmt::format("  help: {}\n", one.help);
  }
  for (const std::string& id : analysis.undecided) {
    out += fmt::format("undecided {}\n", id);
  }
  return out.empty() ? "nothing\n" : out;
}

TEST(CedarAnalysisCases, ObserveWhatTheySay) {
  test::run_cases("cedar/analysis", [](test::CaseFile& file) {
    const auto schema = parse_schema(file.section("schema"));
    ASSERT_TRUE(schema.ok()) << schema.problems().front().message;
    const std::string text = file.section("policies");
    const auto policies = parse_policies(text);
    ASSERT_TRUE(policies.ok()) << policies.problems().front().message;
    file.expect_section("observed", describe(text, analyze(*policies, *schema)));
  });
}

}  // namespace
}  // namespace sally::cedar
