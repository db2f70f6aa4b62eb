// Queries over many candidates, and what bounds them.
#include "cedar/partial/access_query.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/partial/completion.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {
namespace {

constexpr std::string_view kSchema = R"(
  entity Team;
  entity Key in [Team] { level: Long };
  entity Tool in [Server] { risk: Long };
  entity Server;
  entity Prompt;
  action call appliesTo { principal: Key, resource: Tool, context: { amount: Long, note?: String } };
)";
constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Key", "id": "k1"}, "attrs": {"level": 2}, "parents": [{"type": "Team", "id": "sales"}]},
  {"uid": {"type": "Tool", "id": "read"}, "attrs": {"risk": 0}, "parents": []},
  {"uid": {"type": "Tool", "id": "pay"}, "attrs": {"risk": 5}, "parents": [{"type": "Server", "id": "bank"}]},
  {"uid": {"type": "Tool", "id": "wipe"}, "attrs": {"risk": 9}, "parents": [{"type": "Server", "id": "bank"}]}])";

class AccessQueryTest : public testing::Test {
 protected:
  void take(std::string_view policies, std::string_view entities = kEntities) {
    auto schema = parse_schema(kSchema);
    ASSERT_TRUE(schema.ok()) << schema.problems().front().message;
    schema_ = *std::move(schema);
    auto set = parse_policies(policies);
    ASSERT_TRUE(set.ok()) << set.problems().front().message;
    set_ = *std::move(set);
    auto read = read_entities(entities, &schema_);
    ASSERT_TRUE(read.ok()) << read.error().to_string();
    store_ = EntityStore::create(*read);
    active_ = set_.active();
  }
  Result<std::vector<Access>> tools(const std::vector<std::string>& names,
                                    const PartialContext& context = {}) {
    std::vector<EntityUid> resources;
    for (const std::string& name : names) {
      resources.push_back({"Tool", name});
    }
    return accessible(schema_, store_, active_, {"Key", "k1"}, {"Action", "call"}, resources,
                      context, budget_);
  }

  Schema schema_;
  PolicySet set_;
  EntityStore store_;
  std::vector<ActivePolicy> active_;
  Budget budget_{kQuerySteps};
};

using enum Access;

TEST_F(AccessQueryTest, ToolsThatCouldBeCalledUnderSomeArgumentsAreFound) {
  take(R"(
    permit (principal in Team::"sales", action, resource == Tool::"read");
    permit (principal, action, resource in Server::"bank") when { context.amount < 500 };
    forbid (principal, action, resource) when { resource.risk > principal.level + 4 };)");
  const auto found = tools({"wipe", "read", "pay", "new"});
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_EQ(*found, (std::vector{kNever, kAlways, kMaybe, kNever}));
}

TEST_F(AccessQueryTest, WhatIsKnownOfTheArgumentsCounts) {
  take(R"(permit (principal, action, resource) when { context.amount < 500 }
          unless { context has note && context.note == "x" };)");
  const auto with = [&](int64_t amount, bool whole) {
    return tools({"pay"}, {Value::record({{"amount", Value::number(amount)}}), whole});
  };
  EXPECT_EQ(*with(1, false), std::vector{kMaybe});
  EXPECT_EQ(*with(1, true), std::vector{kAlways});
  EXPECT_EQ(*with(900, false), std::vector{kNever});
}

TEST_F(AccessQueryTest, AForbidThatCanOnlyFailForbidsNothing) {
  take(R"(permit (principal, action, resource);
          forbid (principal, action, resource) when { resource.risk > 1 && principal.none };)");
  EXPECT_EQ(*tools({"pay"}), std::vector{kAlways});
}

TEST_F(AccessQueryTest, AResourceThatTheActionDoesNotApplyToIsNever) {
  take("permit (principal, action, resource);");
  const std::vector<EntityUid> resources{{"Prompt", "p"}, {"Tool", "pay"}, {"Nothing", "n"}};
  EXPECT_EQ(*accessible(schema_, store_, active_, {"Key", "k1"}, {"Action", "call"}, resources, {},
                        budget_),
            (std::vector{kNever, kAlways, kNever}));
}

TEST_F(AccessQueryTest, LinksTakePartAsPoliciesDo) {
  take("permit (principal == ?principal, action, resource in ?resource);");
  ASSERT_TRUE(
      set_.add_link({"l", "policy0", EntityUid{"Key", "k1"}, EntityUid{"Server", "bank"}}).ok());
  active_ = set_.active();
  EXPECT_EQ(*tools({"read", "pay"}), (std::vector{kNever, kAlways}));
}

