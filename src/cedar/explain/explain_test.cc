#include "cedar/explain/explain.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "U", "id": "a"}, "attrs": {"n": 7, "s": "abc", "r": {"x": {"y": 1}}, "set": [1, 2, 3],
     "boss": {"__entity": {"type": "U", "id": "b"}}, "lost": {"__entity": {"type": "U", "id": "ghost"}}},
   "parents": [{"type": "G", "id": "g"}], "tags": {"k": "v"}},
  {"uid": {"type": "U", "id": "b"}, "attrs": {"n": 9223372036854775807}, "parents": []},
  {"uid": {"type": "G", "id": "g"}, "attrs": {}, "parents": [{"type": "G", "id": "top"}]},
  {"uid": {"type": "Action", "id": "read"}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]}])";

// Heads and conditions, every one of which meets every other.
constexpr std::string_view kHeads[] = {
    "principal, action, resource",
    "principal == U::\"a\", action, resource",
    "principal in G::\"top\", action in [Action::\"x\", Action::\"all\"], resource",
    "principal is U in G::\"g\", action == Action::\"read\", resource is U",
    "principal is G, action in Action::\"all\", resource == U::\"ghost\"",
    "principal, action in [], resource in U::\"b\"",
};
constexpr std::string_view kConditions[] = {
    "",
    "when { true }",
    "unless { true }",
    "when { principal.n > 5 } unless { resource.n > 5 }",
    "when { false } when { principal.zz }",
    "when { principal has r.x.y && principal.r.x.y == 1 }",
    "when { principal has r.x.z || principal.boss.n + 1 > 0 }",
    "unless { principal.lost.n > 1 }",
    "when { if principal.n == 7 then context.t else context.zz }",
    "when { if context.n then 1 else 2 }",
    "when { principal.set.containsAll([1, context.n]) && !(principal.s like \"a*\") }",
    "when { [principal.n, resource.n].contains(7) }",
    "when { {a: context.n, b: principal}.a + 1 == 6 || resource.zz }",
    "when { principal is U in resource } unless { principal.hasTag(\"k\") && "
    "principal.getTag(\"z\") == \"v\" }",
    "when { ip(\"10.0.0.1\").isInRange(ip(context.s)) }",
    "when { context.n }",
    "when { 1 && true }",
    "when { -principal.n < 0 && !context.t && principal.boss == U::\"b\" }",
};

Request request_of(std::string_view principal, std::string_view resource) {
  const auto context = read_context(R"({"n": 5, "t": true, "s": "no address"})");
  return {
      {"U", std::string(principal)}, {"Action", "read"}, {"U", std::string(resource)}, *context};
}

void expect_agreement(const PolicySet& set, const Entities& entities, const Request& request) {
  const auto why = explain(set, entities, request);
  const auto answer = authorize(set, entities, request);
  ASSERT_TRUE(why.ok() && answer.ok());
  EXPECT_EQ(why->decision, answer->decision);
  EXPECT_EQ(why->determining, answer->reasons);
  ASSERT_EQ(why->errors.size(), answer->errors.size());
  for (size_t i = 0; i < answer->errors.size(); ++i) {
    EXPECT_EQ(why->errors[i].policy, answer->errors[i].policy);
    EXPECT_EQ(why->errors[i].message, answer->errors[i].message);
  }
}

TEST(Explain, SaysWhatTheAuthorizerSays) {
  const auto entities = read_entities(kEntities);
  ASSERT_TRUE(entities.ok());
  std::string all;
  std::vector<std::string> single;
  for (const std::string_view head : kHeads) {
    for (const std::string_view condition : kConditions) {
      for (const std::string_view effect : {"permit", "forbid"}) {
        single.push_back(fmt::format("{}({}) {};", effect, head, condition));
      }
      all += single[single.size() - 2];
    }
  }
  for (const std::string_view principal : {"a", "b", "ghost"}) {
    for (const std::string_view resource : {"a", "b", "ghost"}) {
      const Request request = request_of(principal, resource);
      for (const std::string& text : single) {
        SCOPED_TRACE(text);
        expect_agreement(*parse_policies(text), *entities, request);
      }
      expect_agreement(*parse_policies(all), *entities, request);
    }
  }
}

