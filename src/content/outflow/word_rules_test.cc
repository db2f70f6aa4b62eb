#include "content/outflow/word_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <tuple>

#include "base/random.h"
#include "support/case_file.h"

namespace sally::content {
namespace {

std::vector<std::string> phrases_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, '|');) {
    out.push_back(one);
  }
  return out;
}

WordRules rules_of(const std::vector<WordRule>& rules) {
  auto made = WordRules::create(rules);
  EXPECT_TRUE(made.ok());
  return std::move(*made);
}

std::vector<FoundWord> find(const WordRules& rules, std::string_view text) {
  std::vector<FoundWord> out;
  rules.find(text, out);
  return out;
}

std::vector<FoundWord> find_in_pieces(const WordRules& rules, std::string_view text, size_t most,
                                      Random& random) {
  std::vector<FoundWord> out;
  WordRulesStream stream(rules);
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, 1 + random.next_u64() % most));
    stream.feed(piece, out);
    EXPECT_LE(stream.decided(), at + piece.size());
    at += piece.size();
  }
  stream.finish(out);
  std::ranges::sort(out, [](const FoundWord& a, const FoundWord& b) {
    return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
  });
  return out;
}

TEST(WordRules, FindWhatTheCasesSayHoweverTheTextIsCut) {
  SeededRandom random(1);
  size_t cases = 0;
  test::run_cases("content/outflow/words", [&](test::CaseFile& file) {
    std::vector<WordRule> given;
    for (const std::string name : {"merger", "weapons"}) {
      given.push_back(
          {name, phrases_of(file.get("deny " + name)), phrases_of(file.get("allow " + name))});
    }
    const WordRules rules = rules_of(given);
    std::istringstream lines(file.section("lines"));
    std::string out;
    constexpr std::string_view kArrow = " ==> ";
    for (std::string line; std::getline(lines, line);) {
      const std::string written = line.substr(0, line.find(kArrow));
      const std::string text = test::unescape(written);
      const auto found = find(rules, text);
      for (const size_t most : {size_t{1}, size_t{3}, size_t{40}}) {
        EXPECT_EQ(find_in_pieces(rules, text, most, random), found) << written;
      }
      std::set<std::string> names;
      for (const FoundWord& one : found) {
        EXPECT_LT(one.begin, one.end);
        EXPECT_LE(one.end, text.size());
        names.insert(given[one.rule].name);
      }
      std::string shown;
      for (const std::string& name : names) {
        shown += (shown.empty() ? "" : " ") + name;
      }
      out += written + std::string(kArrow) + (shown.empty() ? "-" : shown) + "\n";
      ++cases;
    }
    file.expect_section("lines", out);
  });
  EXPECT_GT(cases, 25U);
}

TEST(WordRules, TellWhereAPhraseStands) {
  const WordRules rules = rules_of({{"falcon", {"project falcon"}, {}}});
  EXPECT_EQ(find(rules, "our Project Falcon!"), (std::vector<FoundWord>{{4, 18, 0}}));
}

TEST(WordRules, AreFoundOverTheEdgeOfAWindow) {
  const WordRules rules = rules_of({{"falcon", {"project falcon"}, {}}});
  for (size_t lead = WordRules::kWindow - 16; lead < WordRules::kWindow + 2; ++lead) {
    const std::string before = std::string(lead - 1, 'x') + " ";
    EXPECT_EQ(find(rules, before + "project falcon").size(), 1U) << lead;
  }
}

TEST(WordRules, ATextThatMayBecomeAPhraseIsNotDecided) {
  const WordRules rules = rules_of({{"falcon", {"project falcon"}, {}}});
  WordRulesStream stream(rules);
  std::vector<FoundWord> out;
  stream.feed("the project ", out);
  EXPECT_EQ(stream.decided(), 4U);
  stream.feed("is ", out);
  EXPECT_EQ(stream.decided(), 15U);
  stream.feed("proj", out);
  EXPECT_EQ(stream.decided(), 15U);
}

TEST(WordRules, APhraseWithoutAWordIsNone) {
  for (const std::string phrase : {"", "...", "42", "- 7 -"}) {
    EXPECT_FALSE(WordRules::create({{"x", {phrase}, {}}}).ok()) << phrase;
  }
  std::string many;
  for (size_t i = 0; i <= WordRules::kMostWords; ++i) {
    many += "word ";
  }
  EXPECT_FALSE(WordRules::create({{"x", {many}, {}}}).ok());
}

}  // namespace
}  // namespace sally::content
