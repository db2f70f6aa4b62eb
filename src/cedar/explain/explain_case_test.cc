// tests/cases/cedar/explain/*.case: policies, entities and a request, and the whole of its
// explanation. `*` marks a step because of which what stands above it has its value.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/explain/explain.h"
#include "cedar/syntax/est_reader.h"
#include "cedar/syntax/parser.h"
#include "support/case_file.h"

namespace sally::cedar {
namespace {

std::string_view name_of(PolicyOutcome outcome) {
  switch (outcome) {
    case PolicyOutcome::kApplies:
      return "applies";
    case PolicyOutcome::kOutOfScope:
      return "is about another request";
    case PolicyOutcome::kClause:
      return "does not apply";
    case PolicyOutcome::kFailed:
      return "failed";
  }
  return "";
}

void print(const Step& step, size_t depth, std::string& out) {
  out += fmt::format("{:{}}{} {}", "", depth * 2, step.decisive ? "*" : " ", step.text);
  if (step.value) {
    out += " = " + *step.value;
  }
  out += step.error.empty() ? "" : " ! " + step.error;
  out += step.reason.empty() ? "" : " (" + step.reason + ")";
  out += step.left_out == 0 ? "" : fmt::format(" [{} left out]", step.left_out);
  out += "\n";
  for (const Step& operand : step.operands) {
    print(operand, depth + 1, out);
  }
}

std::string shown(const PolicyTrace& trace) {
  std::string out =
      fmt::format("{} {} ({}:{}) {}\n", trace.effect == Effect::kPermit ? "permit" : "forbid",
                  trace.id, trace.place.line, trace.place.column, name_of(trace.outcome));
  for (const ScopeTrace& scope : trace.scope) {
    out += scope.holds ? "" : fmt::format("  {} ({})\n", scope.text, scope.reason);
  }
  for (const ClauseTrace& clause : trace.clauses) {
    out += fmt::format("  {} {}:{} {}\n", clause.kind == Condition::Kind::kWhen ? "when" : "unless",
                       clause.place.line, clause.place.column,
                       !clause.holds   ? "failed"
                       : *clause.holds ? "holds"
                                       : "does not hold");
    print(clause.step, 2, out);
  }
  if (!trace.error.empty()) {
    out += fmt::format("  error {}:{} {}\n", trace.error_place.line, trace.error_place.column,
                       trace.error);
  }
  return out;
}

std::string shown(const Explanation& why) {
  std::string out = fmt::format("{} [{}]\n", why.decision == Decision::kAllow ? "allow" : "deny",
                                fmt::join(why.determining, ", "));
  for (const PolicyFailure& failure : why.errors) {
    out += fmt::format("failed {}: {}\n", failure.policy, failure.message);
  }
  for (const PolicyTrace& trace : why.policies) {
    out += shown(trace);
  }
  out += why.not_traced == 0 ? "" : fmt::format("{} not traced\n", why.not_traced);
  for (const ForbidRemedy& remedy : why.remedies) {
    out += fmt::format("{} would not apply where {}\n", remedy.id,
                       fmt::join(remedy.would_not_apply_where, " and "));
  }
  if (!why.overridden.empty()) {
    out += fmt::format("overridden [{}]\n", fmt::join(why.overridden, ", "));
  }
  if (why.nearest) {
    out += fmt::format("nearest, {} failing: {}", why.nearest->failing_clauses,
                       shown(why.nearest->trace));
    out +=
        fmt::format("would apply where {}\n", fmt::join(why.nearest->would_apply_where, " and "));
  }
  return out;
}

TEST(CedarExplainCases, AnswerAsTheySay) {
  test::run_cases("cedar/explain", [](test::CaseFile& file) {
    const bool is_json = file.find("syntax") == "json";
    const auto source = std::make_shared<const Source>(
        Source{is_json ? "policies.json" : "policies.cedar", file.section("policies")});
    const auto policies = is_json ? read_policies_json(source) : parse_policies(source);
    ASSERT_TRUE(policies.ok()) << policies.problems().front().message;
    const auto entities = read_entities(file.find_section("entities").value_or("[]"));
    ASSERT_TRUE(entities.ok()) << entities.error().message();
    Request request;
    request.principal = *parse_entity_uid(file.get("principal"));
    request.action = *parse_entity_uid(file.get("action"));
    request.resource = *parse_entity_uid(file.get("resource"));
    const auto context = read_context(file.find_section("context").value_or("{}"));
    ASSERT_TRUE(context.ok()) << context.error().message();
    request.context = *context;
    const auto why = explain(*policies, *entities, request);
    ASSERT_TRUE(why.ok());
    file.expect_section("explanation", shown(*why));
    const auto answer = authorize(*policies, *entities, request);
    EXPECT_EQ(why->decision, answer->decision);
    EXPECT_EQ(why->determining, answer->reasons);
  });
}

}  // namespace
}  // namespace sally::cedar
