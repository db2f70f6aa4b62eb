#include "cedar/cases/case_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cedar/entities/json_reader.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kFile = R"(# Working hours.
given
  principal  Key::"k1" in Team::"research", Team::"all" {"level": 3}
  entity     Model::"large" {"sizes": [1,
                                       2]} tags {"cost": "c7"}
  context    {"hour": 10, "who": {"a": {"b": 1}, "c": "}"}}

case in the morning
  action     Action::"call"     # what the gate asks
  resource   Model::"large"
  expect     allow by "b", "a"

case at night
  like       in the morning
  context.hour 22
  context.who.a["full name"] "x # y"
  without context.who.c
  principal  A::B::"c\"d" {"level": 4}
  expect     deny by none failing "z"
)";

TEST(CaseFile, GivesRequestsWithWhatIsGivenAndWhatTheyAreLike) {
  const auto file = parse_cases(kFile);
  ASSERT_TRUE(file.ok()) << file.problems().front().message;
  ASSERT_EQ(file->cases.size(), 2U);
  EXPECT_EQ(file->cases[0].name, "in the morning");
  EXPECT_EQ(file->cases[0].expected.decision, Decision::kAllow);
  EXPECT_THAT(*file->cases[0].expected.by, ElementsAre("a", "b"));
  EXPECT_FALSE(file->cases[0].expected.failing.has_value());
  const auto morning = request_of(*file, 0);
  ASSERT_TRUE(morning.ok());
  EXPECT_EQ(quoted(morning->principal), "Key::\"k1\"");
  EXPECT_EQ(morning->context, R"({"hour": 10, "who": {"a": {"b": 1}, "c": "}"}})");
  EXPECT_FALSE(morning->has_own_entities);
  ASSERT_EQ(morning->entities.size(), 2U);
  EXPECT_EQ(morning->entities[1].tags, R"({"cost": "c7"})");

  const auto night = request_of(*file, 1);
  ASSERT_TRUE(night.ok());
  EXPECT_EQ(quoted(night->principal), "A::B::\"c\\\"d\"");
  EXPECT_EQ(quoted(night->action), "Action::\"call\"");
  EXPECT_EQ(night->context, R"({"hour":22,"who":{"a":{"b":1,"full name":"x # y"}}})");
  EXPECT_TRUE(night->has_own_entities);
  EXPECT_TRUE(file->cases[1].expected.by->empty());
  EXPECT_THAT(*file->cases[1].expected.failing, ElementsAre("z"));
  const auto entities = read_entities(to_json(night->entities));
  ASSERT_TRUE(entities.ok()) << entities.error().message();
  EXPECT_EQ(entities->all().size(), 3U);
  EXPECT_TRUE(entities->is_in({"Key", "k1"}, {"Team", "all"}));
}

std::string problem_of(std::string_view text) {
  const auto file = parse_cases(text);
  if (file.ok()) {
    return "fine";
  }
  const Problem& first = file.problems().front();
  const Position at = position_at(text, first.span.begin);
  return fmt::format("{}:{}: {}{}{}", at.line, at.column, first.message,
                     first.help.empty() ? "" : "; ", first.help);
}

// With what every case needs.
std::string problem_in(std::string_view line) {
  return problem_of(fmt::format(
      "given\n principal U::\"a\"\n action A::\"b\"\n resource R::\"c\"\ncase one\n expect deny\n"
      "case two\n expect allow\n {}\n",
      line));
}

