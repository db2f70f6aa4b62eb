#include "content/outflow/link_stream.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace sally::content {
namespace {

const std::vector<std::string> kNothing;

LinkPolicy policy_of(LinkRules rules = {}) {
  return std::move(*LinkPolicy::create(std::move(rules)));
}

std::vector<JudgedLink> in_pieces(const LinkPolicy& policy, std::string_view text, size_t most,
                                  Random& random) {
  std::vector<JudgedLink> out;
  LinkStream stream(policy, kNothing);
  for (size_t at = 0; at < text.size();) {
    const std::string piece(text.substr(at, 1 + random.next_u64() % most));
    stream.feed(piece, out);
    at += piece.size();
  }
  stream.finish(out);
  return out;
}

std::vector<JudgedLink> judged(const LinkPolicy& policy, std::string_view text) {
  SeededRandom random(1);
  return in_pieces(policy, text, text.size() + 1, random);
}

TEST(LinkStream, EveryCuttingGivesTheSame) {
  SeededRandom random(1);
  const LinkPolicy policy = policy_of({.hosts = {"a.example"}});
  std::string text;
  for (int i = 0; i < 400; ++i) {
    text += i % 7 == 0    ? "![x](https://evil.example/" + std::to_string(i) + ".png)\n"
            : i % 7 == 1  ? "A sentence without anything.\n"
            : i % 7 == 2  ? "See <a href='https://b.example/'>this</a> and [that][r].\n"
            : i % 7 == 3  ? "```\n![x](https://evil.example/)\n```\n"
            : i % 31 == 4 ? "[r]: https://c.example/\n"
            : i % 31 == 5 ? "![x][r]\n"
                          : "- and so on, to the end of it, at 12:30\n";
  }
  const std::vector<JudgedLink> whole = judged(policy, text);
  EXPECT_GT(whole.size(), 100U);
  for (const size_t most : {size_t{1}, size_t{2}, size_t{7}, size_t{100}, size_t{5'000}}) {
    EXPECT_EQ(in_pieces(policy, text, most, random), whole) << most;
  }
}

TEST(LinkStream, AShortTextIsJudgedAsAWhole) {
  const LinkPolicy policy = policy_of();
  for (const std::string text :
       {"![x](https://evil.example/a.png)", "![x][r]\n\n[r]: https://evil.example/",
        "<img\nsrc='//evil.example'>", "`![x](https://evil.example/)`", "nothing"}) {
    std::vector<JudgedLink> whole;
    judge_links(text, policy, kNothing, whole);
    EXPECT_EQ(judged(policy, text), whole) << text;
  }
}

TEST(LinkStream, AReferenceIsAnImageHoweverFarItsDefinitionStands) {
  const LinkPolicy policy = policy_of();
  const std::string filler(40'000, 'x');
  for (const std::string& between : {std::string("\n"), "\n" + filler + "\n"}) {
    const auto found = judged(policy, "[r]: https://evil.example/\n" + between + "![x][r]\n");
    ASSERT_EQ(found.size(), 1U) << between.size();
    EXPECT_EQ(found[0].rule, OutflowRule::kImageHost);
    EXPECT_EQ(found[0].begin, 5U);
  }
}

TEST(LinkStream, WhatStandsInALongBlockOfCodeIsCode) {
  const LinkPolicy policy = policy_of();
  std::string code = "```\n";
  while (code.size() < 60'000) {
    code += "![x](https://evil.example/a.png)\n";
  }
  EXPECT_TRUE(judged(policy, code).empty());
  EXPECT_EQ(judged(policy, code + "```\n![x](https://evil.example/a.png)\n").size(), 1U);
}

TEST(LinkStream, WhatMayBeAUrlIsNotDecidedUntilItIsJudged) {
  const LinkPolicy policy = policy_of();
  LinkStream stream(policy, kNothing);
  std::vector<JudgedLink> out;
  stream.feed("A sentence: one & two, at 12:30 [1] a/b std::vector\n", out);
  EXPECT_EQ(stream.decided(), 52U);
  stream.feed("![x](", out);
  EXPECT_EQ(stream.decided(), 57U);
  stream.feed("https://evil.example/?q=1 2 3", out);
  EXPECT_EQ(stream.decided(), 57U);
  stream.feed(")\n" + std::string(LinkStream::kShortStep, 'x') + "\n", out);
  EXPECT_EQ(out.size(), 1U);
  EXPECT_EQ(stream.decided(), 57U + 29 + 2 + LinkStream::kShortStep + 1);
}

TEST(LinkStream, AUrlOfAnEndlessLineIsJudged) {
  const LinkPolicy policy = policy_of();
  LinkStream stream(policy, kNothing);
  std::vector<JudgedLink> out;
  stream.feed("![x](https://evil.example/" + std::string(2 * kMaxUrl, 'a'), out);
  EXPECT_FALSE(out.empty());
}

TEST(LinkStream, WhatMayHoldNoLinkIsPassedOver) {
  for (const std::string text : {"Here it is: a list", "12:30", "a/b", "R&D", "[1] and [2]",
                                 "std::vector x; a < b", "the end.", "{\"a\": 1}"}) {
    EXPECT_FALSE(may_hold_link(text)) << text;
  }
}

}  // namespace
}  // namespace sally::content
