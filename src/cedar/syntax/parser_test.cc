#include "cedar/syntax/parser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "cedar/syntax/printer.h"

namespace sally::cedar {
namespace {

std::string canonical(std::string_view text) {
  const auto parsed = parse_expression(text);
  if (!parsed.ok()) {
    return "refused: " + parsed.problems().front().message;
  }
  return to_cedar(parsed->body, parsed->root);
}

struct Pair {
  std::string_view text;
  std::string_view expected;
};

TEST(Parser, ReadsEveryFormOfExpression) {
  constexpr Pair kCases[] = {
      {"true", "true"},
      {"007", "7"},
      {"-0", "0"},
      {"- 1", "-1"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"--1", "-(-1)"},
      {"-(1)", "-(1)"},
      {"-(((1)))", "-(1)"},
      {"----principal", "----principal"},
      {"-1.a", "-1.a"},
      {"(-1).a", "(-1).a"},
      {"-1[\"a\"]", "-1.a"},
      {"!!!!true", "!!!!true"},
      {"!(!(!(!(!true))))", "!!!!(!true)"},
      {"-(-(-(-(-principal))))", "----(-principal)"},
      {"!(-principal)", "!(-principal)"},
      {"1 - -2", "1 - -2"},
      {"1--2", "1 - -2"},
      {"1 -2", "1 - 2"},
      {"1 + 2 - 3 - 4 + 5", "1 + 2 - 3 - 4 + 5"},
      {"1 - (2 - 3)", "1 - (2 - 3)"},
      {"(1 - 2) - 3", "1 - 2 - 3"},
      {"(1 + 2) * 3", "(1 + 2) * 3"},
      {"1 + (2 * 3)", "1 + 2 * 3"},
      {"2 * (3 * 4)", "2 * (3 * 4)"},
      {"1 + 2 == 3", "1 + 2 == 3"},
      {"(1 == 2) == false", "(1 == 2) == false"},
      {"1 < 2 && 2 <= 3 || 4 > 3 && 3 >= 3 || 1 != 2",
       "1 < 2 && 2 <= 3 || 4 > 3 && 3 >= 3 || 1 != 2"},
      {"(true || false) && true", "(true || false) && true"},
      {"(true && false) && true", "true && false && true"},
      {"true && (false && true)", "true && (false && true)"},
      {"if true then 1 else if false then 2 else 3", "if true then 1 else if false then 2 else 3"},
      {"(if true then 1 else 2) + 1", "(if true then 1 else 2) + 1"},
      {"[if true then 1 else 2]", "[if true then 1 else 2]"},
      {"[]", "[]"},
      {"[1, [2,], 3,]", "[1, [2], 3]"},
      {"{}", "{}"},
      {"{a: 1, \"b c\": {principal: 2,}, \"if\": 3, \"\": 4,}",
       "{a: 1, \"b c\": {principal: 2}, \"if\": 3, \"\": 4}"},
      {"principal", "principal"},
      {"context . a [ \"b\" ] . c", "context.a.b.c"},
      {"context[\"a b\"][\"if\"][\"__cedar\"].__cedarx",
       "context[\"a b\"][\"if\"][\"__cedar\"].__cedarx"},
      {"context.contains.contains(1)", "context.contains.contains(1)"},
      {"{a: 1}.a", "{a: 1}.a"},
      {"U::\"a\".b", "U::\"a\".b"},
      {"A :: B // c\n :: \"x\"", "A::B::\"x\""},
      {"principal::\"x\"", "principal::\"x\""},
      {"permit::\"\\u{41}\"", "permit::\"A\""},
      {"U::\"\"", "U::\"\""},
      {"context has a", "context has a"},
      {"context has \"a b\"", "context has \"a b\""},
      {"context has principal.a.b", "context has principal.a.b"},
      {"principal is A::B", "principal is A::B"},
      {"principal is A in [A::\"x\"] && true", "principal is A in [A::\"x\"] && true"},
      {"(principal is A) == true", "(principal is A) == true"},
      {"principal in resource.parents", "principal in resource.parents"},
      {"\"a\" like \"\\**\\\\*\\u{2A}\"", "\"a\" like \"\\**\\\\**\""},
      {"[1].containsAll([1]) || [1].containsAny([1]) || [1].isEmpty()",
       "[1].containsAll([1]) || [1].containsAny([1]) || [1].isEmpty()"},
      {"principal.hasTag(\"a\",) && principal.getTag(\"a\") == 1",
       "principal.hasTag(\"a\") && principal.getTag(\"a\") == 1"},
      {"ip(\"::1\").isInRange(ip(\"::/0\"))", "ip(\"::1\").isInRange(ip(\"::/0\"))"},
      {"decimal(\"1.0\").lessThan(decimal(\"2.0\"))",
       "decimal(\"1.0\").lessThan(decimal(\"2.0\"))"},
      {"ip()", "ip()"},
      {"ip(\"a\", 2,)", "ip(\"a\", 2)"},
      {"ip(\"a\").isIpv4(1)", "ip(\"a\").isIpv4(1)"},
      {"\"\\n\\r\\t\\\\\\0\\'\\\"\\x41\\u{1_F600}\"", "\"\\n\\r\\t\\\\\\0'\\\"A\U0001F600\""},
      {"\"a\nb\"", "\"a\\nb\""},
      {"\"\u202E\"", "\"\\u{202e}\""},
      {"true\u00A0&&\u2003true // the end", "true && true"},
  };
  for (const auto& [text, expected] : kCases) {
    EXPECT_EQ(canonical(text), expected) << text;
    EXPECT_EQ(canonical(expected), expected) << text;
  }
}

TEST(Parser, RefusesWhatCedarRefuses) {
  constexpr Pair kCases[] = {
      {"", "expected an expression, found the end of the text"},
      {"9223372036854775808", "the number `9223372036854775808` is too large"},
      {"-9223372036854775809", "the number `9223372036854775809` is too large"},
      {"-(9223372036854775808)", "the number `9223372036854775808` is too large"},
      {"-9223372036854775808.a", "the number `9223372036854775808` is too large"},
      {"99999999999999999999999", "the number `99999999999999999999999` is too large"},
      {"!!!!!true", "too many `!` in a row"},
      {"-----1", "too many `-` in a row"},
      {"!-1", "expected an expression, found `-`"},
      {"-!true", "expected an expression, found `!`"},
      {"1_000", "expected the end of the expression, found `_000`"},
      {"1.1", "expected the name of an attribute or a method, found `1`"},
      {"1 / 2", "`/` is no operator"},
      {"1 % 2", "`%` is no operator"},
      {"1 = 2", "`=` is no operator"},
      {"1 === 2", "expected an expression, found `=`"},
      {"1 < 2 < 3", "comparisons do not chain"},
      {"1 == 2 in 3", "comparisons do not chain"},
      {"1 == context has a", "comparisons do not chain"},
      {"context has a has b", "expected the end of the expression, found `has`"},
      {"context has a == true", "expected the end of the expression, found `==`"},
      {"principal is A is B", "expected the end of the expression, found `is`"},
      {"true && if true then 1 else 2", "expected an expression, found `if`"},
      {"!if true then 1 else 2", "expected an expression, found `if`"},
      {"if true then 1", "expected `else`, found the end of the text"},
      {"(1, 2)", "expected `)`, found `,`"},
      {"()", "expected an expression, found `)`"},
      {"[,]", "expected an expression, found `,`"},
      {"[1 2]", "expected `,` or `]`, found `2`"},
      {"{,}", "expected the name of an attribute, found `,`"},
      {"{a: 1, \"a\": 2}", "the record has two attributes `a`"},
      {"{if: 1}", "`if` is reserved and cannot be a name"},
      {"{(a): 1}", "expected the name of an attribute, found `(`"},
      {"{1: 1}", "expected the name of an attribute, found `1`"},
      {"{a::b: 1}", "expected `:`, found `::`"},
      {"context.if", "`if` is reserved and cannot be a name"},
      {"context.__cedar", "`__cedar` is reserved and cannot be a name"},
      {"context has a.in", "`in` is reserved and cannot be a name"},
      {"context has (a)", "expected the name of an attribute, found `(`"},
      {"context has \"a\".b", "expected the end of the expression, found `.`"},
      {"context has a[\"b\"]", "expected the end of the expression, found `[`"},
      {"context has a()", "expected the end of the expression, found `(`"},
      {"context has a + 1", "expected the end of the expression, found `+`"},
      {"context[a]", "expected the name of an attribute in double quotes, found `a`"},
      {"context[(\"a\")]", "expected the name of an attribute in double quotes, found `(`"},
      {"context[\"a\" + \"b\"]", "expected `]`, found `+`"},
      {"context like context", "expected a pattern in double quotes, found `context`"},
      {"context like (\"a\")", "expected a pattern in double quotes, found `(`"},
      {"context like \"a\" + \"b\"", "expected the end of the expression, found `+`"},
      {"principal is \"U\"", "expected the name of an entity type, found `\"U\"`"},
      {"principal is (U)", "expected a name, found `(`"},
      {"principal is U::\"a\"", "expected the name of an entity type, found an entity"},
      {"principal is __cedar::Long", "`__cedar` is reserved and cannot be a name"},
      {"U::if::\"a\"", "`if` is reserved and cannot be a name"},
      {"__cedar::U::\"a\"", "`__cedar` is reserved and cannot be a name"},
      {"true::\"x\"", "expected the end of the expression, found `::`"},
      {"U::{a: 1}", "expected the id of an entity in double quotes, found `{`"},
      {"U::", "expected the id of an entity in double quotes, found the end of the text"},
      {"::U::\"a\"", "expected an expression, found `::`"},
      {"U::\"a\"::\"b\"", "expected the end of the expression, found `::`"},
      {"U::\"a\"(1)", "only functions can be called"},
      {"1(2)", "only functions can be called"},
      {"context[\"a\"](1)", "only functions can be called"},
      {"foo", "no variable `foo`"},
      {"A::B", "no variable `A::B`"},
      {"foo(1)", "no function `foo`"},
      {"A::ip(\"1\")", "no function `A::ip`"},
      {"context(1)", "no function `context`"},
      {"unknown(\"x\")", "no function `unknown`"},
      {"isIpv4(ip(\"1\"))", "`isIpv4` is a method, not a function"},
      {"contains(1)", "`contains` is a method, not a function"},
      {"context.ip(1)", "`ip` is a function, not a method"},
      {"context.foo(1)", "no method `foo`"},
      {"context.if(1)", "no method `if`"},
      {"context.contains()", "`contains` takes 1 argument, not 0"},
      {"context.contains(1, 2)", "`contains` takes 1 argument, not 2"},
      {"context.isEmpty(1)", "`isEmpty` takes 0 arguments, not 1"},
      {"context.contains(,)", "expected an expression, found `,`"},
      {"?principal", "the slot `?principal` stands in a condition"},
      {"?other", "the slot `?other` stands in a condition"},
      {"? principal", "expected an expression, found `?`"},
      {"\"\\*\"", "`\\*` is no escape"},
      {"\"\\q\"", "`\\q` is no escape"},
      {"\"\\x80\"", "`\\x80` is no escape"},
      {"\"\\u{}\"", "`\\u{}` is no escape"},
      {"\"\\u{D800}\"", "`\\u{D800}` is no escape"},
      {"\"\\u{110000}\"", "`\\u{110000}` is no escape"},
      {"\"\\u{0000041}\"", "`\\u{0000041}` is no escape"},
      {"\"\\u{_41}\"", "`\\u{_41}` is no escape"},
      {"\"a\rb\"", "a carriage return in a string"},
      {"\"a\\\nb\"", "a string that does not end"},
      {"\"abc", "a string that does not end"},
      {"\"abc\\", "a string that does not end"},
      {"1 & 2", "unexpected character `&`"},
      {"'a'", "unexpected character `'`"},
      {"\uFEFFtrue", "a byte order mark"},
      {"\xFF", "not valid UTF-8"},
      {"1 $ 2", "unexpected character `$`"},
      {"caf\u00E9", "unexpected character `\u00E9`"},
  };
  for (const auto& [text, expected] : kCases) {
    EXPECT_EQ(canonical(text), fmt::format("refused: {}", expected)) << text;
  }
}

TEST(Parser, SuggestsWhatWasMeant) {
  const auto hint = [](std::string_view text) {
    return parse_expression(text).problems().front().help;
  };
  EXPECT_EQ(hint("decima(\"1.0\")"), "did you mean `decimal`?");
  EXPECT_EQ(hint("principal.hasTgs(1)"), "did you mean `hasTag`?");
  EXPECT_EQ(hint("isIpv4(1)"), "write `value.isIpv4(...)`");
  EXPECT_EQ(hint("1.ip()"), "write `ip(...)`");
  EXPECT_EQ(hint("1 | 2"), "did you mean `||`?");
}

TEST(Parser, ReadsPoliciesAndTemplates) {
  const auto set = parse_policies(
      "@a @b(\"x\\\"\") @if(\"\")\n"
      "permit(principal == A::\"x\", action in [Action::\"r\", N::Action::\"w\",], resource,)\n"
      "when { true } unless { false };\n"
      "forbid(principal is A::B in (?principal), action == (Action::\"x\"), resource in ?resource);"
      "permit(principal is T, action in Action::\"g\", resource is T in T::\"y\");");
  ASSERT_TRUE(set.ok()) << set.problems().front().message;
  EXPECT_EQ(
      to_cedar(*set),
      "@a\n@b(\"x\\\"\")\n@if(\"\")\n"
      "permit (principal == A::\"x\", action in [Action::\"r\", N::Action::\"w\"], resource)\n"
      "when { true }\nunless { false };\n\n"
      "permit (principal is T, action in Action::\"g\", resource is T in T::\"y\");\n\n"
      "forbid (principal is A::B in ?principal, action == Action::\"x\", resource in "
      "?resource);\n");
  ASSERT_EQ(set->policies().size(), 2U);
  EXPECT_EQ(set->policies()[0].id, "policy0");
  EXPECT_EQ(set->policies()[1].id, "policy2");
  EXPECT_EQ(set->templates()[0].id, "policy1");
  EXPECT_EQ(set->policies()[0].annotation("a")->value, std::nullopt);
  EXPECT_EQ(set->policies()[0].annotation("if")->value, "");
  EXPECT_EQ(set->policies()[0].annotation("c"), nullptr);
}

TEST(Parser, AnEmptyTextIsAnEmptySet) {
  EXPECT_TRUE(parse_policies("")->policies().empty());
  EXPECT_TRUE(parse_policies("// nothing\n")->policies().empty());
}

TEST(Parser, RefusesPoliciesThatCedarRefuses) {
  constexpr Pair kCases[] = {
      {"allow(principal, action, resource);", "expected `permit` or `forbid`, found `allow`"},
      {"permit();", "expected `principal`, found `)`"},
      {"permit(principal, action);", "expected `,`, found `)`"},
      {"permit(action, principal, resource);", "expected `principal`, found `action`"},
      {"permit(principal, action, resource, context);", "expected `)`, found `context`"},
      {"permit(principal, action, resource)",
       "expected `when`, `unless` or `;`, found the end of "
       "the text"},
      {"permit(principal, action, resource);;", "expected `permit` or `forbid`, found `;`"},
      {"permit((principal), action, resource);", "expected `principal`, found `(`"},
      {"permit(principal == ?resource, action, resource);",
       "expected an entity or `?principal`, found `?resource`"},
      {"permit(principal == ?p, action, resource);",
       "expected an entity or `?principal`, found `?p`"},
      {"permit(principal in [U::\"a\"], action, resource);", "expected an entity, found `[`"},
      {"permit(principal == \"a\", action, resource);", "expected an entity, found `\"a\"`"},
      {"permit(principal in U, action, resource);", "expected an entity, found `U`"},
      {"permit(principal == principal, action, resource);",
       "expected an entity, found `principal`"},
      {"permit(principal is (U), action, resource);", "expected a name, found `(`"},
      {"permit(principal is ?principal, action, resource);", "expected a name, found `?principal`"},
      {"permit(principal is has, action, resource);", "`has` is reserved and cannot be a name"},
      {"permit(principal in U::\"a\" is U, action, resource);", "expected `,`, found `is`"},
      {"permit(principal is U == U::\"a\", action, resource);", "expected `,` or `)`, found `==`"},
      {"permit(principal != U::\"a\", action, resource);", "expected `,` or `)`, found `!=`"},
      {"permit(principal = U::\"a\", action, resource);", "expected `,` or `)`, found `=`"},
      {"permit(principal: U, action, resource);", "expected `,` or `)`, found `:`"},
      {"permit(principal.a == U::\"a\", action, resource);", "expected `,` or `)`, found `.`"},
      {"permit(principal == U::\"a\" && true, action, resource);",
       "expected `,` or `)`, found `&&`"},
      {"permit(principal == U::\"a\".b, action, resource);", "expected `,` or `)`, found `.`"},
      {"permit(principal, action == [Action::\"a\"], resource);", "expected an entity, found `[`"},
      {"permit(principal, action in [[Action::\"a\"]], resource);",
       "expected an entity, found `[`"},
      {"permit(principal, action == U::\"a\", resource);", "`U` is no type of actions"},
      {"permit(principal, action in [Action::A::\"a\"], resource);",
       "`Action::A` is no type of actions"},
      {"permit(principal, action is U, resource);", "expected `==`, `in` or `,`, found `is`"},
      {"permit(principal, action == ?action, resource);", "expected an entity, found `?action`"},
      {"permit(principal, action, resource) when {};", "expected an expression, found `}`"},
      {"permit(principal, action, resource) advice {true};",
       "expected `when`, `unless` or `;`, found `advice`"},
      {"permit(principal, action, resource) when true;", "expected `{`, found `true`"},
      {"permit(principal, action, resource) when {true;};", "expected `}`, found `;`"},
      {"permit(principal == ?principal, action, resource) when {?principal == 1};",
       "the slot `?principal` stands in a condition"},
      {"@a @a permit(principal, action, resource);", "a second annotation `@a`"},
      {"@a() permit(principal, action, resource);",
       "expected the value of the annotation in double quotes, found `)`"},
      {"@a(\"x\",) permit(principal, action, resource);", "expected `)`, found `,`"},
      {"@\"a\" permit(principal, action, resource);",
       "expected the name of an annotation, found `\"a\"`"},
      {"@a", "expected `permit` or `forbid`, found the end of the text"},
  };
  for (const auto& [text, expected] : kCases) {
    const auto parsed = parse_policies(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.problems().front().message, expected) << text;
  }
}

TEST(Parser, GoesOnBehindAProblem) {
  const auto parsed = parse_policies(
      "permit(principal, action, resource) when { foo && context.if };\n"
      "permit(principal);\n"
      "permit(principal, action, resource);\n"
      "forbid(principal, action, resource) when { bar };\n");
  ASSERT_FALSE(parsed.ok());
  std::string all;
  for (const Problem& problem : parsed.problems()) {
    all += problem.message + "\n";
  }
  EXPECT_EQ(all,
            "no variable `foo`\n`if` is reserved and cannot be a name\nexpected `,`, found `)`\n"
            "no variable `bar`\n");
}

TEST(Parser, StopsWhenThereAreEnoughProblems) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += "permit(principal, action, resource) when { foo };\n";
  }
  EXPECT_EQ(parse_policies(text, {.problems = 7}).problems().size(), 7U);
}

