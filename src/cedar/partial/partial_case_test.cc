// tests/cases/cedar/partial/*.case: a schema, entities, policies, a partial request, and what each
// policy comes to. `principal` and `resource` are an entity, or a type: `User` may be missing from
// the entities, `stored User` is among them, `added User` is new. With `context: whole` the section
// `context` is all of it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/partial/access_query.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"
#include "cedar/syntax/printer.h"
#include "support/case_file.h"

namespace sally::cedar {
namespace {

PartialEntity entity_of(std::string_view text) {
  if (text.find('"') != std::string_view::npos) {
    const auto uid = parse_entity_uid(text);
    EXPECT_TRUE(uid.ok()) << text;
    return uid.ok() ? *uid : EntityUid{};
  }
  const auto unknown = [&](std::string_view word, Presence presence) {
    return UnknownEntity{std::string(text.substr(word.size())), presence};
  };
  return text.starts_with("stored ")  ? unknown("stored ", Presence::kStored)
         : text.starts_with("added ") ? unknown("added ", Presence::kAdded)
                                      : unknown("", Presence::kAny);
}

std::string describe(const PartialOutcome& outcome) {
  switch (outcome.state) {
    case PolicyState::kApplies:
      return "applies";
    case PolicyState::kDoesNotApply:
      return "does not apply";
    case PolicyState::kFails:
      return "fails";
    case PolicyState::kDepends:
      break;
  }
  return fmt::format(
      "{}{}: {}", outcome.may_apply ? "depends" : "does not apply",
      outcome.may_fail ? ", or fails" : "",
      outcome.residual ? to_cedar(outcome.residual->body, outcome.residual->expr) : "no residual");
}

std::string_view name_of(Access access) {
  return access == Access::kAlways ? "always" : access == Access::kMaybe ? "maybe" : "never";
}

TEST(CedarPartialCases, AnswerAsTheySay) {
  test::run_cases("cedar/partial", [](test::CaseFile& file) {
    const auto schema = parse_schema(file.section("schema"));
    ASSERT_TRUE(schema.ok()) << schema.problems().front().message;
    const auto entities = read_entities(file.find_section("entities").value_or("[]"), &*schema);
    ASSERT_TRUE(entities.ok()) << entities.error().to_string();
    const auto policies = parse_policies(file.section("policies"));
    ASSERT_TRUE(policies.ok()) << policies.problems().front().message;
    const auto action = parse_entity_uid(file.get("action"));
    ASSERT_TRUE(action.ok());
    PartialRequest request{
        entity_of(file.get("principal")), *action, entity_of(file.get("resource")), {}};
    request.context.whole = file.find("context") == "whole";
    if (const auto context = file.find_section("context")) {
      auto read = read_context(*context, &*schema, &*action);
      ASSERT_TRUE(read.ok()) << read.error().to_string();
      request.context.members = *std::move(read);
    }
    const EntityStore store = EntityStore::create(*entities);
    Budget budget(kQuerySteps);
    Simplifier simplifier(*schema, store, budget);
    const Result<> bound = simplifier.bind(request);
    if (!bound.ok()) {
      file.expect_section("outcomes", "refused: " + bound.error().message());
      return;
    }
    std::string outcomes;
    const auto active = policies->active();
    for (const ActivePolicy& policy : active) {
      outcomes += fmt::format("{} {}\n", policy.id, describe(simplifier.evaluate(policy)));
    }
    file.expect_section("outcomes", outcomes);
    file.expect("access", name_of(answer_partially(simplifier, active).access));
  });
}

}  // namespace
}  // namespace sally::cedar
