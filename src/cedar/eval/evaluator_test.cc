// What expressions give: over parser, compiler and machine.
#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/eval/authorizer.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {
namespace {

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "U", "id": "a"}, "attrs": {"n": 7, "s": "abc", "self": {"__entity": {"type": "U", "id": "a"}},
     "boss": {"__entity": {"type": "U", "id": "b"}}, "lost": {"__entity": {"type": "U", "id": "ghost"}},
     "r": {"x": {"y": 1}}, "set": [1, 2, 3], "ip": "not an ip"},
   "parents": [{"type": "G", "id": "g"}], "tags": {"k": "v", "": "empty"}},
  {"uid": {"type": "U", "id": "b"}, "attrs": {}, "parents": []},
  {"uid": {"type": "G", "id": "g"}, "attrs": {}, "parents": [{"type": "G", "id": "top"}]}])";

// The value as Cedar text, or `error: ` and why.
std::string value_of(std::string_view text) {
  const auto parsed = parse_expression(text);
  if (!parsed.ok()) {
    return "parse error: " + parsed.problems().front().message;
  }
  const auto entities = read_entities(kEntities);
  EXPECT_TRUE(entities.ok());
  const auto context = read_context(R"({"n": 5, "big": 9223372036854775807, "t": true, "e": {},
      "who": {"__entity": {"type": "U", "id": "a"}}, "mixed": [1, "a", {"__entity": {"type": "G", "id": "g"}}],
      "groups": [{"__entity": {"type": "G", "id": "top"}}, {"__entity": {"type": "G", "id": "x"}}]})");
  EXPECT_TRUE(context.ok());
  const Request request{{"U", "a"}, {"Action", "act"}, {"U", "ghost"}, *context};
  const auto value = evaluate(parsed->body, parsed->root, *entities, request);
  return value.ok() ? value->to_string() : "error: " + value.error().message();
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

void check(std::initializer_list<Case> cases) {
  for (const Case& one : cases) {
    EXPECT_EQ(value_of(one.text), one.expected) << one.text;
  }
}

TEST(Evaluator, ComputesIn64BitsOrFails) {
  check(
      {{"1 + 2 * 3 - 4", "3"},
       {"2 - 3 - 4", "-5"},
       {"-context.n", "-5"},
       {"9223372036854775807 + 1",
        "error: integer overflow while attempting to add the values `9223372036854775807` and `1`"},
       {"-9223372036854775808 - 1",
        "error: integer overflow while attempting to subtract the values "
        "`-9223372036854775808` and `1`"},
       {"context.big * 2",
        "error: integer overflow while attempting to multiply the values "
        "`9223372036854775807` and `2`"},
       {"-(-9223372036854775808)",
        "error: integer overflow while attempting to negate the value `-9223372036854775808`"},
       {"-9223372036854775808 * -1",
        "error: integer overflow while attempting to multiply the values "
        "`-9223372036854775808` and `-1`"},
       {"context.big + 1 - 1",
        "error: integer overflow while attempting to add the values `9223372036854775807` and `1`"},
       {"1 + \"a\"", "error: type error: expected long, got string"},
       {"true * 2", "error: type error: expected long, got bool"},
       {"-true", "error: type error: expected long, got bool"}});
}

TEST(Evaluator, EvaluatesOnlyWhatDecides) {
  check({{"false && 1", "false"},
         {"true || 1", "true"},
         {"true && 1", "error: type error: expected bool, got long"},
         {"false || 1", "error: type error: expected bool, got long"},
         {"1 && false", "error: type error: expected bool, got long"},
         {"true && true && false && resource.x", "false"},
         {"false || false || true || resource.x", "true"},
         {"(true && false) || (true && true)", "true"},
         {"!(true && false)", "true"},
         {"!1", "error: type error: expected bool, got long"},
         {"if true then 1 else resource.x", "1"},
         {"if false then resource.x else 2", "2"},
         {"if 1 then 1 else 2", "error: type error: expected bool, got long"},
         {"if true then if false then 1 else 2 else 3", "2"},
         {"(if context.t then 1 else 2) + 10", "11"}});
}

