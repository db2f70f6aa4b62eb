#include "content/outflow/link_policy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "base/random.h"
#include "support/case_file.h"

namespace sally::content {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

std::vector<Link> links_of(std::string_view text) {
  std::vector<Link> links;
  find_links(text, links);
  return links;
}

std::vector<LinkVerdict> judged(const LinkPolicy& policy, std::string_view text,
                                const std::vector<std::string>& sensitive = {}) {
  const std::vector<std::string_view> views(sensitive.begin(), sensitive.end());
  std::vector<LinkVerdict> out;
  for (const Link& link : links_of(text)) {
    policy.judge(link, views, out);
  }
  return out;
}

// `image markdown host: rule rule; link bare host: ok`, or `-` where there is no link.
std::string shown(std::string_view text, const LinkPolicy& policy,
                  const std::vector<std::string_view>& sensitive) {
  std::string out;
  for (const Link& link : links_of(text)) {
    std::vector<LinkVerdict> verdicts;
    policy.judge(link, sensitive, verdicts);
    out += fmt::format("{}{} {}{} {}:", out.empty() ? "" : "; ", name_of(link.kind),
                       name_of(link.syntax), link.in_code ? " in code" : "",
                       !link.url.host.empty()    ? link.url.host
                       : link.url.scheme.empty() ? "(relative)"
                                                 : "(" + link.url.scheme + ")");
    for (const LinkVerdict& verdict : verdicts) {
      out += fmt::format(" {}", name_of(verdict.rule));
    }
    out += verdicts.empty() ? " ok" : "";
  }
  return out.empty() ? "-" : out;
}

TEST(LinkPolicy, JudgesWhatTheCasesSay) {
  size_t cases = 0;
  test::run_cases("content/outflow/links", [&cases](test::CaseFile& file) {
    LinkRules rules;
    if (const auto hosts = file.find("hosts")) {
      rules.hosts = words_of(*hosts);
    }
    if (const auto hosts = file.find("images")) {
      rules.image_hosts = words_of(*hosts);
    }
    std::vector<std::string> sensitive;
    if (const auto texts = file.find("sensitive")) {
      std::istringstream in(*texts);
      for (std::string one; std::getline(in, one, '|');) {
        sensitive.push_back(one);
      }
    }
    const std::vector<std::string_view> views(sensitive.begin(), sensitive.end());
    auto policy = LinkPolicy::create(rules);
    ASSERT_TRUE(policy.ok());
    std::istringstream lines(file.section("lines"));
    std::string out;
    constexpr std::string_view kArrow = " ==> ";
    for (std::string line; std::getline(lines, line);) {
      const std::string text = line.substr(0, line.find(kArrow));
      out += text + std::string(kArrow) + shown(test::unescape(text), *policy, views) + "\n";
      ++cases;
    }
    file.expect_section("lines", out);
  });
  EXPECT_GT(cases, 100U);
}

TEST(LinkPolicy, TheRulesAreThese) {
  test::expect_snapshot("outflow_rules.md", outflow_rules_reference());
}

TEST(LinkPolicy, RefusesHostsThatAreNone) {
  for (const std::string host : {"https://a.example", "*.", "a/b", "", "Example.com", "a.*.b"}) {
    LinkRules rules;
    rules.image_hosts = {host};
    EXPECT_FALSE(LinkPolicy::create(rules).ok()) << host;
  }
}

TEST(LinkPolicy, AStarStandsForWhatIsBelowAHost) {
  LinkRules rules;
  rules.hosts = {"*.example.com"};
  const LinkPolicy policy = std::move(*LinkPolicy::create(rules));
  EXPECT_TRUE(judged(policy, "https://a.b.example.com/").empty());
  EXPECT_EQ(judged(policy, "https://example.com/").size(), 1U);
  EXPECT_EQ(judged(policy, "https://badexample.com/").size(), 1U);
}

TEST(LinkFinder, SpansAreTheUrlsAsWritten) {
  const std::string text = "see ![a](https://x.example/1 \"t\") and <img src='//y.example/2'>";
  const auto links = links_of(text);
  ASSERT_EQ(links.size(), 2U);
  EXPECT_EQ(text.substr(links[0].begin, links[0].end - links[0].begin), "https://x.example/1");
  EXPECT_EQ(text.substr(links[1].begin, links[1].end - links[1].begin), "//y.example/2");
}

TEST(LinkFinder, SpansInDocumentsInsideAttributesLeadBack) {
  const std::string text =
      "<iframe srcdoc=\"&lt;img src='https://x.example/1'&gt;\"></iframe> "
      "<p style=\"background:u\\72l(&quot;https://y.example/2&quot;)\">";
  const auto links = links_of(text);
  ASSERT_EQ(links.size(), 2U);
  EXPECT_EQ(text.substr(links[0].begin, links[0].end - links[0].begin), "https://x.example/1");
  EXPECT_EQ(text.substr(links[1].begin, links[1].end - links[1].begin), "https://y.example/2");
}

TEST(LinkFinder, TextsThatAreCutAtEveryOctetAreReadToTheirEnd) {
  const std::string text =
      "[a](b) ![c](<d> \"e\") [f]: g\n![f][] <img alt=\"x\" srcset='h 1x, i 2x' src=j>"
      "<style>@import 'k'; u{v:url(l)}</style> \x1b]8;;m\x07 https://n.example/?o=p#q `r` \n```\ns";
  for (size_t size = 0; size <= text.size(); ++size) {
    for (const Link& link : links_of(text.substr(0, size))) {
      EXPECT_LE(link.begin, link.end);
      EXPECT_LE(link.end, size);
    }
  }
}

// Not a measure of time: a text that made one reader go back would take hours.
TEST(LinkFinder, TextsMadeToBeSlowAreNot) {
  for (const std::string_view unit : {"](<",
                                      "<a ",
                                      "<a b=\"",
                                      "<a b='",
                                      "](",
                                      "![",
                                      "[a]:",
                                      "[[]]",
                                      "](a ",
                                      "`",
                                      "``` `",
                                      "<style>",
                                      "<a b=<a ",
                                      "&#",
                                      "url(",
                                      "<p style=\"url(",
                                      "http:",
                                      "www.",
                                      "<a:",
                                      "\x1b]8;",
                                      "((((",
                                      "![a](b\\",
                                      "<img srcset=\"a,",
                                      "a<b c=\"<b c='<b c=",
                                      "- > ",
                                      "https://a/?u=http:/"}) {
    std::string text;
    while (text.size() < 300'000) {
      text += unit;
    }
    const auto links = links_of(text);
    for (const Link& link : links) {
      ASSERT_LE(link.end, text.size()) << unit;
    }
  }
}

}  // namespace
}  // namespace sally::content
