#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "cedar/syntax/est_reader.h"
#include "cedar/syntax/est_writer.h"
#include "cedar/syntax/normal_form.h"
#include "cedar/syntax/printer.h"

namespace sally::cedar {
namespace {

std::string policy_json(std::string_view body) {
  return fmt::format(R"({{"effect":"permit","principal":{{"op":"All"}},"action":{{"op":"All"}},)"
                     R"("resource":{{"op":"All"}},"conditions":[{{"kind":"when","body":{}}}]}})",
                     body);
}

std::string expression_of(const Policy& policy) {
  return to_cedar(policy.body, policy.conditions.front().expr);
}

// The Cedar text of a JSON expression, or why it is refused.
std::string as_text(std::string_view body) {
  const auto set = read_policies_json(policy_json(body));
  return set.ok() ? expression_of(set->policies().front())
                  : "refused: " + set.problems().front().message;
}

std::string as_json(std::string_view expression) {
  const auto policy =
      parse_policy(fmt::format("permit(principal, action, resource) when {{ {} }};", expression));
  const std::string json = to_json(*policy);
  constexpr std::string_view kBody = R"("body":)";
  const size_t begin = json.find(kBody) + kBody.size();
  return json.substr(begin, json.size() - begin - 3);
}

struct Pair {
  std::string_view text;
  std::string_view json;
};

TEST(Est, EveryFormOfExpressionHasItsJson) {
  constexpr Pair kCases[] = {
      {"true", R"({"Value":true})"},
      {"-9223372036854775808", R"({"Value":-9223372036854775808})"},
      {"-(1)", R"({"neg":{"arg":{"Value":1}}})"},
      {R"("a\0\"")", R"({"Value":"a\u0000\""})"},
      {R"(A::B::"x")", R"({"Value":{"__entity":{"type":"A::B","id":"x"}}})"},
      {"principal", R"({"Var":"principal"})"},
      {"!true", R"({"!":{"arg":{"Value":true}}})"},
      {"1 + 2 + 3",
       R"({"+":{"left":{"+":{"left":{"Value":1},"right":{"Value":2}}},"right":{"Value":3}}})"},
      {"1 - (2 - 3)",
       R"({"-":{"left":{"Value":1},"right":{"-":{"left":{"Value":2},"right":{"Value":3}}}}})"},
      {"principal in resource",
       R"({"in":{"left":{"Var":"principal"},"right":{"Var":"resource"}}})"},
      {"context.a", R"({".":{"left":{"Var":"context"},"attr":"a"}})"},
      {"context has \"a b\"", R"({"has":{"left":{"Var":"context"},"attr":"a b"}})"},
      {"context has a.b", R"({"has":{"left":{"Var":"context"},"attr":["a","b"]}})"},
      {"principal is A::B", R"({"is":{"left":{"Var":"principal"},"entity_type":"A::B"}})"},
      {"principal is A in resource",
       R"({"is":{"left":{"Var":"principal"},"entity_type":"A","in":{"Var":"resource"}}})"},
      {R"("a" like "*b\*c*")",
       R"({"like":{"left":{"Value":"a"},"pattern":["Wildcard",{"Literal":"b*c"},"Wildcard"]}})"},
      {R"("a" like "")", R"({"like":{"left":{"Value":"a"},"pattern":[]}})"},
      {"if true then 1 else 2",
       R"({"if-then-else":{"if":{"Value":true},"then":{"Value":1},"else":{"Value":2}}})"},
      {"[1, []]", R"({"Set":[{"Value":1},{"Set":[]}]})"},
      {"{a: 1, \"b c\": {}}", R"({"Record":{"a":{"Value":1},"b c":{"Record":{}}}})"},
      {"[1].contains(1)", R"({"contains":{"left":{"Set":[{"Value":1}]},"right":{"Value":1}}})"},
      {"[1].isEmpty()", R"({"isEmpty":{"arg":{"Set":[{"Value":1}]}}})"},
      {"principal.getTag(\"a\")",
       R"({"getTag":{"left":{"Var":"principal"},"right":{"Value":"a"}}})"},
      {"ip(\"::1\").isIpv6()", R"({"isIpv6":[{"ip":[{"Value":"::1"}]}]})"},
      {"decimal(\"1.0\").lessThan(1)",
       R"({"lessThan":[{"decimal":[{"Value":"1.0"}]},{"Value":1}]})"},
  };
  for (const auto& [text, json] : kCases) {
    EXPECT_EQ(as_json(text), json);
    EXPECT_EQ(as_text(json), text);
  }
}

TEST(Est, ValuesMayBeWrittenAsData) {
  constexpr Pair kCases[] = {
      {"[1, {a: [true]}, A::\"x\"]",
       R"({"Value":[1,{"a":[true]},{"__entity":{"type":"A","id":"x"}}]})"},
      {"ip(\"::1\")", R"({"Value":{"__extn":{"fn":"ip","arg":"::1"}}})"},
      {"ip(\"::1\")", R"({"Value":{"__extn":{"fn":"ip","args":["::1"]}}})"},
      {"datetime(\"2024-01-01\").offset(duration(\"1d\"))",
       R"({"Value":{"__extn":{"fn":"offset","args":[
          {"__extn":{"fn":"datetime","arg":"2024-01-01"}},
          {"__extn":{"fn":"duration","arg":"1d"}}]}}})"},
      {"{\"a\\0\": 1}", R"({"Record":{"a\u0000":{"Value":1}}})"},
      {"context has a", R"({"has":{"left":{"Var":"context"},"attr":["a"]}})"},
      {"context has \"if\"", R"({"has":{"left":{"Var":"context"},"attr":["if"]}})"},
      {"-(-1)", R"({"neg":{"arg":{"Value":-1}}})"},
      {"\"a\" like \"ab\"",
       R"({"like":{"left":{"Value":"a"},"pattern":[{"Literal":"a"},{"Literal":""},{"Literal":"b"}]}})"},
      {"true && true && (true && true)",
       R"({"&&":{"left":{"&&":{"left":{"Value":true},"right":{"Value":true}}},
                 "right":{"&&":{"left":{"Value":true},"right":{"Value":true}}}}})"},
  };
  for (const auto& [text, json] : kCases) {
    EXPECT_EQ(as_text(json), text) << json;
  }
}

