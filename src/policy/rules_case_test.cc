// tests/cases/policy/*.case: rules and one question as text, and the whole answer.
//
//   -- rules --
//   allow research-large: teams=research models=large,small sources=10.0.0.0/8
//   deny secrets-out: anyone with_findings=canary:*
//   -- request --
//   key=demo team=research action=openai:chat.completions route=main model=large
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "policy/rules.h"
#include "policy/test_request.h"
#include "support/case_file.h"

namespace sally::policy {
namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) {
    out.push_back(part);
  }
  return out;
}

// `name=a,b` as its two parts; `name` alone has no values.
std::pair<std::string, std::vector<std::string>> read_word(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos) {
    return {word, {}};
  }
  return {word.substr(0, equals), split(word.substr(equals + 1), ',')};
}

Rule read_rule(const std::string& line) {
  std::istringstream in(line);
  std::string effect;
  Rule rule;
  in >> effect >> rule.name;
  EXPECT_TRUE(effect == "allow" || effect == "deny") << line;
  EXPECT_TRUE(rule.name.ends_with(':')) << line;
  rule.name.pop_back();
  rule.effect = effect == "deny" ? Effect::kDeny : Effect::kAllow;
  for (std::string word; in >> word;) {
    const auto [name, values] = read_word(word);
    if (name == "anyone") {
      rule.who.anyone = true;
    } else if (name == "anonymous") {
      rule.who.anonymous = true;
    } else if (name == "keys") {
      rule.who.keys = values;
    } else if (name == "teams") {
      rule.who.teams = values;
    } else if (name == "routes") {
      rule.routes = values;
    } else if (name == "models") {
      rule.models = values;
    } else if (name == "actions") {
      rule.actions = values;
    } else if (name == "with_findings") {
      rule.with_findings = values;
    } else if (name == "without_findings") {
      rule.without_findings = values;
    } else if (name == "sources") {
      for (const std::string& block : values) {
        rule.sources.push_back(*Cidr::parse(block));
      }
    } else {
      ADD_FAILURE() << "unknown word `" << name << "` in a rule";
    }
  }
  return rule;
}

TestRequest read_request(const std::string& text) {
  TestRequest request;
  request.principal = Principal{};
  request.route = RouteId();
  request.model = ModelId();
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    const auto [name, values] = read_word(word);
    const std::string value = values.empty() ? std::string() : values[0];
    if (name == "key") {
      request.principal.kind = PrincipalKind::kApiKey;
      request.principal.name = value;
      request.principal.id = KeyId("id-of-" + value);
    } else if (name == "team") {
      request.principal.team = TeamId(value);
    } else if (name == "key_routes") {
      for (const std::string& route : values) {
        request.principal.routes.emplace_back(route);
      }
    } else if (name == "key_models") {
      for (const std::string& model : values) {
        request.principal.models.emplace_back(model);
      }
    } else if (name == "action") {
      request.action = value;
    } else if (name == "route") {
      request.route = RouteId(value);
    } else if (name == "model") {
      request.model = ModelId(value);
    } else if (name == "source") {
      request.source = value;
    } else if (name == "findings") {
      for (const std::string& finding : values) {
        request.find(finding);
      }
    } else {
      ADD_FAILURE() << "unknown word `" << name << "` in the request";
    }
  }
  return request;
}

TEST(RuleCases, DecideAsWritten) {
  test::run_cases("policy", [](test::CaseFile& file) {
    std::vector<Rule> rules;
    for (const std::string& line : split(file.section("rules"), '\n')) {
      if (!line.empty()) {
        rules.push_back(read_rule(line));
      }
    }
    const TestRequest request = read_request(file.section("request"));
    auto authorizer = RuleAuthorizer::create(std::move(rules));
    ASSERT_TRUE(authorizer.ok()) << authorizer.error().message();
    const Decision decision = (*authorizer)->authorize(request.view());
    if (decision.allowed()) {
      file.expect("decision", "allow");
      file.expect("rule", decision.rule());
      return;
    }
    const Refusal& why = decision.refusal();
    file.expect("decision", row_of(why.kind).name);
    file.expect("rule", why.rule);
    file.expect("seen", why.seen);
    file.expect("expected", why.expected);
    file.expect("hint", why.hint);
  });
}

}  // namespace
}  // namespace sally::policy
