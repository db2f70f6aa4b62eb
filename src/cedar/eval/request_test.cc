#include "cedar/eval/request.h"

#include <gtest/gtest.h>

#include "cedar/eval/scratch.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

constexpr std::string_view kHead =
    R"({"principal":{"type":"N::U","id":"a"},"action":{"__entity":{"type":"Action","id":"x"}},)"
    R"("resource":{"type":"R","id":"r\u0000"},"context":)";

// The context as Cedar text, or `error: ` and why.
std::string context_of(std::string_view context) {
  Scratch scratch;
  const std::string json = std::string(kHead) + std::string(context) + "}";
  const auto view = read_request(json, scratch);
  return view.ok() ? to_value(view->context).to_string() : "error: " + view.error().message();
}

std::string error_of(std::string_view json) {
  Scratch scratch;
  const auto view = read_request(json, scratch);
  return view.ok() ? "accepted" : view.error().message();
}

TEST(Request, NamesItsEntities) {
  Scratch scratch;
  const std::string json = std::string(kHead) + "{}}";
  const auto view = read_request(json, scratch);
  ASSERT_TRUE(view.ok()) << view.error().message();
  EXPECT_EQ(quoted(to_uid(view->principal)), R"(N::U::"a")");
  EXPECT_EQ(quoted(to_uid(view->action)), R"(Action::"x")");
  EXPECT_EQ(quoted(to_uid(view->resource)), R"(R::"r\0")");
  EXPECT_TRUE(same_entity(view->principal, EntityName::of("N::U", "a")));
}

TEST(Request, ReadsEveryKindOfValue) {
  EXPECT_EQ(context_of(R"({"s": "a\u0000\n", "n": -9223372036854775808, "b": true,
      "set": [3, 1, 3, "x", [2, 1], {}], "r": {"z": 1, "a": {"q": false}},
      "e": {"__entity": {"type": "A::B", "id": "i"}}, "k\u0000": 1})"),
            R"({"b": true, "e": A::B::"i", "k\0": 1, "n": -9223372036854775808, )"
            R"("r": {"a": {"q": false}, "z": 1}, "s": "a\0\n", )"
            R"("set": [1, 3, "x", [1, 2], {}]})");
  EXPECT_EQ(context_of(R"({"i": {"__extn": {"fn": "ip", "arg": "10.0.0.0/8"}},
      "d": {"__extn": {"fn": "decimal", "args": ["1.5"]}},
      "t": {"__extn": {"fn": "datetime", "arg": "1970-01-01"}},
      "l": {"__extn": {"fn": "duration", "arg": "1h"}}})"),
            R"({"d": decimal("1.5"), "i": ip("10.0.0.0/8"), )"
            R"("l": duration("3600000ms"), "t": datetime("1970-01-01T00:00:00.000Z")})");
}

TEST(Request, KeepsTheOrderOfArguments) {
  const auto datetime = [](std::string_view text) {
    return R"({"__extn": {"fn": "datetime", "arg": ")" + std::string(text) + "\"}}";
  };
  EXPECT_EQ(context_of(R"({"x": {"__extn": {"fn": "durationSince", "args": [)" +
                       datetime("1970-01-02") + "," + datetime("1970-01-01") + "]}}}"),
            R"({"x": duration("86400000ms")})");
  EXPECT_EQ(context_of(R"({"x": {"__extn": {"args": [)" + datetime("1970-01-01") + "," +
                       datetime("1970-01-02") + R"(], "fn": "durationSince"}}})"),
            R"({"x": duration("-86400000ms")})");
  EXPECT_EQ(context_of(R"({"x": {"__extn": {"fn": "durationSince", "args": [)" +
                       datetime("1970-01-01") + "," + datetime("1970-01-01") + "]}}}"),
            R"({"x": duration("0ms")})");
  // A record that only looks like one is a record, and its list a set.
  EXPECT_EQ(context_of(R"({"x": {"fn": "f", "args": [2, 1, 2]}})"),
            R"({"x": {"args": [1, 2], "fn": "f"}})");
}