TEST(Est, RefusesWhatIsNoExpression) {
  constexpr Pair kCases[] = {
      {"expected an expression, found a number", "1"},
      {"expected an expression, found 0 members", "{}"},
      {"expected an expression, found 2 members", R"({"Value":1,"Var":"context"})"},
      {"no operator or function `foo`", R"({"foo":[]})"},
      {"no operator or function `Unknown`", R"({"Unknown":[{"Value":"x"}]})"},
      {"a slot stands in a condition", R"({"Slot":"?principal"})"},
      {"no variable `foo`", R"({"Var":"foo"})"},
      {"expected the name of a variable, found a number", R"({"Var":1})"},
      {"`null` is no value of Cedar", R"({"Value":null})"},
      {"`1.5` is no whole number of 64 bits", R"({"Value":1.5})"},
      {"`9223372036854775808` is no whole number of 64 bits", R"({"Value":9223372036854775808})"},
      {"`A::if` is no entity type", R"({"Value":{"__entity":{"type":"A::if","id":"x"}}})"},
      {"`id` is missing", R"({"Value":{"__entity":{"type":"A"}}})"},
      {"unknown member `x` in an entity", R"({"Value":{"__entity":{"type":"A","id":"x","x":1}}})"},
      {"unknown member `a` in an entity", R"({"Value":{"__entity":{"type":"A","id":"x"},"a":1}})"},
      {"no function `foo`", R"({"Value":{"__extn":{"fn":"foo","arg":"1"}}})"},
      {"expected either `arg` or an array `args`", R"({"Value":{"__extn":{"fn":"ip"}}})"},
      {"expected either `arg` or an array `args`", R"({"Value":{"__extn":{"fn":"ip","args":[]}}})"},
      {"`__expr` is no longer a value of Cedar", R"({"Value":{"__expr":"1"}})"},
      {"unknown member `Var` in an operator of one operand", R"({"!":{"Var":"context"}})"},
      {"`right` is missing", R"({"==":{"left":{"Value":1}}})"},
      {"expected an operator of two operands, found an array", R"({"contains":[]})"},
      {"unknown member `left` in an operator of one operand",
       R"({"isEmpty":{"left":{"Value":1}}})"},
      {"expected a string, found an array", R"({".":{"left":{"Var":"context"},"attr":["a"]}})"},
      {"an empty path of attributes", R"({"has":{"left":{"Var":"context"},"attr":[]}})"},
      {"`a b` cannot stand in a path", R"({"has":{"left":{"Var":"context"},"attr":["a b","c"]}})"},
      {"`if` is no entity type", R"({"is":{"left":{"Var":"context"},"entity_type":"if"}})"},
      {"`A :: B` is no entity type", R"({"is":{"left":{"Var":"context"},"entity_type":"A :: B"}})"},
      {"expected a pattern, an array of parts",
       R"({"like":{"left":{"Var":"context"},"pattern":"*"}})"},
      {"expected a part of a pattern, found a string",
       R"({"like":{"left":{"Var":"context"},"pattern":["wildcard"]}})"},
      {"`else` is missing", R"({"if-then-else":{"if":{"Value":1},"then":{"Value":1}}})"},
      {"expected an array, found an object", R"({"Set":{}})"},
      {"expected an object, found an array", R"({"Record":[]})"},
      {"expected an array of arguments, found an object", R"({"ip":{}})"},
      {"`isIpv4` is a method: its array begins with what it is called on", R"({"isIpv4":[]})"},
  };
  for (const auto& [message, json] : kCases) {
    EXPECT_EQ(as_text(json), fmt::format("refused: {}", message)) << json;
  }
}