// What it says would let a permit apply does, when it is made so.
TEST(Explain, WhatWouldApplyDoes) {
  const auto set = parse_policies(
      "permit(principal, action, resource) when { context.n >= 8 && context.n < 20 && "
      "principal.n == 7 } unless { context.n == 12 };");
  const auto entities = read_entities(kEntities);
  Request request = request_of("a", "b");
  const auto why = explain(*set, *entities, request);
  ASSERT_TRUE(why.ok() && why->nearest.has_value());
  EXPECT_THAT(why->nearest->would_apply_where,
              ElementsAre("context.n >= 8", "context.n < 20", "context.n != 12"));
  request.context = Value::record({{"n", Value::number(9)}});
  EXPECT_EQ(authorize(*set, *entities, request)->decision, Decision::kAllow);
}

TEST(Explain, LinksAreToldByTheirOwnIdsAndEntities) {
  auto set =
      parse_policies("permit(principal in ?principal, action, resource) when { context.t };");
  ASSERT_TRUE(set->add_link({"mine", "policy0", EntityUid{"G", "top"}, std::nullopt}).ok());
  ASSERT_TRUE(set->add_link({"other", "policy0", EntityUid{"G", "x"}, std::nullopt}).ok());
  const auto entities = read_entities(kEntities);
  const auto why = explain(*set, *entities, request_of("a", "b"));
  ASSERT_TRUE(why.ok());
  EXPECT_THAT(why->determining, ElementsAre("mine"));
  ASSERT_THAT(why->policies, SizeIs(1));
  EXPECT_EQ(why->policies[0].scope[0].text, "principal in G::\"top\"");
  EXPECT_EQ(why->policies[0].scope[0].reason, "principal U::\"a\" is in G::\"top\"");
}

TEST(Explain, TheNearestPermitIsOfTheSameScopeThenOfTheFewestFailingClauses) {
  const auto nearest = [](std::string_view text) {
    const auto entities = read_entities(kEntities);
    const auto why = explain(*parse_policies(text), *entities, request_of("a", "b"));
    return why->nearest.has_value() ? why->nearest->trace.id : "none";
  };
  EXPECT_EQ(nearest("permit(principal == U::\"z\", action, resource);"
                    "permit(principal, action, resource) when { false } when { false };"
                    "permit(principal, action, resource) when { context.n > 9 };"
                    "permit(principal, action, resource) when { context.n > 8 };"),
            "policy2");
  EXPECT_EQ(nearest("permit(principal, action, resource == U::\"z\");"
                    "permit(principal == U::\"z\", action, resource) when { false };"),
            "policy1");
  // An error is a clause that does not hold; a forbid and another action are not near.
  EXPECT_EQ(nearest("permit(principal, action, resource) when { context.zz } when { false };"
                    "permit(principal, action, resource) when { context.zz };"
                    "forbid(principal == U::\"z\", action, resource);"),
            "policy1");
  EXPECT_EQ(nearest("permit(principal, action == Action::\"z\", resource);"
                    "permit(principal == U::\"z\", action, resource == U::\"z\");"
                    "forbid(principal == U::\"z\", action, resource);"),
            "none");
}

TEST(Explain, TracesNoMorePoliciesThanItIsAskedFor) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += fmt::format("permit(principal, action, resource) when {{ context.n == {} }};", i);
  }
  const auto why =
      explain(*parse_policies(text), Entities(), request_of("a", "b"), {.policies = 3});
  ASSERT_TRUE(why.ok());
  EXPECT_THAT(why->determining, ElementsAre("policy5"));
  ASSERT_THAT(why->policies, SizeIs(3));
  EXPECT_EQ(why->policies[0].id, "policy5");
  EXPECT_EQ(why->policies[1].id, "policy0");
  EXPECT_EQ(why->not_traced, 97U);
}