TEST(Evaluator, ComparesAcrossKindsAsDifferent) {
  check({{"1 == \"1\"", "false"},
         {"1 != true", "true"},
         {"[] == {}", "false"},
         {"decimal(\"1.0\") == decimal(\"1.0000\")", "true"},
         {"decimal(\"1.0\") == 1", "false"},
         {"duration(\"1s\") == duration(\"1000ms\")", "true"},
         {"U::\"a\" == principal", "true"},
         {"U::\"a\" == V::\"a\"", "false"},
         {"[1, 2, 1] == [2, 1]", "true"},
         {"{a: 1, b: [2]} == {\"b\": [2], a: 1}", "true"},
         {"{a: 1} == {a: 1, b: 2}", "false"},
         {"principal.r == {x: {y: 1}}", "true"},
         {"principal.set == [3, 2, context.n - 4]", "true"},
         {"ip(\"10.0.0.1/8\") == ip(\"10.0.0.0/8\")", "false"}});
}

TEST(Evaluator, OrdersLongsInstantsAndDurations) {
  check({{"1 < 2", "true"},
         {"2 <= 1", "false"},
         {"2 > 1", "true"},
         {"1 >= 2", "false"},
         {"datetime(\"2024-01-01\") < datetime(\"2024-01-02\")", "true"},
         {"duration(\"1h\") >= duration(\"60m\")", "true"},
         {"1 < \"a\"", "error: type error: expected long, got string"},
         {"\"a\" < \"b\"", "error: type error: expected long, got string"},
         {"decimal(\"1.0\") < decimal(\"2.0\")", "error: type error: expected long, got decimal"},
         {"datetime(\"2024-01-01\") < duration(\"1h\")",
          "error: type error: expected datetime, got duration"},
         {"1 < duration(\"1h\")", "error: type error: expected long, got duration"}});
}

TEST(Evaluator, KnowsWhatLiesInWhat) {
  check({{"principal in G::\"g\"", "true"},
         {"principal in G::\"top\"", "true"},
         {"principal in principal", "true"},
         {"G::\"g\" in principal", "false"},
         {"resource in resource", "true"},
         {"resource in G::\"g\"", "false"},
         {"principal in []", "false"},
         {"principal in [U::\"x\", G::\"top\"]", "true"},
         {"principal in context.groups", "true"},
         {"resource in [resource]", "true"},
         {"principal in context.mixed", "error: type error: expected entity, got long"},
         {"principal in 1", "error: type error: expected entity or set of entities, got long"},
         {"1 in principal", "error: type error: expected entity, got long"},
         {"principal is U", "true"},
         {"principal is V", "false"},
         {"resource is U", "true"},
         {"1 is U", "error: type error: expected entity, got long"},
         {"principal is U in G::\"top\"", "true"},
         {"principal is V in resource.x", "false"},
         {"principal is U in 1", "error: type error: expected entity or set of entities, got long"},
         {"principal is G in G::\"top\"", "false"}});
}

TEST(Evaluator, TakesAttributes) {
  check({{"principal.n", "7"},
         {"principal[\"n\"]", "7"},
         {"principal.self.self.n", "7"},
         {"principal.r.x.y", "1"},
         {"{a: 1}.a", "1"},
         {"context.n", "5"},
         {"context.x", "error: record does not have the attribute `x`"},
         {"principal.x", "error: `U::\"a\"` does not have the attribute `x`"},
         {"resource.x", "error: entity `U::\"ghost\"` does not exist"},
         {"principal.lost.x", "error: entity `U::\"ghost\"` does not exist"},
         {"principal.n.x", "error: type error: expected entity or record, got long"},
         {"principal has n", "true"},
         {"principal has x", "false"},
         {"resource has x", "false"},
         {"context has \"n\"", "true"},
         {"{} has a", "false"},
         {"1 has a", "error: type error: expected entity or record, got long"},
         {"principal has r.x.y", "true"},
         {"principal has r.x.z", "false"},
         {"principal has boss.n", "false"},
         {"principal has lost.n", "false"},
         {"principal has n.x", "error: type error: expected entity or record, got long"},
         {"principal has x.y.z", "false"}});
}