TEST(Est, APolicyIsTheSameBackFromJson) {
  constexpr std::string_view kText =
      "@a @b(\"\") @if(\"x\") permit(principal == A::\"x\", action in [Action::\"r\", "
      "Action::\"w\"], resource) when { true } unless { false };"
      "forbid(principal is A, action == Action::\"r\", resource is A::B in A::\"x\");"
      "permit(principal in A::\"x\", action in Action::\"r\", resource);"
      "permit(principal is A in ?principal, action in [Action::\"r\"], resource == ?resource);"
      "permit(principal in ?principal, action in [], resource);";
  auto set = *parse_policies(kText);
  ASSERT_TRUE(set.add_link({"link", "policy3", EntityUid{"A", "x"}, EntityUid{"B", "y"}}).ok());
  const std::string json = to_json(set);
  const auto back = read_policies_json(json);
  ASSERT_TRUE(back.ok()) << back.problems().front().message;
  ASSERT_EQ(back->policies().size(), 3U);
  ASSERT_EQ(back->templates().size(), 2U);
  for (const Policy& policy : set.policies()) {
    EXPECT_TRUE(same_policy(policy, *back->find_policy(policy.id))) << policy.id;
  }
  for (const Policy& policy : set.templates()) {
    EXPECT_TRUE(same_policy(policy, *back->find_template(policy.id))) << policy.id;
  }
  EXPECT_EQ(back->find_link("link")->principal, (EntityUid{"A", "x"}));
  EXPECT_EQ(back->find_link("link")->resource, (EntityUid{"B", "y"}));
  EXPECT_EQ(to_json(*back), json);
}

TEST(Est, APolicyAloneIsASetOfOne) {
  const auto set = read_policies_json(policy_json(R"({"Value":true})"));
  ASSERT_TRUE(set.ok());
  EXPECT_NE(set->find_policy("policy0"), nullptr);
}

std::string refusal(std::string_view json) {
  const auto set = read_policies_json(json);
  return set.ok() ? "accepted" : set.problems().front().message;
}

TEST(Est, RefusesWhatIsNoPolicy) {
  const auto scope = [](std::string_view principal, std::string_view action) {
    return fmt::format(
        R"({{"effect":"permit","principal":{},"action":{},"resource":{{"op":"All"}},)"
        R"("conditions":[]}})",
        principal, action);
  };
  constexpr std::string_view kAll = R"({"op":"All"})";
  EXPECT_EQ(refusal(scope(kAll, kAll)), "accepted");
  EXPECT_EQ(refusal(scope(R"({"op":"all"})", R"({"op":"all"})")), "accepted");
  EXPECT_EQ(refusal(scope(R"({"op":"=="})", kAll)), "`entity` is missing");
  EXPECT_EQ(refusal(scope(R"({"op":"!=","entity":{"type":"A","id":"x"}})", kAll)),
            "no constraint `!=`");
  EXPECT_EQ(refusal(scope(R"({"op":"==","slot":"?resource"})", kAll)),
            "expected either `entity` or the slot `?principal`");
  EXPECT_EQ(refusal(scope(kAll, R"({"op":"==","entity":{"type":"A","id":"x"}})")),
            "`A` is no type of actions");
  EXPECT_EQ(refusal(scope(kAll, R"({"op":"is","entity_type":"A"})")),
            "unknown member `entity_type` in a constraint of the action");
  EXPECT_EQ(refusal(R"({"effect":"allow"})"), "expected `permit` or `forbid`, found `allow`");
  EXPECT_EQ(refusal(R"({"effect":"permit","id":"x"})"), "unknown member `id` in a policy");
  EXPECT_EQ(refusal(R"({"effect":"permit"})"), "`principal` is missing");
  EXPECT_EQ(refusal("{}"), "neither a policy nor a policy set");
  EXPECT_EQ(refusal("[]"), "expected a policy set, found an array");
  EXPECT_EQ(refusal(R"({"Xeffect":""})"), "unknown member `Xeffect` in a policy set");
  EXPECT_EQ(refusal(fmt::format(R"({{"templates":{{"t":{}}}}})", scope(kAll, kAll))),
            "a template without a slot");
  EXPECT_EQ(refusal(fmt::format(R"({{"staticPolicies":{{"p":{}}}}})",
                                scope(R"({"op":"==","slot":"?principal"})", kAll))),
            "a template among the static policies");
  EXPECT_EQ(refusal(R"({"templateLinks":[{"templateId":"t","newId":"l","values":{}}]})"),
            "no template `t`");
  EXPECT_EQ(refusal(R"({"templateLinks":[{"templateId":"t","newId":"l","values":{"?x":1}}]})"),
            "unknown member `?x` in the values of slots");
}