size_t count(const Step& step) {
  size_t out = 1;
  for (const Step& operand : step.operands) {
    out += count(operand);
  }
  return out;
}

TEST(Explain, StaysSmallWhateverThePolicyIs) {
  std::string chain = "context.n == 5";
  for (int i = 0; i < 20'000; ++i) {
    chain += " && context.n != -1";
  }
  std::string nested = "context.t";
  for (int i = 0; i < 60; ++i) {
    nested = "(" + nested + " && (context.t || context.n > 1))";
  }
  const std::string text = "permit(principal, action, resource) when { " + chain + " && " + nested +
                           " } when { context.n == 1 };";
  const auto why =
      explain(*parse_policies(text), Entities(), request_of("a", "b"), {.steps = 50, .text = 40});
  ASSERT_TRUE(why.ok());
  ASSERT_THAT(why->policies, SizeIs(1));
  const PolicyTrace& trace = why->policies[0];
  size_t steps = 0;
  for (const ClauseTrace& clause : trace.clauses) {
    steps += count(clause.step);
  }
  EXPECT_LE(steps, 50U + trace.clauses.size());
  EXPECT_GT(trace.clauses[0].step.left_out, 19'000U);
  EXPECT_LE(trace.clauses[0].step.text.size(), 40U + std::string_view("…").size());
  EXPECT_EQ(trace.clauses.back().holds, false);
}

TEST(Explain, OfVeryManyClausesTheOneThatDecidedIsShown) {
  std::string text = "permit(principal, action, resource)";
  for (int i = 0; i < 1000; ++i) {
    text += " when { context.t }";
  }
  text += " when { context.n > 5 } when { context.n > 6 };";
  const auto why = explain(*parse_policies(text), Entities(), request_of("a", "b"));
  ASSERT_TRUE(why.ok() && why->nearest.has_value());
  const PolicyTrace& trace = why->policies[0];
  EXPECT_THAT(trace.clauses, SizeIs(33));
  EXPECT_EQ(trace.clauses_left_out, 968U);
  EXPECT_EQ(trace.clauses.back().step.text, "context.n > 5");
  EXPECT_EQ(trace.outcome, PolicyOutcome::kClause);
  EXPECT_EQ(why->nearest->failing_clauses, 2U);
  EXPECT_THAT(why->nearest->trace.clauses, SizeIs(34));
}

TEST(Explain, ValuesAreCutAndPrintable) {
  const Request request{{"U", std::string(10'000, 'u')},
                        {"Action", "read"},
                        {"U", "\x1b]0;gone\x07"},
                        Value::record({{"s", Value::string(std::string(1 << 18, '\n'))}})};
  const auto why =
      explain(*parse_policies("permit(principal == U::\"a\", action, resource in G::\"g\");"
                              "permit(principal, action, resource in G::\"g\") when { context.s == "
                              "\"a\" };"),
              Entities(), request);
  ASSERT_TRUE(why.ok() && why->nearest.has_value());
  EXPECT_EQ(why->nearest->trace.id, "policy1");
  EXPECT_LT(why->nearest->trace.scope[2].reason.size(), 400U);
  EXPECT_THAT(why->nearest->trace.scope[2].reason, Not(HasSubstr("\x1b")));
  const Step& step = why->nearest->trace.clauses[0].step;
  EXPECT_LT(step.reason.size(), 700U);
  EXPECT_THAT(step.reason, Not(HasSubstr("\n")));
}

TEST(Explain, TakesWhatTheAuthorizerTakes) {
  EXPECT_EQ(explain(PolicySet(), Entities(), {{"U", "a"}, {"A", "b"}, {"R", "c"}, Value::number(1)})
                .error()
                .kind(),
            ErrorKind::kInvalidInput);
  const auto why = explain(PolicySet(), Entities(), {{"U", "a"}, {"A", "b"}, {"R", "c"}});
  ASSERT_TRUE(why.ok());
  EXPECT_EQ(why->decision, Decision::kDeny);
  EXPECT_FALSE(why->nearest.has_value());
}

}  // namespace
}  // namespace sally::cedar