TEST(CaseFile, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(problem_in("like one"), "fine");
  EXPECT_EQ(problem_in("contxt.hour 3"), "9:2: no word `contxt`; did you mean `context`?");
  EXPECT_THAT(problem_in("xyzzy"), HasSubstr("9:2: no word `xyzzy`; one of given, case"));
  EXPECT_THAT(problem_in("{}"), HasSubstr("9:2: expected a word such as `case`"));
  EXPECT_EQ(problem_in("like ona"),
            "9:7: there is no case `ona` before this one; did you mean `one`?");
  EXPECT_EQ(problem_in("like two"), "9:7: there is no case `two` before this one");
  EXPECT_EQ(problem_in("like one\n like one"), "10:2: `like` stands here twice");
  EXPECT_EQ(problem_in("expect deny"), "9:2: `expect` stands here twice");
  EXPECT_EQ(problem_in("given"), "9:2: `given` stands once, before all cases");
  EXPECT_EQ(problem_in("case one\n expect deny"), "9:2: there is a case `one` already");
  EXPECT_EQ(problem_in("case three"),
            "9:2: case `three` expects nothing; add `expect allow` or `expect deny`");
  EXPECT_EQ(problem_in("case"), "9:2: the case has no name; such as `case at night`");
  EXPECT_EQ(problem_in("case x\n expect maybe"), "10:9: expected `allow` or `deny`");
  EXPECT_EQ(problem_in("case x\n expect deny by"), "10:16: expected a text in quotes");
  EXPECT_EQ(problem_in("case x\n expect deny by \"a\" bye"),
            "10:21: this belongs to nothing before it");
  EXPECT_EQ(problem_in("principal bob"), "9:12: expected an entity; write it as `User::\"alice\"`");
  EXPECT_EQ(problem_in("principal U::\"a"), "9:15: the text has no closing quote");
  EXPECT_EQ(problem_in("principal U::\"\\q\""), "9:15: an escape in the text is none");
  EXPECT_EQ(problem_in("principal U::\"a\" U::\"b\""), "9:19: this belongs to nothing before it");
  EXPECT_EQ(problem_in("context 3"), "9:10: expected an object `{...}`");
  EXPECT_THAT(problem_in("context {\"a\": 1, \"a\": 2}"), HasSubstr("9:10: "));
  EXPECT_THAT(problem_in("context.a 01"), HasSubstr("9:12: "));
  EXPECT_EQ(problem_in("context.a"), "9:11: expected a value in JSON");
  EXPECT_EQ(
      problem_in("context. 1"),
      "9:9: expected a name behind the point; other names are written `context[\"full name\"]`");
  EXPECT_EQ(problem_in("context[\"a\" 1"), "9:14: expected `]`");
  EXPECT_EQ(problem_in("without hour"),
            "9:10: expected a member of the context; such as `without context.hour`");
  EXPECT_EQ(problem_in("without context"),
            "9:17: expected `.` and a name; such as `without context.hour`");
  EXPECT_EQ(problem_of(""), "1:1: there is no case; such as `case at night`");
  EXPECT_EQ(problem_of("principal U::\"a\""),
            "1:1: `principal` stands before any case; below `given`, or below `case` and a name");
  EXPECT_EQ(problem_of("given\nexpect deny"), "2:1: `expect` is for a case");
  EXPECT_EQ(problem_of("case a\nexpect deny\nprincipal U::\"a\"\naction A::\"b\""),
            "1:1: case `a` has no resource");
}

TEST(CaseFile, RefusesAMemberOfWhatIsNoObject) {
  const auto error = [](std::string_view edits) {
    const std::string text = fmt::format(
        "case one\n expect deny\n principal U::\"a\"\n action A::\"b\"\n resource R::\"c\"\n{}\n",
        edits);
    const auto file = parse_cases(text);
    EXPECT_TRUE(file.ok());
    const auto request = request_of(*file, 0);
    return request.ok() ? request->context : request.error().message();
  };
  EXPECT_EQ(error("context.a 1\ncontext.a.b 2"), "`context.a` is no object");
  EXPECT_EQ(error("without context.a.b"), "there is no `context.a` to take away");
  EXPECT_EQ(error("context.a.b 1\nwithout context.a.b"), R"({"a":{}})");
  EXPECT_EQ(error("context.a.b [1]\ncontext {\"x\": 2}\ncontext.y {\"z\": 3}"),
            R"({"x":2,"y":{"z": 3}})");
}

TEST(CaseFile, TruncatedAnywhereItIsReadOrRefusedInPlace) {
  for (size_t cut = 0; cut < kFile.size(); ++cut) {
    const auto file = parse_cases(kFile.substr(0, cut));
    if (!file.ok()) {
      EXPECT_LE(file.problems().front().span.end, cut) << cut;
    } else {
      // Whole up to the expectation of the first case, or of both.
      EXPECT_GE(cut, kFile.find("expect     allow") + 12) << cut;
    }
  }
}

TEST(CaseFile, IsBounded) {
  std::string many;
  for (int i = 0; i < 30; ++i) {
    many += "nonsense\n";
  }
  EXPECT_EQ(parse_cases(many).problems().size(), 20U);
  EXPECT_THAT(parse_cases("case a", {.bytes = 3}).problems().front().message,
              HasSubstr("more than 3 bytes"));
  EXPECT_THAT(problem_in("context.a " + std::string(41, '[') + std::string(41, ']')),
              HasSubstr("9:12: "));
  std::string path = "context";
  for (int i = 0; i < 17; ++i) {
    path += ".a";
  }
  EXPECT_THAT(problem_in(path + " 1"), HasSubstr("more than 16 names"));
  std::string chain =
      "given\n principal U::\"a\"\n action A::\"b\"\n resource R::\"c\"\ncase 0\n expect deny\n";
  for (int i = 1; i < 3000; ++i) {
    chain += fmt::format("case {}\n like {}\n context.n{} 1\n expect deny\n", i, i - 1, i);
  }
  const auto file = parse_cases(chain);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(request_of(*file, 2999).ok());
}

}  // namespace
}  // namespace sally::cedar