TEST(Parser, TellsPoliciesFromTemplates) {
  constexpr std::string_view kPolicy = "permit(principal, action, resource);";
  constexpr std::string_view kTemplate = "permit(principal == ?principal, action, resource);";
  EXPECT_TRUE(parse_policy(kPolicy).ok());
  EXPECT_TRUE(parse_template(kTemplate).ok());
  EXPECT_EQ(parse_policy(kTemplate).problems().front().message,
            "a template, where a static policy is expected");
  EXPECT_EQ(parse_template(kPolicy).problems().front().message,
            "a static policy, where a template is expected");
  EXPECT_EQ(parse_policy("").problems().front().message, "expected one policy, found 0");
  EXPECT_EQ(parse_policy(fmt::format("{0}{0}", kPolicy)).problems().front().message,
            "expected one policy, found 2");
}

TEST(Parser, ReadsOneEntity) {
  EXPECT_EQ(*parse_entity_uid("A::B::\"x\""), (EntityUid{"A::B", "x"}));
  EXPECT_EQ(parse_entity_uid("principal").problems().front().message, "expected an entity");
  EXPECT_FALSE(parse_entity_uid("A::\"x\" B").ok());
}

TEST(Parser, KeepsWhereEverythingStands) {
  constexpr std::string_view kText =
      "permit(principal is A in B::\"x\", action in [Action::\"r\"], resource)\nwhen { 1 + 2 };";
  const auto at = [&](Span span) { return kText.substr(span.begin, span.end - span.begin); };
  const auto policy = parse_policy(kText);
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(at(policy->span), kText);
  EXPECT_EQ(at(policy->principal.span), "principal is A in B::\"x\"");
  EXPECT_EQ(at(policy->principal.type_span), "A");
  EXPECT_EQ(at(policy->principal.entity_span), "B::\"x\"");
  EXPECT_EQ(at(policy->action.span), "action in [Action::\"r\"]");
  EXPECT_EQ(at(policy->action.entity_spans[0]), "Action::\"r\"");
  EXPECT_EQ(at(policy->resource.span), "resource");
  EXPECT_EQ(at(policy->conditions[0].span), "when { 1 + 2 }");
  EXPECT_EQ(at(policy->body.span(policy->conditions[0].expr)), "1 + 2");
}