TEST_F(AccessQueryTest, WhatNoRequestCanBeIsRefused) {
  take("permit (principal, action, resource);");
  const auto ask = [&](const PartialRequest& request) {
    const auto query = AccessQuery::create(schema_, store_, active_, request, budget_);
    return query.ok() ? std::string("fine") : query.error().message();
  };
  const EntityUid call{"Action", "call"};
  EXPECT_EQ(ask({EntityUid{"Key", "k1"}, call, UnknownEntity{"Tool"}, {}}), "fine");
  EXPECT_EQ(ask({EntityUid{"Key", "k1"}, call, EntityUid{"Tool", "t"}, {}}),
            "a query asks for the principal or for the resource");
  EXPECT_EQ(ask({UnknownEntity{"Tool"}, call, EntityUid{"Tool", "t"}, {}}),
            "`Action::\"call\"` does not apply to principals of type `Tool`");
  EXPECT_EQ(ask({UnknownEntity{"Ghost"}, call, EntityUid{"Tool", "t"}, {}}),
            "the schema declares no entity type `Ghost`");
  EXPECT_EQ(ask({UnknownEntity{"Key"}, {"Action", "fly"}, EntityUid{"Tool", "t"}, {}}),
            "the schema declares no action `Action::\"fly\"`");
  EXPECT_EQ(ask({UnknownEntity{"Key"},
                 call,
                 EntityUid{"Tool", "t"},
                 {Value::record({{"amount", Value::string("x")}}), false}}),
            "the context: `amount`: expected `Long`, found a string");
  EXPECT_EQ(
      ask({UnknownEntity{"Key"}, call, EntityUid{"Tool", "t"}, {Value::empty_record(), true}}),
      "the context: attribute `amount` is missing");
}

TEST_F(AccessQueryTest, WorkIsBounded) {
  std::string policies;
  for (int i = 0; i < 200; ++i) {
    policies +=
        fmt::format("permit (principal, action, resource) when {{ resource.risk == {} }};", i);
  }
  take(policies);
  std::vector<std::string> names(100, "pay");
  EXPECT_TRUE(tools(names).ok());
  budget_ = Budget(5'000);
  const auto found = tools(names);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind(), ErrorKind::kTooLarge);
}

TEST_F(AccessQueryTest, ScopesKeepPoliciesFromTheCandidatesTheyAreNotAbout) {
  std::string policies;
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) {
    policies += fmt::format(
        "permit (principal, action, resource == Tool::\"t{}\") when {{ context.amount < {} }};", i,
        i);
    names.push_back(fmt::format("t{}", i));
  }
  take(policies);
  budget_ = Budget(20'000);  // 300 policies once, and then one for each of 300 candidates
  const auto found = tools(names);
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_EQ(*found, std::vector<Access>(names.size(), kMaybe));
}

TEST_F(AccessQueryTest, AConditionAtTheLimitOfHeightStaysWhatItIs) {
  std::string deep = "context.amount == 1";
  for (int i = 0; i < 120; ++i) {
    deep = fmt::format("!(if context.amount == {} then true else {})", i, deep);
  }
  take("permit (principal in Team::\"sales\", action, resource) when { " + deep + " };");
  const auto found = tools({"pay"});
  ASSERT_TRUE(found.ok()) << found.error().to_string();
  EXPECT_EQ(*found, std::vector{kMaybe});
}

TEST_F(AccessQueryTest, ALongValueIsLeftAsTheExpressionItCameFrom) {
  std::string numbers = "0";
  for (int i = 1; i < 1000; ++i) {
    numbers += fmt::format(", {}", i);
  }
  take(fmt::format("permit (principal, action, resource) when {{ [{}].contains(context.amount) }};",
                   numbers));
  Simplifier simplifier(schema_, store_, budget_);
  ASSERT_TRUE(
      simplifier.bind({EntityUid{"Key", "k1"}, {"Action", "call"}, EntityUid{"Tool", "pay"}, {}})
          .ok());
  const PartialOutcome outcome = simplifier.evaluate(active_.front());
  ASSERT_EQ(outcome.state, PolicyState::kDepends);
  ASSERT_TRUE(outcome.residual.has_value());
  Scratch scratch;
  for (const int64_t amount : {999, 1000}) {
    const Request request{{"Key", "k1"},
                          {"Action", "call"},
                          {"Tool", "pay"},
                          Value::record({{"amount", Value::number(amount)}})};
    const auto state = state_of(active_.front(), outcome, store_, request, scratch);
    ASSERT_TRUE(state.ok());
    EXPECT_EQ(*state, amount < 1000 ? PolicyState::kApplies : PolicyState::kDoesNotApply);
  }
}

}  // namespace
}  // namespace sally::cedar
