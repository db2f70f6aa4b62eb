#include "content/names/token.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sally::content::names {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<Token> tokens;
  EXPECT_EQ(tokenise(text, 0, tokens), text.size());
  std::vector<std::string> out;
  for (const Token& token : tokens) {
    out.emplace_back(token.shape == Shape::kNewline
                         ? std::string_view("<line>")
                         : text.substr(token.begin, token.end - token.begin));
  }
  return out;
}

using Words = std::vector<std::string>;

TEST(Token, WordsNumbersAndMarksStandAlone) {
  EXPECT_EQ(words_of("Mr. O'Brien, 70a Main St"),
            (Words{"Mr", ".", "O", "'", "Brien", ",", "70a", "Main", "St"}));
  EXPECT_EQ(words_of("Größe Šárka Ольга"), (Words{"Größe", "Šárka", "Ольга"}));
}

TEST(Token, ScriptsWithoutSpacesAreCutByCharacter) {
  EXPECT_EQ(words_of("東京都"), (Words{"東", "京", "都"}));
  EXPECT_EQ(words_of("서울은"), (Words{"서", "울", "은"}));
}

TEST(Token, RowsOfLineEndsAreOneToken) {
  EXPECT_EQ(words_of("\n\na\r\n\r\n b\n"), (Words{"a", "<line>", "b", "<line>"}));
}

TEST(Token, CaseDoesNotChangeAWord) {
  for (const auto& [upper, lower] : {std::pair("STRASSE", "strasse"),
                                     {"ÅNGSTRÖM", "ångström"},
                                     {"ŽIŽEK", "žižek"},
                                     {"ΑΘΗΝΑ", "αθηνα"},
                                     {"МОСКВА", "москва"},
                                     {"ЇЖАК", "їжак"},
                                     {"ԵՐԵՎԱՆ", "երեվան"},
                                     {"ỦY", "ủy"},
                                     {"ＡＢ", "ａｂ"}}) {
    EXPECT_NE(word_hash(upper), 0U);
    EXPECT_EQ(word_hash(upper), word_hash(lower)) << upper;
  }
  EXPECT_EQ(word_hash("71"), word_hash("83"));
  EXPECT_NE(word_hash("71"), word_hash("710"));
  EXPECT_EQ(word_hash("two words"), 0U);
}

TEST(Token, ShapesAreTold) {
  const std::vector<std::pair<std::string, Shape>> shapes = {
      {"word", Shape::kLower},     {"Word", Shape::kCapital}, {"W", Shape::kInitial},
      {"WORD", Shape::kUpper},     {"McWord", Shape::kMixed}, {"शब्द", Shape::kUncased},
      {"字", Shape::kIdeo},        {"7", Shape::kDigit1},     {"71000", Shape::kDigit5},
      {"7100012", Shape::kDigits}, {"SW1A", Shape::kAlnum},   {"@", Shape::kMark},
      {"\xFF", Shape::kMark}};
  for (const auto& [text, shape] : shapes) {
    std::vector<Token> tokens;
    tokenise(text, 0, tokens);
    ASSERT_EQ(tokens.size(), 1U) << text;
    EXPECT_EQ(tokens[0].shape, shape) << text;
  }
}

TEST(Token, PiecesCoverALongTextAndEndAtFullStops) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) {
    text += "one two three four five. ";
  }
  std::vector<Token> all;
  size_t pieces = 0;
  for (size_t from = 0; from < text.size();) {
    std::vector<Token> tokens;
    const size_t next = tokenise(text, from, tokens);
    ASSERT_GT(next, from);
    ASSERT_LE(tokens.size(), kMaxTokens);
    if (next < text.size()) {
      EXPECT_EQ(text[next - 1], '.');
    }
    all.insert(all.end(), tokens.begin(), tokens.end());
    from = next;
    ++pieces;
  }
  EXPECT_EQ(all.size(), 6'000U);
  EXPECT_LT(pieces, 6'000 * 2 / kMaxTokens + 2);
}

TEST(Token, AWordOrAGapWithoutEndIsCut) {
  for (const char c : {'a', ' ', '\xE3'}) {
    const std::string text(3'000'000, c);
    size_t pieces = 0;
    for (size_t from = 0; from < text.size(); ++pieces) {
      std::vector<Token> tokens;
      const size_t next = tokenise(text, from, tokens);
      ASSERT_GT(next, from);
      from = next;
    }
    EXPECT_LT(pieces, 12'000U);
  }
}

}  // namespace
}  // namespace sally::content::names
