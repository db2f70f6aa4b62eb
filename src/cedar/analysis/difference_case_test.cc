// tests/cases/cedar/diff/*.case: a schema, two sets of policies, perhaps entities, and how they
// differ.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "cedar/analysis/difference.h"
#include "cedar/entities/json_reader.h"
#include "cedar/entities/json_writer.h"
#include "cedar/eval/authorizer.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/parser.h"
#include "cedar/validate/conformance.h"
#include "support/case_file.h"

namespace sally::cedar {
namespace {

std::string describe(const Difference& found) {
  std::string out = fmt::format(
      "{} kinds of requests, {} proved, {} exhausted; {} of {} tried; {} newly allowed, {} newly "
      "denied\n",
      found.environments, found.proved, found.exhausted, found.tried, found.space,
      found.newly_allowed, found.newly_denied);
  for (const Difference::Class& one : found.classes) {
    std::string entities;
    formats::JsonWriter json(entities);
    write_entities(json, one.entities);
    out +=
        fmt::format("{} {} {} {}: {} ({}) -> ({})\n  {} {} {}\n  {}\n",
                    one.newly_allowed ? "allowed" : "denied", one.principal_type,
                    quoted(one.action), one.resource_type, one.requests, fmt::join(one.before, " "),
                    fmt::join(one.after, " "), quoted(one.example.principal),
                    quoted(one.example.resource), one.example.context.to_string(), entities);
  }
  return out;
}

// What is shown as an example fits the schema, and differs.
void check_examples(const Difference& found, const PolicySet& before, const PolicySet& after,
                    const Schema& schema) {
  for (const Difference::Class& one : found.classes) {
    std::string json;
    formats::JsonWriter writer(json);
    write_entities(writer, one.entities);
    const auto entities = read_entities(json, &schema);
    ASSERT_TRUE(entities.ok()) << entities.error().to_string() << json;
    EXPECT_TRUE(validate_entities(schema, *entities).empty()) << json;
    const Request& asked = one.example;
    EXPECT_TRUE(
        validate_request(schema, asked.principal, asked.action, asked.resource, asked.context)
            .ok());
    const auto old_answer = authorize(before, *entities, asked);
    const auto new_answer = authorize(after, *entities, asked);
    ASSERT_TRUE(old_answer.ok() && new_answer.ok());
    EXPECT_EQ(old_answer->decision == Decision::kAllow, !one.newly_allowed) << json;
    EXPECT_EQ(new_answer->decision == Decision::kAllow, one.newly_allowed) << json;
  }
}

TEST(CedarDifferenceCases, DifferAsTheySay) {
  test::run_cases("cedar/diff", [](test::CaseFile& file) {
    const auto schema = parse_schema(file.section("schema"));
    ASSERT_TRUE(schema.ok()) << schema.problems().front().message;
    const auto before = parse_policies(file.section("before"));
    const auto after = parse_policies(file.section("after"));
    ASSERT_TRUE(before.ok() && after.ok());
    const auto entities = read_entities(file.find_section("entities").value_or("[]"), &*schema);
    ASSERT_TRUE(entities.ok()) << entities.error().to_string();
    DifferenceOptions options;
    if (const auto limit = file.find("requests")) {
      options.requests = std::stoull(*limit);
    }
    const auto found = compare(*before, *after, *schema, *entities, options);
    ASSERT_TRUE(found.ok());
    check_examples(*found, *before, *after, *schema);
    file.expect_section("difference", describe(*found));
  });
}

}  // namespace
}  // namespace sally::cedar