std::string repeated(std::string_view part, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) {
    out += part;
  }
  return out;
}

TEST(Parser, HoldsDeepTextsOff) {
  constexpr std::string_view kTooDeep = "refused: the expression is too deep or too large";
  for (const std::string_view open : {"(", "[", "{a:", "if true then 1 else ", "ip("}) {
    EXPECT_EQ(canonical(repeated(open, 100'000)), kTooDeep) << open;
  }
  EXPECT_EQ(canonical("context" + repeated(".a", 100'000)), kTooDeep);
  EXPECT_EQ(canonical(repeated("!!!!(", 200) + "true" + repeated(")", 200)), kTooDeep);
  EXPECT_EQ(canonical(repeated("(", 255) + "1" + repeated(")", 255)), "1");
}

TEST(Parser, LongChainsAreNotDeep) {
  for (const std::string_view part : {"true && ", "true || ", "1 + ", "1 - ", "2 * "}) {
    const std::string text = repeated(part, 10'000) + "3";
    EXPECT_EQ(canonical(text), text);
  }
}

TEST(Parser, ATextCutAnywhereIsReadOrRefused) {
  constexpr std::string_view kText =
      "@id(\"a\\u{41}\") permit(principal is A in ?principal, action in [Action::\"r\"], "
      "resource)\n"
      "when { if context has a.b then -principal.x[\"y\"] * 2 >= 3 else ip(\"\u00E9\").isIpv4() };";
  for (size_t i = 0; i < kText.size(); ++i) {
    const auto parsed = parse_policies(kText.substr(0, i));
    EXPECT_EQ(parsed.ok(), i == 0) << i;
  }
  EXPECT_TRUE(parse_policies(kText).ok());
}

TEST(Parser, ATextOverTheLimitIsRefused) {
  EXPECT_EQ(parse_policies("// 4567", {.bytes = 6}).problems().front().message,
            "longer than 6 bytes");
  EXPECT_TRUE(parse_policies("// 456", {.bytes = 6}).ok());
}

}  // namespace
}  // namespace sally::cedar