TEST(Evaluator, TakesTags) {
  check({{"principal.hasTag(\"k\")", "true"},
         {"principal.hasTag(\"x\")", "false"},
         {"principal.getTag(\"k\")", "\"v\""},
         {"principal.getTag(\"\")", "\"empty\""},
         {"principal.getTag(\"x\")", "error: `U::\"a\"` does not have the tag `x`"},
         {"resource.hasTag(\"k\")", "false"},
         {"resource.getTag(\"k\")", "error: entity `U::\"ghost\"` does not exist"},
         {"principal.hasTag(1)", "error: type error: expected string, got long"},
         {"context.hasTag(\"k\")", "error: type error: expected entity, got record"}});
}

TEST(Evaluator, ComparesSets) {
  check({{"[1, [2]].contains([2])", "true"},
         {"[1, \"1\"].contains(\"1\")", "true"},
         {"[1].contains(2)", "false"},
         {"principal.set.containsAll([3, 1, 1])", "true"},
         {"principal.set.containsAll([])", "true"},
         {"[].containsAll([1])", "false"},
         {"principal.set.containsAny([9, 3])", "true"},
         {"principal.set.containsAny([])", "false"},
         {"principal.set.containsAny([8, 9])", "false"},
         {"[].isEmpty()", "true"},
         {"principal.set.isEmpty()", "false"},
         {"context.n.contains(2)", "error: type error: expected set, got long"},
         {"[1].containsAll(1)", "error: type error: expected set, got long"},
         {"context.n.isEmpty()", "error: type error: expected set, got long"}});
}

TEST(Evaluator, MatchesPatternsOverCodePoints) {
  check({{"\"abc\" like \"a*\"", "true"},
         {"\"abc\" like \"*c\"", "true"},
         {"\"abc\" like \"a*c\"", "true"},
         {"\"abc\" like \"abc\"", "true"},
         {"\"abc\" like \"ab\"", "false"},
         {"\"abc\" like \"*b*\"", "true"},
         {"\"abc\" like \"**b**\"", "true"},
         {"\"abc\" like \"*\"", "true"},
         {"\"\" like \"*\"", "true"},
         {"\"\" like \"\"", "true"},
         {"\"\" like \"**\"", "true"},
         {"\"a\" like \"\"", "false"},
         {"\"aba\" like \"aba*aba\"", "false"},
         {"\"abaaba\" like \"aba*aba\"", "true"},
         {"\"a*b\" like \"a\\*b\"", "true"},
         {"\"axb\" like \"a\\*b\"", "false"},
         {"\"a\\0b\" like \"a*b\"", "true"},
         {"\"a\\0b\" like \"a\\0*\"", "true"},
         {"\"é☃\" like \"*☃\"", "true"},
         {"\"é\" like \"*\\u{a9}\"", "false"},
         {"\"aXbXc\" like \"a*b*c\"", "true"},
         {"\"acb\" like \"a*b*c\"", "false"},
         {"principal.n like \"*\"", "error: type error: expected string, got long"}});
}

