#include "policy/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "policy/test_request.h"

namespace sally::policy {
namespace {

using ::testing::HasSubstr;

Rule rule(std::string name, Effect effect = Effect::kAllow) {
  Rule out;
  out.name = std::move(name);
  out.effect = effect;
  out.who.anyone = true;
  return out;
}

Decision decide(std::vector<Rule> rules, const TestRequest& request) {
  auto authorizer = RuleAuthorizer::create(std::move(rules));
  EXPECT_TRUE(authorizer.ok());
  return (*authorizer)->authorize(request.view());
}

TEST(RuleAuthorizer, WithoutRulesNobodyMayDoAnything) {
  const Decision decision = decide({}, TestRequest{});
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().stage, Stage::kPolicy);
  EXPECT_EQ(decision.refusal().kind, ErrorKind::kDenied);
  EXPECT_EQ(decision.refusal().rule, "default deny");
  EXPECT_EQ(decision.refusal().hint, "there is no rule that allows anything");
}

TEST(RuleAuthorizer, ADenyingRuleOverridesFromAnyPlace) {
  EXPECT_FALSE(decide({rule("a"), rule("b", Effect::kDeny)}, TestRequest{}).allowed());
  EXPECT_FALSE(decide({rule("b", Effect::kDeny), rule("a")}, TestRequest{}).allowed());
  EXPECT_EQ(decide({rule("b", Effect::kDeny), rule("a")}, TestRequest{}).rule(), "b");
}

TEST(RuleAuthorizer, TheFirstRuleOfAnEffectIsNamed) {
  EXPECT_EQ(decide({rule("a"), rule("b")}, TestRequest{}).rule(), "a");
  EXPECT_EQ(
      decide({rule("a"), rule("c", Effect::kDeny), rule("d", Effect::kDeny)}, TestRequest{}).rule(),
      "c");
}

TEST(RuleAuthorizer, AnAnonymousCallerIsAskedForAKey) {
  TestRequest request;
  request.principal = Principal{};
  Rule keyed = rule("team");
  keyed.who = {.teams = {"research"}};
  const Decision decision = decide({keyed}, request);
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().kind, ErrorKind::kUnauthenticated);
  Rule open = rule("open");
  open.who = {.anonymous = true};
  EXPECT_TRUE(decide({open}, request).allowed());
  // Anonymous means without a key, not everybody.
  EXPECT_FALSE(decide({open}, TestRequest{}).allowed());
}

TEST(RuleAuthorizer, AnEmptyTeamOrNameIsNobodysTeamOrName) {
  TestRequest request;
  request.principal.team = TeamId{};
  request.principal.name.clear();
  Rule other = rule("other");
  other.who = {.keys = {"x"}, .teams = {"y"}};
  EXPECT_FALSE(decide({other}, request).allowed());
}

TEST(RuleAuthorizer, TheKeysOwnScopeComesFirst) {
  TestRequest request;
  request.principal.routes = {RouteId("other")};
  Decision decision = decide({rule("all")}, request);
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().rule, "key scope");
  EXPECT_EQ(decision.refusal().seen, "route `main`");
  EXPECT_EQ(decision.refusal().expected, "route `other`");

  request.principal.routes = {RouteId("main")};
  request.principal.models = {ModelId("small"), ModelId("large")};
  EXPECT_TRUE(decide({rule("all")}, request).allowed());
  request.model = ModelId();
  decision = decide({rule("all")}, request);
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().seen, "model none");
}

TEST(RuleAuthorizer, AStarMatchesNoModelButANameDoesNot) {
  TestRequest request;
  request.model = ModelId();
  Rule named = rule("named");
  named.models = {"l*"};
  EXPECT_FALSE(decide({named}, request).allowed());
  named.models = {"*"};
  EXPECT_TRUE(decide({named}, request).allowed());
}

TEST(RuleAuthorizer, AnUnreadableSourceIsNeverAllowedBySourceAndAlwaysDenied) {
  TestRequest request;
  request.source = "unix";
  Rule allow = rule("allow");
  allow.sources = {*Cidr::parse("0.0.0.0/0"), *Cidr::parse("::/0")};
  EXPECT_FALSE(decide({allow}, request).allowed());
  Rule deny = rule("deny", Effect::kDeny);
  deny.sources = {*Cidr::parse("203.0.113.0/24")};
  EXPECT_FALSE(decide({rule("all"), deny}, request).allowed());
}

TEST(RuleAuthorizer, NamesTheNearestRuleAndWhatItMisses) {
  Rule far = rule("far");
  far.models = {"small"};
  far.actions = {"kserve:*"};
  Rule near = rule("near");
  near.models = {"small", "tiny"};
  const Decision decision = decide({far, near}, TestRequest{});
  ASSERT_FALSE(decision.allowed());
  EXPECT_EQ(decision.refusal().hint,
            "nearest is rule `near`, which also needs model `small` or `tiny`");
}

TEST(RuleAuthorizer, WhatTheCallerNamedIsMadePrintable) {
  TestRequest request;
  request.model = ModelId("a\x1b[2J\n");
  const Decision decision = decide({}, request);
  EXPECT_THAT(decision.refusal().seen, HasSubstr("model `a?[2J?`"));
}

