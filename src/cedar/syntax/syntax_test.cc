#include <gtest/gtest.h>

#include "cedar/syntax/escape.h"
#include "cedar/syntax/lexer.h"
#include "cedar/syntax/operators.h"
#include "cedar/syntax/parser.h"
#include "cedar/syntax/policy_set.h"
#include "cedar/syntax/printer.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {
namespace {

TEST(Span, PositionsCountCodePoints) {
  constexpr std::string_view kText = "a\n\u00E9\U0001F600b";
  EXPECT_EQ(position_at(kText, 0).line, 1U);
  EXPECT_EQ(position_at(kText, 8).line, 2U);
  EXPECT_EQ(position_at(kText, 8).column, 3U);
  EXPECT_EQ(position_at(kText, 999).column, 4U);
}

TEST(Problem, IsShownWithItsLine) {
  const Source source{"a.cedar", "permit(\n\tprincipl, action)"};
  EXPECT_EQ(render(source, {{9, 17}, "expected `principal`", "look"}),
            "a.cedar:2:2: expected `principal`\n"
            "   principl, action)\n"
            "   ^^^^^^^^\n"
            "  hint: look\n");
  const Error error = to_error(source, {{9, 17}, "expected `principal`", "look"});
  EXPECT_EQ(error.to_string(), "a.cedar:2:2: expected `principal`\nhint: look");
}

TEST(Problem, IsShownAtTheEndAndInAnEmptyText) {
  EXPECT_EQ(render({"x", ""}, {{0, 0}, "m", ""}), "x:1:1: m\n");
  EXPECT_EQ(render({"x", "ab"}, {{2, 2}, "m", ""}), "x:1:3: m\n  ab\n    ^\n");
  EXPECT_EQ(render({"x", "ab\ncd"}, {{0, 5}, "m", ""}), "x:1:1: m\n  ab\n  ^^\n");
  EXPECT_EQ(render({"x", "\x1B[2Jab"}, {{4, 5}, "m", ""}), "x:1:5: m\n  ?[2Jab\n      ^\n");
}

TEST(Lexer, KeepsCommentsApart) {
  constexpr std::string_view kText = "a // one\r\n// two\n\"// three\" //";
  const auto tokens = tokenize(kText, 1000);
  ASSERT_TRUE(tokens.ok());
  ASSERT_EQ(tokens->tokens.size(), 3U);
  ASSERT_EQ(tokens->comments.size(), 3U);
  EXPECT_EQ(tokens->comments[0], (Span{2, 8}));
  EXPECT_EQ(tokens->comments[2], (Span{28, 30}));
  EXPECT_EQ(tokens->tokens.back().kind, TokenKind::kEnd);
}

TEST(Lexer, KnowsEveryMark) {
  constexpr std::string_view kText = "@.,;:::?(){}[]===!=<=>=<>&&||!+-*/% ?x ?";
  const auto tokens = tokenize(kText, 1000);
  ASSERT_TRUE(tokens.ok());
  std::string written;
  for (const Token& token : tokens->tokens) {
    written += kText.substr(token.span.begin, token.span.end - token.span.begin);
    written += ' ';
  }
  EXPECT_EQ(written, "@ . , ; :: : ? ( ) { } [ ] == = != <= >= < > && || ! + - * / % ?x ?  ");
}

TEST(Lexer, SaysWhereTheTextIsNoUtf8) {
  const auto tokens = tokenize("ab\u00E9\xC3(", 1000);
  ASSERT_FALSE(tokens.ok());
  EXPECT_EQ(tokens.problems().front().span.begin, 4U);
}

TEST(Escape, QuotingGivesBackWhatWasQuoted) {
  std::string all;
  for (char32_t c = 0; c < 0x3000; ++c) {
    append_utf8(all, c);
  }
  append_utf8(all, 0x10FFFF);
  const std::string literal = quoted(std::string_view(all));
  BadEscape bad;
  EXPECT_EQ(unescape(std::string_view(literal).substr(1, literal.size() - 2), bad), all);
  EXPECT_EQ(literal.find("\u202E"), std::string::npos);
  EXPECT_EQ(code_points(all).size(), 0x3001U);
}

TEST(Operators, EveryTextNamesOneOperator) {
  for (const OperatorRow& row : operator_table()) {
    EXPECT_EQ(find_operator(row.text), &row);
    EXPECT_EQ(find_operator(row.kind), &row);
  }
  EXPECT_EQ(find_operator("neg"), nullptr);
  EXPECT_EQ(find_operator(ExprKind::kNegate), nullptr);
}

TEST(Functions, EveryNameIsFound) {
  for (const FunctionRow& row : function_table()) {
    EXPECT_EQ(find_function(row.name), row.function);
    EXPECT_EQ(row_of(row.function).name, row.name);
  }
  EXPECT_EQ(find_function("Ip"), std::nullopt);
}

TEST(Ast, PoliciesAreTheSameWhateverTheirSpans) {
  const auto policy = [](std::string_view text) { return *parse_policy(text); };
  const auto one = policy("permit(principal,action,resource)when{1+2==context.a};");
  EXPECT_TRUE(same_policy(
      one, policy("permit (principal, action, resource) when { 1 + 2 == context[\"a\"] };")));
  for (const std::string_view other :
       {"forbid(principal, action, resource) when { 1 + 2 == context.a };",
        "permit(principal, action, resource) unless { 1 + 2 == context.a };",
        "permit(principal, action, resource);",
        "@a permit(principal, action, resource) when { 1 + 2 == context.a };",
        "permit(principal is A, action, resource) when { 1 + 2 == context.a };",
        "permit(principal, action == Action::\"a\", resource) when { 1 + 2 == context.a };",
        "permit(principal, action, resource in A::\"x\") when { 1 + 2 == context.a };",
        "permit(principal, action, resource) when { 1 + 3 == context.a };",
        "permit(principal, action, resource) when { 1 + 2 == context.b };",
        "permit(principal, action, resource) when { 1 + 2 == principal.a };",
        "permit(principal, action, resource) when { 1 - 2 == context.a };"}) {
    EXPECT_FALSE(same_policy(one, policy(other))) << other;
  }
}

TEST(Ast, AChainIsOneNode) {
  const auto parsed = *parse_expression("((true && false) && true) && context");
  EXPECT_EQ(parsed.body.kind(parsed.root), ExprKind::kAnd);
  EXPECT_EQ(parsed.body.operands(parsed.root).size(), 4U);
  EXPECT_EQ(parsed.body.height(parsed.root), 2U);
}

Policy named(std::string id, std::string_view text) {
  auto set = parse_policies(text);
  Policy policy = set->policies().empty() ? set->templates().front() : set->policies().front();
  policy.id = std::move(id);
  return policy;
}

constexpr std::string_view kStatic = "permit(principal, action, resource);";
constexpr std::string_view kTemplate = "permit(principal == ?principal, action, resource);";
constexpr std::string_view kFull =
    "forbid(principal is A in ?principal, action, resource == ?resource);";
const EntityUid kAlice{"User", "alice"};

TEST(PolicySet, IdsAreOneNamespace) {
  PolicySet set;
  ASSERT_TRUE(set.add(named("a", kStatic)).ok());
  ASSERT_TRUE(set.add(named("t", kTemplate)).ok());
  ASSERT_TRUE(set.add_link({"l", "t", kAlice, {}}).ok());
  for (const char* taken : {"a", "t", "l"}) {
    EXPECT_EQ(set.add(named(taken, kStatic)).error().kind(), ErrorKind::kConflict);
    EXPECT_EQ(set.add(named(taken, kTemplate)).error().kind(), ErrorKind::kConflict);
    EXPECT_EQ(set.add_link({taken, "t", kAlice, {}}).error().kind(), ErrorKind::kConflict);
  }
  EXPECT_EQ(set.active().size(), 2U);
}

TEST(PolicySet, ALinkFillsExactlyTheSlotsOfItsTemplate) {
  PolicySet set;
  ASSERT_TRUE(set.add(named("t", kTemplate)).ok());
  ASSERT_TRUE(set.add(named("f", kFull)).ok());
  ASSERT_TRUE(set.add(named("a", kStatic)).ok());
  EXPECT_EQ(set.add_link({"l", "t", {}, {}}).error().message(),
            "link `l` gives `?principal` no value");
  EXPECT_EQ(set.add_link({"l", "t", kAlice, kAlice}).error().message(),
            "link `l` gives `?resource` a value");
  EXPECT_EQ(set.add_link({"l", "f", kAlice, {}}).error().message(),
            "link `l` gives `?resource` no value");
  EXPECT_EQ(set.add_link({"l", "a", kAlice, {}}).error().kind(), ErrorKind::kNotFound);
  EXPECT_TRUE(set.add_link({"l", "f", kAlice, EntityUid{"Photo", "x"}}).ok());
}

TEST(PolicySet, ActivePoliciesHaveNoSlots) {
  PolicySet set;
  ASSERT_TRUE(set.add(named("f", kFull)).ok());
  EXPECT_TRUE(set.active().empty());
  ASSERT_TRUE(set.add_link({"l", "f", kAlice, EntityUid{"Photo", "x"}}).ok());
  ASSERT_TRUE(set.add(named("a", kStatic)).ok());
  const auto active = set.active();
  ASSERT_EQ(active.size(), 2U);
  EXPECT_EQ(active[0].id, "a");
  EXPECT_EQ(active[1].id, "l");
  EXPECT_EQ(active[1].policy->effect, Effect::kForbid);
  EXPECT_FALSE(active[1].principal.slot);
  EXPECT_EQ(active[1].principal.kind, ScopeConstraint::Kind::kIsIn);
  EXPECT_EQ(active[1].principal.entity, kAlice);
  EXPECT_EQ(active[1].resource.entity, (EntityUid{"Photo", "x"}));
}

TEST(PolicySet, WithATemplateGoItsLinks) {
  PolicySet set;
  ASSERT_TRUE(set.add(named("t", kTemplate)).ok());
  ASSERT_TRUE(set.add(named("u", kTemplate)).ok());
  ASSERT_TRUE(set.add_link({"l", "t", kAlice, {}}).ok());
  ASSERT_TRUE(set.add_link({"m", "u", kAlice, {}}).ok());
  ASSERT_TRUE(set.remove_template("t").ok());
  EXPECT_EQ(set.find_link("l"), nullptr);
  ASSERT_NE(set.find_link("m"), nullptr);
  EXPECT_EQ(set.find_link("m")->template_id, "u");
  EXPECT_TRUE(set.add(named("l", kStatic)).ok());
}

TEST(PolicySet, WhatIsRemovedIsGone) {
  PolicySet set;
  ASSERT_TRUE(set.add(named("a", kStatic)).ok());
  ASSERT_TRUE(set.add(named("b", kStatic)).ok());
  ASSERT_TRUE(set.add(named("t", kTemplate)).ok());
  ASSERT_TRUE(set.add_link({"l", "t", kAlice, {}}).ok());
  EXPECT_EQ(set.remove_policy("t").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(set.remove_template("l").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(set.remove_link("a").error().kind(), ErrorKind::kNotFound);
  ASSERT_TRUE(set.remove_policy("a").ok());
  ASSERT_TRUE(set.remove_link("l").ok());
  EXPECT_EQ(set.find_policy("a"), nullptr);
  EXPECT_EQ(set.find_policy("b")->id, "b");
  EXPECT_EQ(set.links().size(), 0U);
}

}  // namespace
}  // namespace sally::cedar
