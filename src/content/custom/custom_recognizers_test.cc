#include "content/custom/custom_recognizers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <string>
#include <thread>

#include "content/custom/custom_properties.h"

namespace sally::content {
namespace {

using testing::HasSubstr;

CustomRecognizer ticket() {
  return {.type = "TICKET", .patterns = {{R"(\bTKT-\d{4,8}\b)", 0.8F}}};
}

CustomRecognizers made(std::vector<CustomRecognizer> recognizers) {
  auto result = CustomRecognizers::create(std::move(recognizers));
  EXPECT_TRUE(result.ok()) << result.error().to_string();
  return std::move(*result);
}

// `TICKET 0.80 TKT-1234; ...`, `-` where there is nothing.
std::string found(const CustomRecognizers& recognizers, std::string_view text) {
  std::vector<CustomEntity> entities;
  check_properties(recognizers, text, entities);
  std::string out;
  for (const CustomEntity& entity : entities) {
    out += fmt::format("{}{} {:.2f} {}", out.empty() ? "" : "; ", entity.type, entity.score,
                       text.substr(entity.begin, entity.end - entity.begin));
  }
  return out.empty() ? "-" : out;
}

TEST(CustomRecognizers, FindTheLongestMatchOfAPattern) {
  const auto tickets = made({ticket()});
  EXPECT_EQ(found(tickets, "see TKT-12345678, TKT-1234."),
            "TICKET 0.80 TKT-12345678; TICKET 0.80 TKT-1234");
  EXPECT_EQ(found(tickets, "TKT-123 XTKT-1234 TKT-123456789"), "-");
  EXPECT_EQ(found(tickets, ""), "-");
}

TEST(CustomRecognizers, OfNoneFindNothing) {
  EXPECT_EQ(found(made({}), "TKT-12345678"), "-");
}

TEST(CustomRecognizers, AWordOfContextNearMakesAMatchSurer) {
  CustomRecognizer badge{.type = "BADGE", .patterns = {{R"(\b\d{6}\b)", 0.3F}}};
  badge.context = {"badge", "Ausweis Nr", "工号"};
  const auto badges = made({badge});
  EXPECT_EQ(found(badges, "123456"), "-");
  EXPECT_EQ(found(badges, "my Badge is 123456"), "BADGE 0.65 123456");
  EXPECT_EQ(found(badges, "123456 is my badge"), "BADGE 0.65 123456");
  EXPECT_EQ(found(badges, "AUSWEIS NR 123456"), "BADGE 0.65 123456");
  EXPECT_EQ(found(badges, "我的工号是 123456"), "BADGE 0.65 123456");
  EXPECT_EQ(found(badges, "badger 123456"), "-") << "part of another word";
  EXPECT_EQ(found(badges, "badge" + std::string(101, ' ') + "123456"), "-") << "too far";
  EXPECT_EQ(found(badges, "123456" + std::string(60, ' ') + "badge"), "-") << "too far behind";
}

TEST(CustomRecognizers, WhatAValidatorRefusesIsNoMatch) {
  CustomRecognizer card{.type = "LOYALTY_CARD", .patterns = {{R"(\b\d{4}[ -]?\d{3,7}\b)", 0.6F}}};
  card.validator = "luhn";
  const auto cards = made({card});
  EXPECT_EQ(found(cards, "7992-7398713"), "LOYALTY_CARD 0.60 7992-7398713");
  EXPECT_EQ(found(cards, "7992-7398714"), "-");

  card.validator = "UK_NHS";
  card.patterns = {{R"(\d[\d ]{8,11}\d)", 0.6F}};
  EXPECT_EQ(found(made({card}), "943 476 5919"), "LOYALTY_CARD 0.60 943 476 5919");
  EXPECT_EQ(found(made({card}), "943 476 5918"), "-");
}

TEST(CustomRecognizers, EveryValidatorKnowsRightFromWrong) {
  struct Case {
    const char* validator;
    const char* right;
    const char* wrong;
  };
  for (const Case& tried :
       {Case{"luhn", "79927398713", "79927398710"}, Case{"verhoeff", "2363", "2364"},
        Case{"mod97", "3214282912345698765432161182", "3214282912345698765432161183"},
        Case{"mod11_10", "07945", "07946"},
        Case{"iban", "gb82 west 1234 5698 7654 32", "gb83 west 1234 5698 7654 32"},
        Case{"VIN", "1HGCM82633A004352", "1HGCM8263OA004352"}}) {
    CustomRecognizer all{.type = "ANY", .patterns = {{R"(^[\w ]+$)", 0.5F}}};
    all.validator = tried.validator;
    const auto any = made({all});
    EXPECT_NE(found(any, tried.right), "-") << tried.validator;
    EXPECT_EQ(found(any, tried.wrong), "-") << tried.validator;
  }
}

TEST(CustomRecognizers, WordsOfADenyListAreFoundInAnyCaseButNotInWords) {
  CustomRecognizer project{.type = "PROJECT"};
  project.deny_list = {"Blue Heron", "C++ (internal)", "Zürich", "機密"};
  const auto projects = made({project});
  EXPECT_EQ(found(projects, "the BLUE heron launch"), "PROJECT 1.00 BLUE heron");
  EXPECT_EQ(found(projects, "Blue Herons"), "-");
  EXPECT_EQ(found(projects, "use C++ (internal)."), "PROJECT 1.00 C++ (internal)");
  EXPECT_EQ(found(projects, "zürich"), "PROJECT 1.00 zürich");
  EXPECT_EQ(found(projects, "これは機密です"), "PROJECT 1.00 機密");
}

TEST(CustomRecognizers, OfOneTypeTheSurerSpanStaysAndTypesMayOverlap) {
  const auto both = made({{.type = "A1", .patterns = {{"abc", 0.6F}, {"bcde", 0.9F}}},
                          {.type = "B1", .patterns = {{"cd", 0.7F}}},
                          {.type = "A1", .patterns = {{"defg", 0.7F}}}});
  EXPECT_EQ(found(both, "abcdefg"), "A1 0.90 bcde; B1 0.70 cd");
  EXPECT_EQ(found(both, "abc defg"), "A1 0.60 abc; A1 0.70 defg");
}

TEST(CustomRecognizers, ReadCharactersAndSurviveWhatIsNone) {
  const auto dots = made({{.type = "DOTS", .patterns = {{"a.b", 0.5F}}}});
  EXPECT_EQ(found(dots, "aüb a世b"), "DOTS 0.50 aüb; DOTS 0.50 a世b");
  EXPECT_EQ(found(dots,
                  "\xFF\xC3 a\xFF"
                  "b \xE4\xB8"),
            "DOTS 0.50 a\xFF"
            "b");
}

TEST(CustomRecognizers, MatchAtLineEnds) {
  const auto lines = made({{.type = "LINE", .patterns = {{"^id: [0-9]+$", 0.5F}}}});
  EXPECT_EQ(found(lines, "x\nid: 17\ny id: 18"), "LINE 0.50 id: 17");
}

TEST(CustomRecognizers, FindTheSameOnManyThreads) {
  const auto tickets = made({ticket()});
  std::vector<std::vector<CustomEntity>> found(4);
  std::vector<std::thread> threads;
  for (auto& mine : found) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        mine.clear();
        tickets.find("TKT-1234 and TKT-5678", mine);
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  for (const auto& mine : found) {
    EXPECT_EQ(mine.size(), 2U);
    EXPECT_EQ(mine, found[0]);
  }
}

TEST(CustomRecognizers, LookThroughAMillionOctetsOfMatches) {
  const auto any = made({{.type = "RUN", .patterns = {{"a+", 0.5F}}, .context = {"b"}},
                         {.type = "PAIR", .patterns = {{"a[ab]", 0.5F}, {"[ab]{2,9}", 0.6F}}}});
  for (const char* piece : {"a", "ab", "b ", "aab "}) {
    std::string text;
    while (text.size() < 1'000'000) {
      text += piece;
    }
    std::vector<CustomEntity> out;
    any.find(text, out);
    EXPECT_FALSE(std::string_view(piece).find('a') != std::string_view::npos && out.empty());
  }
}

// What is refused says where, what, and what helps.
struct Refusal {
  const char* place;
  const char* message;
  const char* hint;
  void (*spoil)(CustomRecognizer&);
};
TEST(CustomRecognizers, RefuseWithThePlaceTheValueAndAHint) {
  for (const Refusal& refusal : {
           Refusal{"recognizers[1] (ticket): type", "`ticket` is no name of a type", "EMPLOYEE_ID",
                   [](CustomRecognizer& it) { it.type = "ticket"; }},
           Refusal{"recognizers[1] (T): type", "`T`", "2 to 64",
                   [](CustomRecognizer& it) { it.type = "T"; }},
           Refusal{"recognizers[1] (1A): type", "`1A`", "a letter first",
                   [](CustomRecognizer& it) { it.type = "1A"; }},
           Refusal{"(TICKET): patterns", "nothing to look for", "deny_list",
                   [](CustomRecognizer& it) { it.patterns.clear(); }},
           Refusal{"(TICKET): patterns[0].regex", "`TKT-(`", "lookaround",
                   [](CustomRecognizer& it) { it.patterns[0].regex = "TKT-("; }},
           Refusal{"(TICKET): patterns[1].regex", "`(a)\\1`", "back references",
                   [](CustomRecognizer& it) { it.patterns.push_back({"(a)\\1"}); }},
           Refusal{"(TICKET): patterns[0].regex", "`\\d*`: it matches the empty text",
                   "not understood", [](CustomRecognizer& it) { it.patterns[0].regex = "\\d*"; }},
           Refusal{"(TICKET): patterns[0].regex", "too long", "1000",
                   [](CustomRecognizer& it) { it.patterns[0].regex = std::string(1001, 'a'); }},
           Refusal{"(TICKET): patterns[0].score", "`1.5` is no score", "at most 1",
                   [](CustomRecognizer& it) { it.patterns[0].score = 1.5F; }},
           Refusal{"(TICKET): patterns[0].score", "`0.3`", "context",
                   [](CustomRecognizer& it) { it.patterns[0].score = 0.3F; }},
           Refusal{"(TICKET): validator", "`crc32` is no validator", "luhn",
                   [](CustomRecognizer& it) { it.validator = "crc32"; }},
           Refusal{"(TICKET): validator", "`PERSON` is no validator", "UK_NHS",
                   [](CustomRecognizer& it) { it.validator = "PERSON"; }},
           Refusal{"(TICKET): deny_list[0]", "``", "not empty",
                   [](CustomRecognizer& it) { it.deny_list = {""}; }},
           Refusal{"(TICKET): context[1]", "", "UTF-8",
                   [](CustomRecognizer& it) { it.context = {"a", "\xFF"}; }},
           Refusal{"(TICKET): examples.matches[1]", "nothing is found in `TKT-12`", "correct",
                   [](CustomRecognizer& it) { it.matches = {"TKT-1234", "TKT-12"}; }},
           Refusal{"(TICKET): examples.non_matches[0]", "something is found in `TKT-1234`",
                   "narrower", [](CustomRecognizer& it) { it.non_matches = {"TKT-1234"}; }},
       }) {
    CustomRecognizer bad = ticket();
    refusal.spoil(bad);
    const auto made = CustomRecognizers::create({ticket(), bad});
    ASSERT_FALSE(made.ok()) << refusal.place;
    EXPECT_EQ(made.error().kind(), ErrorKind::kUsage);
    EXPECT_THAT(made.error().message(), HasSubstr(refusal.place));
    EXPECT_THAT(made.error().message(), HasSubstr(refusal.message));
    EXPECT_THAT(made.error().hint(), HasSubstr(refusal.hint));
  }
}

TEST(CustomRecognizers, RefuseMoreThanAThousand) {
  const auto many = CustomRecognizers::create(std::vector<CustomRecognizer>(1001, ticket()));
  ASSERT_FALSE(many.ok());
  EXPECT_THAT(many.error().message(), HasSubstr("1001"));
}

TEST(CustomRecognizers, FindEachOfHundreds) {
  std::vector<CustomRecognizer> hundreds;
  for (int i = 0; i < 300; ++i) {
    hundreds.push_back({.type = fmt::format("TYPE_{}", i),
                        .patterns = {{fmt::format(R"(\bid{}-\d{{4}}\b)", i), 0.8F}},
                        .matches = {fmt::format("id{}-1234", i)}});
  }
  EXPECT_EQ(found(made(std::move(hundreds)), "id17-1234 id299-0000"),
            "TYPE_17 0.80 id17-1234; TYPE_299 0.80 id299-0000");
}

}  // namespace
}  // namespace sally::content