TEST(Evaluator, CallsExtensionFunctions) {
  check({{"ip(\"10.0.0.1\").isInRange(ip(\"10.0.0.0/8\"))", "true"},
         {"ip(\"::1\").isInRange(ip(\"127.0.0.0/8\"))", "false"},
         {"ip(\"::1\").isLoopback()", "true"},
         {"ip(\"::1\").isIpv4()", "false"},
         {"ip(\"::1\").isIpv6()", "true"},
         {"ip(\"224.0.0.1\").isMulticast()", "true"},
         {"ip(principal.ip)", "error: `not an ip` is no ipaddr: expected an IPv4 or IPv6 address"},
         {"ip(1)", "error: type error: expected string, got long"},
         {"decimal(\"1.23\").lessThan(decimal(\"1.24\"))", "true"},
         {"decimal(\"1.23\").lessThanOrEqual(decimal(\"1.23\"))", "true"},
         {"decimal(\"1.23\").greaterThan(decimal(\"1.23\"))", "false"},
         {"decimal(\"1.23\").greaterThanOrEqual(decimal(\"1.24\"))", "false"},
         {"decimal(\"1\")",
          "error: `1` is no decimal: expected digits, a point and one to four digits"},
         {"decimal(\"1.0\").lessThan(1)", "error: type error: expected decimal, got long"},
         {"context.n.lessThan(decimal(\"1.0\"))", "error: type error: expected decimal, got long"},
         {"datetime(\"1970-01-01\").offset(duration(\"1d\")) == datetime(\"1970-01-02\")", "true"},
         {"datetime(\"1970-01-02\").durationSince(datetime(\"1970-01-01\")).toHours()", "24"},
         {"datetime(\"1969-12-31T23:59:59Z\").toTime().toSeconds()", "86399"},
         {"datetime(\"1969-12-31T23:59:59Z\").toDate() == datetime(\"1969-12-31\")", "true"},
         {"duration(\"-90s\").toMinutes()", "-1"},
         {"duration(\"36h\").toDays()", "1"},
         {"duration(\"36h\").toMilliseconds()", "129600000"},
         {"datetime(\"9999-12-31\").offset(duration(\"9223372036854775807ms\"))",
          "error: overflow in `offset`"},
         {"datetime(\"1970-01-01\").offset(datetime(\"1970-01-01\"))",
          "error: type error: expected duration, got datetime"},
         {"ip(\"10.0.0.1\").isInRange(\"10.0.0.0/8\")",
          "error: type error: expected ipaddr, got string"}});
}

TEST(Evaluator, BuildsSetsAndRecords) {
  check({{"[context.n, 5, 1, [context.n]]", "[1, 5, [5]]"},
         {"{b: context.n, a: [context.n]}", "{\"a\": [5], \"b\": 5}"},
         {"{a: principal.n, b: 2}.a", "7"},
         {"[{x: context.n}, {x: 5}]", "[{\"x\": 5}]"},
         {"[resource.x, 1 < \"a\"]", "error: entity `U::\"ghost\"` does not exist"},
         {"{b: resource.x, a: context.zz}", "error: entity `U::\"ghost\"` does not exist"}});
}

TEST(Evaluator, FailsBeyondItsMemoryAndNothingElse) {
  std::string text = "[context.n";
  for (int i = 0; i < 70'000; ++i) {
    text += ",context";
  }
  text += "].isEmpty()";
  const auto policies = parse_policies("permit(principal,action,resource) when {" + text +
                                       "}; permit(principal,action,resource);");
  ASSERT_TRUE(policies.ok());
  const auto compiled = CompiledPolicies::create(*policies);
  ASSERT_TRUE(compiled.ok());
  const EntityStore store = EntityStore::create(Entities());
  // A set of one value: what counts is how many cells there are before duplicates go.
  Scratch small({.request = 4096, .evaluation = 8});
  const Request request{
      {"U", "a"}, {"A", "b"}, {"U", "c"}, Value::record({{"n", Value::number(1)}})};
  const auto view = view_of(request, small);
  ASSERT_TRUE(view.ok());
  const Verdict verdict = authorize(*compiled, store, *view, small);
  EXPECT_EQ(verdict.decision, Decision::kAllow);
  ASSERT_EQ(verdict.determining.size(), 1U);
  EXPECT_EQ(verdict.determining[0], 1U);
  ASSERT_EQ(verdict.errors.size(), 1U);
  EXPECT_EQ(describe(verdict.errors[0].error), "the evaluation needs more memory than its limit");
}

TEST(Evaluator, MatchesInLinearTime) {
  // Quadratic matching of this would need 10^10 steps.
  const std::string many(100'000, 'a');
  const auto parsed = parse_expression("context.s like \"*" + many.substr(0, 50'000) + "b*\"");
  ASSERT_TRUE(parsed.ok());
  const Request request{
      {"U", "a"}, {"A", "b"}, {"U", "c"}, Value::record({{"s", Value::string(many)}})};
  EXPECT_EQ(evaluate(parsed->body, parsed->root, Entities(), request)->to_string(), "false");
}

}  // namespace
}  // namespace sally::cedar