TEST(Request, RefusesWhatIsNoValue) {
  EXPECT_EQ(context_of(R"({"a": null})").substr(0, 40), "error: request: null is no value of Ceda");
  EXPECT_EQ(context_of(R"({"a": 1.0})").substr(0, 60),
            "error: request: expected an integer of 64 bits, found `1.0` ");
  for (
      const auto* json :
      {R"({"a": 1e3})",
       R"({"a": 9223372036854775808})",
       R"({"a": {"__entity": 1}})",
       R"({"a": {"__entity": {"type": "A", "id": 1}}})",
       R"({"a": {"__entity": {"type": "A", "id": "x", "y": 1}}})",
       R"({"a": {"__entity": {"type": "A b", "id": "x"}}})",
       R"({"a": {"__entity": {"type": "A", "id": "x"}, "b": 1}})",
       R"({"a": {"__extn": {"fn": "ip", "arg": "::1"}, "b": 1}})",
       R"({"a": {"__extn": "::1"}})",
       R"({"a": {"__extn": {"fn": "ip"}}})",
       R"({"a": {"__extn": {"fn": "ip", "arg": 1}}})",
       R"({"a": {"__extn": {"fn": "ip", "args": "::1"}}})",
       R"({"a": {"__extn": {"fn": "ip", "args": []}}})",
       R"({"a": {"__extn": {"fn": "ip", "arg": "1.2.3"}}})",
       R"({"a": {"__extn": {"fn": "toDays", "arg": {"__extn": {"fn": "duration", "arg": "1d"}}}}})",
       R"({"a": {"__extn": {"fn": "nope", "arg": "1"}}})",
       R"({"a": {"__expr": "1"}})",
       R"({"a": 1, "a": 2})",
       "[]",
       "1",
       R"("x")",
       R"({"__entity": {"type": "A", "id": "x"}})"}) {
    EXPECT_TRUE(context_of(json).starts_with("error: ")) << json;
  }
}

TEST(Request, HasExactlyFourMembers) {
  EXPECT_EQ(error_of("{}"), "request: `principal` is missing");
  EXPECT_EQ(error_of("[]"), "request: expected an object");
  EXPECT_EQ(error_of("1"), "request: expected an object");
  EXPECT_EQ(error_of(R"({"principal": {"type": "U", "id": "a"}})"), "request: `action` is missing");
  EXPECT_EQ(error_of(std::string(kHead) + R"({}, "extra": 1})"), "request: unknown member `extra`");
  EXPECT_EQ(error_of(R"({"principal": "U::\"a\""})"),
            "principal: request: expected an entity `{\"type\": .., \"id\": ..}` at byte 0");
  EXPECT_EQ(error_of(R"({"principal": [{"type": "U", "id": "a"}]})").substr(0, 10), "principal:");
}

TEST(Request, RefusesEveryPrefix) {
  const std::string json =
      std::string(kHead) +
      R"({"s": "a", "e": {"__entity": {"type": "A::B", "id": "i"}}, "i": {"__extn": {"fn": "ip", "arg": "::1"}}}})";
  ASSERT_EQ(error_of(json), "accepted");
  for (size_t cut = 0; cut < json.size(); ++cut) {
    EXPECT_NE(error_of(std::string_view(json).substr(0, cut)), "accepted") << cut;
  }
}

TEST(Request, MustFitIntoTheScratch) {
  Scratch small({.request = 1024, .evaluation = 1024});
  std::string context = "{\"a\": [0";
  for (int i = 1; i < 100; ++i) {
    context += "," + std::to_string(i);
  }
  const std::string json = std::string(kHead) + context + "]}}";
  const auto refused = read_request(json, small);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind(), ErrorKind::kTooLarge);
  // What was refused leaves no trace.
  const std::string fits = std::string(kHead) + "{}}";
  EXPECT_TRUE(read_request(fits, small).ok());
  const Request large{{"U", "a"}, {"A", "b"}, {"R", std::string(2000, 'x')}};
  EXPECT_FALSE(view_of(large, small).ok());
}

TEST(Request, OfValuesIsTheSameAsOfJson) {
  const std::string json = std::string(kHead) + R"({"n": 1, "set": [2, 1]}})";
  Scratch a;
  Scratch b;
  const auto read = read_request(json, a);
  const auto made =
      view_of({{"N::U", "a"},
               {"Action", "x"},
               {"R", std::string("r\0", 2)},
               Value::record({{"set", Value::set({Value::number(1), Value::number(2)})},
                              {"n", Value::number(1)}})},
              b);
  ASSERT_TRUE(read.ok());
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(same_entity(read->resource, made->resource));
  EXPECT_TRUE(same_value(read->context, made->context));
  EXPECT_FALSE(view_of({{"U", "a"}, {"A", "b"}, {"R", "c"}, Value::number(1)}, b).ok());
}

}  // namespace
}  // namespace sally::cedar