TEST(Est, ProblemsSayWhereTheyStand) {
  const std::string json = "{\"staticPolicies\": {\n  \"p\": {\"effect\": 1}}}";
  const auto set = read_policies_json(json);
  const Position at = position_at(json, set.problems().front().span.begin);
  EXPECT_EQ(at.line, 2U);
  EXPECT_EQ(at.column, 19U);
}

TEST(Est, HoldsDeepDocumentsOff) {
  const auto nested = [](std::string_view open, std::string_view inner, std::string_view close,
                         size_t times) {
    std::string out;
    for (size_t i = 0; i < times; ++i) {
      out += open;
    }
    out += inner;
    for (size_t i = 0; i < times; ++i) {
      out += close;
    }
    return out;
  };
  constexpr std::string_view kTooDeep = "refused: the expression is too deep or too large";
  EXPECT_EQ(as_text(nested(R"({"!":{"arg":)", R"({"Value":true})", "}}", 5000)), kTooDeep);
  EXPECT_EQ(as_text(nested(R"({"Set":[)", "", "]}", 5000)), kTooDeep);
  EXPECT_EQ(as_text(R"({"Value":)" + nested("[", "", "]", 5000) + "}"), kTooDeep);
  EXPECT_EQ(as_text(nested(R"({"!":{"arg":)", R"({"Value":true})", "}}", 50'000)), kTooDeep);
  const std::string chain =
      nested(R"({"&&":{"left":)", R"({"Value":true})", R"(,"right":{"Value":false}}})", 50'000);
  EXPECT_EQ(as_text(chain).substr(0, 22), "true && false && false");
  EXPECT_EQ(as_json(as_text(chain)), chain);
}

TEST(Est, ADocumentCutAnywhereIsRefused) {
  const std::string json = policy_json(
      R"({"&&":{"left":{"like":{"left":{"Value":"a"},"pattern":["Wildcard",{"Literal":"é"}]}},)"
      R"("right":{"has":{"left":{"Var":"context"},"attr":["a","b"]}}}})");
  for (size_t i = 0; i < json.size(); ++i) {
    EXPECT_FALSE(read_policies_json(json.substr(0, i)).ok()) << i;
  }
  EXPECT_TRUE(read_policies_json(json).ok());
}

TEST(NormalForm, ForgetsWhatJsonDoesNotKeep) {
  const auto normal = [](std::string_view text) {
    return to_cedar(*normal_form(*parse_policy(text)));
  };
  EXPECT_EQ(normal("@b @a(\"x\") permit(principal, action in [Action::\"r\"], resource) when "
                   "{ {b: 1, a: 2} == context && context has a.b.c };"),
            normal("@a(\"x\") @b(\"\") permit(principal, action in Action::\"r\", resource) when "
                   "{ {a: 2, b: 1} == context && (context has a && context.a has b && "
                   "context.a.b has c) };"));
  EXPECT_FALSE(
      same_normal_form(*parse_policy("permit(principal, action, resource) when { 1 == 2 };"),
                       *parse_policy("permit(principal, action, resource) when { 2 == 1 };")));
}

}  // namespace
}  // namespace sally::cedar
