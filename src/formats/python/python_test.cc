#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "formats/python/expression.h"
#include "formats/python/tokens.h"

namespace sally::formats {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

// `name`, `op(`, `nl`, one for each token.
std::vector<std::string> tokens(std::string_view text) {
  static constexpr std::array<std::string_view, 10> kKinds = {"n",  "0", "s",  "f<", "f",
                                                              "f>", "",  "nl", "in", "de"};
  std::vector<std::string> out;
  for (const PythonToken& token : tokenize_python(text).tokens) {
    const auto kind = static_cast<size_t>(token.kind);
    out.push_back((kind < kKinds.size() ? std::string(kKinds[kind]) : "!") +
                  (token.text.empty() ? "" : ":" + std::string(token.text)));
  }
  return out;
}

TEST(PythonTokens, LinesAndIndentation) {
  EXPECT_THAT(
      tokens("if x:\n  y\n\n  # c\n  z\nw"),
      ElementsAre("n:if", "n:x", "::", "nl", "in", "n:y", "nl", "n:z", "nl", "de", "n:w", "nl"));
  EXPECT_THAT(tokens("a = (1,\n 2)\nb \\\n c\n"),
              ElementsAre("n:a", ":=", ":(", "0:1", ":,", "0:2", ":)", "nl", "n:b", "n:c", "nl"));
}

TEST(PythonTokens, TextsOfAllKinds) {
  EXPECT_THAT(tokens("rb'\\'' '''a\nb''' \"c\""),
              ElementsAre("s:rb'\\''", "s:'''a\nb'''", "s:\"c\"", "nl"));
  EXPECT_THAT(tokens("f'a{b!r:>{w}}c' x"),
              ElementsAre("f<:f'", "f:a", ":{", "n:b", ":!", "n:r", "::", "f:>", ":{", "n:w", ":}",
                          ":}", "f:c", "f>:'", "n:x", "nl"));
  EXPECT_THAT(tokens("f'{a['b']}{{}}'"),
              ElementsAre("f<:f'", ":{", "n:a", ":[", "s:'b'", ":]", ":}", "f:{{}}", "f>:'", "nl"));
  EXPECT_THAT(tokens("f'{x:%Y-%m}' y"),
              ElementsAre("f<:f'", ":{", "n:x", "::", "f:%Y-%m", ":}", "f>:'", "n:y", "nl"));
}

TEST(PythonTokens, ALoneCarriageReturnEndsALine) {
  EXPECT_THAT(tokens("# c\rx\ry = 'a\rz"),
              ElementsAre("n:x", "nl", "n:y", ":=", "s:'a", "nl", "n:z", "nl"));
}

TEST(PythonTokens, LinesOfNotebooks) {
  EXPECT_THAT(tokens("!pip install x\n%cd y\nz % a\n"),
              ElementsAre("!:!pip install x", "nl", "!:%cd y", "nl", "n:z", ":%", "n:a", "nl"));
}

TEST(PythonTokens, WhatIsNotClosedIsAProblem) {
  EXPECT_TRUE(tokenize_python("'''a").problem);
  EXPECT_TRUE(tokenize_python("f'''{a").problem);
  EXPECT_FALSE(tokenize_python("'a\nb").problem);
  EXPECT_TRUE(tokenize_python("a", {.bytes = 0}).problem);
  std::string nested;
  for (int i = 0; i < 200; ++i) {
    nested += "f'{";
  }
  EXPECT_TRUE(tokenize_python(nested).problem);
}

TEST(PythonTokens, TheEncodingIsAsDeclared) {
  EXPECT_EQ(tokenize_python("#!/x\n# -*- coding: utf-7 -*-\n").encoding, "utf-7");
  EXPECT_EQ(tokenize_python("# encoding coding: utf-7\r\n").encoding, "utf-7");
  EXPECT_EQ(tokenize_python("#\r\n# coding: utf-7\r\n").encoding, "utf-7");
  EXPECT_EQ(tokenize_python("# vim: set fileencoding=latin-1 :\n").encoding, "latin-1");
  EXPECT_EQ(tokenize_python("x = 1\n# coding: utf-7\n").encoding, "");
}

TEST(PythonTokens, NamesAndTextsAreWhatPythonTakesThemFor) {
  EXPECT_EQ(python_name("\xF0\x9D\x90\x9E\xEF\xBD\x96\x61\xF0\x9D\x94\xA9"), "eval");
  EXPECT_EQ(python_string("'\\x65v\\141\\u006c'"), "eval");
  EXPECT_EQ(python_string("r'\\x65'"), "\\x65");
  EXPECT_EQ(python_string("\"\"\"a\\\nb\"\"\""), "ab");
  EXPECT_EQ(python_string("'"), "");
}

PythonLine line(std::string_view text) {
  PythonLine out;
  parse_python_line(tokenize_python(text).tokens, out);
  return out;
}

TEST(PythonExpression, CallsKeepTheirArguments) {
  const std::string text = "a.b(c, d=1, *e, **f)[0]";
  const PythonLine read = line(text);
  ASSERT_THAT(read.parts, SizeIs(1));
  const PythonExpression& item = read.at(read.parts[0].expression);
  ASSERT_EQ(item.kind, PythonExpression::Kind::kItem);
  const PythonExpression& call = read.at(item.children[0]);
  ASSERT_EQ(call.kind, PythonExpression::Kind::kCall);
  EXPECT_EQ(read.at(call.children[0]).text, "b");
  EXPECT_THAT(call.children, SizeIs(3));
  ASSERT_THAT(call.keywords, SizeIs(2));
  EXPECT_EQ(call.keywords[0].name, "d");
  EXPECT_EQ(call.keywords[1].name, "");
  EXPECT_EQ(call.begin, 0U);
  EXPECT_EQ(item.end, text.size());
}

TEST(PythonExpression, PartsStandBetweenSigns) {
  const PythonLine read = line("for a, b in c(x for x in y): d = e if f else g");
  std::vector<std::string> before;
  for (const PythonPart& part : read.parts) {
    before.emplace_back(part.before);
  }
  EXPECT_THAT(before, ElementsAre("for", ",", "in", ":", "="));
}

TEST(PythonExpression, DictionariesAndTexts) {
  const PythonLine read = line("{'a': 1, b: 2, **c} + f'{d}' 'e'");
  const PythonExpression& sum = read.at(read.parts[0].expression);
  ASSERT_THAT(sum.children, SizeIs(2));
  const PythonExpression& dict = read.at(sum.children[0]);
  EXPECT_EQ(dict.kind, PythonExpression::Kind::kDict);
  EXPECT_THAT(dict.keywords, SizeIs(2));
  EXPECT_THAT(dict.children, SizeIs(2));
  const PythonExpression& text = read.at(sum.children[1]);
  EXPECT_TRUE(text.computed);
  EXPECT_EQ(text.text, "{}e");
}

TEST(PythonExpression, WhatIsCutAnywhereIsRead) {
  const std::string_view text =
      "a.b(c, d=1, *e, **f)[0] + {'a': b, **c} if not x else (lambda q: f'{r!s:{t}}')(y for y in "
      "z)";
  for (size_t i = 0; i <= text.size(); ++i) {
    (void)line(text.substr(0, i));
  }
  (void)line("f(a=");
}

TEST(PythonExpression, DepthIsBounded) {
  EXPECT_TRUE(line(std::string(10'000, '(')).too_deep);
  std::string chain = "a";
  for (int i = 0; i < 1'000; ++i) {
    chain += ".b";
  }
  EXPECT_TRUE(line(chain).too_deep);
  EXPECT_FALSE(line("a.b.c(d)").too_deep);
}

}  // namespace
}  // namespace sally::formats