TEST(RuleAuthorizer, RefusesRulesThatAreUnclear) {
  const auto message = [](std::vector<Rule> rules) {
    auto made = RuleAuthorizer::create(std::move(rules));
    return made ? std::string("accepted") : made.error().message();
  };
  EXPECT_EQ(message({rule("")}), "rules[0] has no name");
  EXPECT_EQ(message({rule("a"), rule("a")}), "rules[1] has the name `a` of a rule before it");
  Rule nobody = rule("a");
  nobody.who = {};
  EXPECT_EQ(message({nobody}), "rule `a` is about nobody");
  Rule star = rule("a");
  star.models = {"l*e"};
  EXPECT_EQ(message({star}), "rule `a` has a `*` in `l*e` where it means nothing");
  star = rule("a");
  star.who.teams = {"res*"};
  EXPECT_EQ(message({star}), "rule `a` has a `*` in `res*` where it means nothing");
  Rule empty = rule("a");
  empty.routes = {""};
  EXPECT_EQ(message({empty}), "rule `a` has an empty text in a list");
  std::vector<Rule> many;
  for (size_t i = 0; i <= RuleAuthorizer::kMaxRules; ++i) {
    many.push_back(rule(std::to_string(i)));
  }
  EXPECT_EQ(message(many), "1025 rules are more than 1024");
  many.pop_back();
  EXPECT_EQ(message(many), "accepted");
}

// The plain meaning of a list of rules, written a second time without any compilation.
std::string plain_meaning(const std::vector<Rule>& rules, const TestRequest& request) {
  const auto hit = [](const std::vector<std::string>& texts, const std::string& value) {
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
      return text.back() == '*' ? value.compare(0, text.size() - 1, text, 0, text.size() - 1) == 0
                                : text == value;
    });
  };
  const auto applies = [&](const Rule& r) {
    const Principal& p = request.principal;
    const bool anonymous = p.kind == PrincipalKind::kAnonymous;
    const bool who =
        r.who.anyone || (anonymous ? r.who.anonymous
                                   : hit(r.who.keys, p.id.str()) || hit(r.who.keys, p.name) ||
                                         hit(r.who.teams, p.team.str()));
    bool source = r.sources.empty();
    for (const Cidr& block : r.sources) {
      source = source || block.contains(*IpAddress::parse(request.source));
    }
    bool with = r.with_findings.empty();
    bool without = true;
    for (const Finding& finding : request.findings) {
      with = with || hit(r.with_findings, finding.rule);
      without = without && !hit(r.without_findings, finding.rule);
    }
    return who && source && with && without &&
           (r.routes.empty() || hit(r.routes, request.route.str())) &&
           (r.models.empty() || hit(r.models, request.model.str())) &&
           (r.actions.empty() || hit(r.actions, request.action));
  };
  for (const Effect effect : {Effect::kDeny, Effect::kAllow}) {
    for (const Rule& r : rules) {
      if (r.effect == effect && applies(r)) {
        return (effect == Effect::kDeny ? "deny " : "allow ") + r.name;
      }
    }
  }
  return "deny default deny";
}

TEST(RuleAuthorizer, CompiledRulesMeanWhatTheRulesMean) {
  SeededRandom random(11);
  const auto below = [&](size_t n) { return static_cast<size_t>(random.next_u64() % n); };
  const auto some = [&](std::vector<std::string> from) {
    std::vector<std::string> out;
    for (std::string& text : from) {
      if (below(3) == 0) {
        out.push_back(std::move(text));
      }
    }
    return out;
  };
  size_t allowed = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<Rule> rules;
    const size_t count = below(200);
    for (size_t i = 0; i < count; ++i) {
      Rule r = rule("r" + std::to_string(i), below(12) == 0 ? Effect::kDeny : Effect::kAllow);
      r.who = {.anyone = below(8) == 0,
               .anonymous = below(8) == 0,
               .keys = some({"k1", "k2", "demo"}),
               .teams = some({"t1", "t2", "research"})};
      if (r.who.keys.empty() && r.who.teams.empty()) {
        r.who.keys = {"k1"};
      }
      r.routes = some({"main", "m*", "other", "*"});
      r.models = some({"large", "l*", "small", "*"});
      r.actions = some({"openai:*", "openai:chat.completions", "kserve:infer"});
      if (below(4) == 0) {
        r.sources = {*Cidr::parse(below(2) == 0 ? "10.0.0.0/8" : "192.168.0.0/16")};
      }
      if (below(6) == 0) {
        r.with_findings = some({"openai-*", "canary:x"});
      }
      if (below(6) == 0) {
        r.without_findings = some({"*", "canary:*"});
      }
      rules.push_back(std::move(r));
    }
    auto authorizer = RuleAuthorizer::create(rules);
    ASSERT_TRUE(authorizer.ok());
    TestRequest request;
    if (below(4) == 0) {
      request.principal = Principal{};
    } else {
      request.principal.id = KeyId(below(2) == 0 ? "k1" : "k9");
      request.principal.team = TeamId(below(2) == 0 ? "t1" : "");
    }
    request.route = RouteId(below(2) == 0 ? "main" : "other");
    request.model = ModelId(std::vector<std::string>{"large", "small", "x", ""}[below(4)]);
    request.action = below(2) == 0 ? "openai:embeddings" : "kserve:infer";
    request.source = below(2) == 0 ? "10.1.1.1" : "2001:db8::1";
    if (below(2) == 0) {
      request.find(below(2) == 0 ? "openai-api-key" : "canary:x");
    }
    const Decision decision = (*authorizer)->authorize(request.view());
    EXPECT_EQ((decision.allowed() ? "allow " : "deny ") + decision.rule(),
              plain_meaning(rules, request));
    allowed += decision.allowed() ? 1 : 0;
  }
  EXPECT_GT(allowed, 40U);
  EXPECT_LT(allowed, 360U);
}

}  // namespace
}  // namespace sally::policy
