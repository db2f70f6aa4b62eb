#include "formats/json/reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/random.h"

namespace sally::formats {
namespace {

// Writes every event as text, so that an expectation is one readable line.
struct Trace {
  std::string out;
  void begin_object(size_t at) { out += fmt::format("{{@{} ", at); }
  void end_object(size_t at) { out += fmt::format("}}@{} ", at); }
  void begin_array(size_t at) { out += fmt::format("[@{} ", at); }
  void end_array(size_t at) { out += fmt::format("]@{} ", at); }
  void key(const JsonText& t) { out += fmt::format("{}:@{}+{} ", t.text, t.offset, t.length); }
  void string(const JsonText& t) { out += fmt::format("<{}>@{}+{} ", t.text, t.offset, t.length); }
  void number(const JsonNumber& n) { out += fmt::format("{}@{} ", n.raw, n.offset); }
  void boolean(bool b, size_t at) { out += fmt::format("{}@{} ", b, at); }
  void null(size_t at) { out += fmt::format("null@{} ", at); }
};

// Walks a copy that ends exactly where an over-read would be seen by the sanitizer.
Result<std::string> walk(std::string_view body, const JsonLimits& limits = {}) {
  const auto exact = std::make_unique<char[]>(body.size());
  body.copy(exact.get(), body.size());
  JsonReader reader;
  Trace trace;
  TRY_OK(reader.walk({exact.get(), body.size()}, limits, trace));
  return std::move(trace.out);
}

std::string error_of(std::string_view body, const JsonLimits& limits = {}) {
  const auto result = walk(body, limits);
  return result.ok() ? "accepted" : result.error().message();
}

TEST(JsonReader, GivesEveryEventWithItsOffset) {
  const auto trace = walk(R"( {"a": [1, -2.5e3 ,true], "b\n":{ },"c":"x\u00e9" ,"d":null} )");
  ASSERT_TRUE(trace.ok()) << trace.error().message();
  EXPECT_EQ(*trace,
            "{@1 a:@2+3 [@7 1@8 -2.5e3@11 true@19 ]@23 b\n:@26+5 {@32 }@34 c:@36+3 "
            "<x\xC3\xA9>@40+9 d:@51+3 null@55 }@59 ");
}

TEST(JsonReader, AcceptsScalarsAsDocuments) {
  EXPECT_EQ(*walk("\"\""), "<>@0+2 ");
  EXPECT_EQ(*walk(" 0 "), "0@1 ");
  EXPECT_EQ(*walk("false\n"), "false@0 ");
}

TEST(JsonReader, DecodesEveryEscape) {
  EXPECT_EQ(*walk(R"("\"\\\/\b\f\n\r\t\u0041\ud83d\udeaa!")"),
            "<\"\\/\b\f\n\r\tA\xF0\x9F\x9A\xAA!>@0+37 ");
}

struct Refused {
  std::string_view body;
  std::string_view message;
};
constexpr Refused kRefused[] = {
    {"", "json: the document is empty at byte 0"},
    {"  \n", "json: the document is empty at byte 0"},
    {"\xEF\xBB\xBF{}", "json: begins with a byte order mark at byte 0"},
    {"{} {}", "json: something follows the document at byte 3"},
    {"1 2", "json: something follows the document at byte 2"},
    {"{}x", "json: something follows the document at byte 2"},
    {R"({"a":1,"a":2})", "json: the member `a` appears twice at byte 7"},
    {R"({"model":1,"mod\u0065l":2})", "json: the member `model` appears twice at byte 11"},
    {R"({"b":{"a":1,"c":2,"a":3}})", "json: the member `a` appears twice at byte 18"},
    {R"({"":1,"":2})", "json: the member `` appears twice at byte 6"},
    {R"({"a\u0000b":1})", "json: the name of a member holds `\\u0000` at byte 1"},
    {"[1,]", "json: expected a value at byte 3"},
    {"[,1]", "json: expected a value at byte 1"},
    {R"({"a":1,})", "json: expected the name of a member in double quotes at byte 7"},
    {R"({a:1})", "json: expected the name of a member in double quotes at byte 1"},
    {R"({"a" 1})", "json: expected `:` after the name of a member at byte 5"},
    {R"({"a")", "json: expected `:` after the name of a member at byte 4"},
    {R"({"a":})", "json: expected a value at byte 5"},
    {R"({"a":1 "b":2})", "json: expected `,` or `}` at byte 7"},
    {R"({"a":1])", "json: expected `,` or `}` at byte 6"},
    {"[1}", "json: expected `,` or `]` at byte 2"},
    {"[1 2]", "json: expected `,` or `]` at byte 3"},
    {"[1", "json: the document ends early at byte 2"},
    {"{", "json: the document ends early at byte 1"},
    {"[", "json: the document ends early at byte 1"},
    {"]", "json: expected a value at byte 0"},
    {"// c\n1", "json: expected a value at byte 0"},
    {"'a'", "json: expected a value at byte 0"},
    {"nul", "json: expected a value at byte 0"},
    {"nulll", "json: expected a value at byte 0"},
    {"TRUE", "json: expected a value at byte 0"},
    {"NaN", "json: expected a value at byte 0"},
    {"Infinity", "json: expected a value at byte 0"},
    {"-Infinity", "json: malformed number at byte 0"},
    {"01", "json: malformed number at byte 0"},
    {"-", "json: malformed number at byte 0"},
    {"+1", "json: expected a value at byte 0"},
    {".5", "json: expected a value at byte 0"},
    {"1.", "json: malformed number at byte 0"},
    {"1e", "json: malformed number at byte 0"},
    {"1e+", "json: malformed number at byte 0"},
    {"0x10", "json: malformed number at byte 0"},
    {"1\"a\"", "json: malformed number at byte 0"},
    {"[1\\\"]", "json: malformed number at byte 1"},
    {"1e309", "json: number beyond the range of a double at byte 0"},
    {"-2e308", "json: number beyond the range of a double at byte 0"},
    {"\"abc", "json: a string is never closed at byte 0"},
    {"[\"a\", \"abc]", "json: a string is never closed at byte 6"},
    {"\"a\\\"", "json: a string is never closed at byte 0"},
    {"\"a\"b\"c\"", "json: something follows the document at byte 3"},
    {"\"a\"\"c\"", "json: something follows the document at byte 3"},
    {"\"a\nb\"", "json: unescaped control character in a string at byte 2"},
    {std::string_view("\"a\0b\"", 5), "json: unescaped control character in a string at byte 2"},
    {std::string_view("\0", 1), "json: expected a value at byte 0"},
    {std::string_view("1\0", 2), "json: malformed number at byte 0"},
    {"\x0C[]", "json: expected a value at byte 0"},
    {R"("\x")", "json: unknown escape in the string at byte 1"},
    {R"("\u12G4")", "json: malformed \\u escape in the string at byte 1"},
    {R"("\u12")", "json: malformed \\u escape in the string at byte 1"},
    {R"("\ud800")", "json: lone surrogate in the string at byte 1"},
    {R"("\udc00")", "json: lone surrogate in the string at byte 1"},
    {R"("\ud800\ud800")", "json: lone surrogate in the string at byte 1"},
    {R"("\ud800\u0041")", "json: lone surrogate in the string at byte 1"},
    {"\"\xFF\"", "json: invalid UTF-8 at byte 1"},
    {"\"abc\xC0\x80\"", "json: invalid UTF-8 at byte 4"},
    {"\"\xC3\xA9\xED\xA0\x80\"", "json: invalid UTF-8 at byte 3"},
    {"\"\xF4\x90\x80\x80\"", "json: invalid UTF-8 at byte 1"},
    {"\"\xE2\x82", "json: invalid UTF-8 at byte 1"},
};

TEST(JsonReader, RefusesWithTheOffsetAndTheReason) {
  for (const auto& [body, message] : kRefused) {
    EXPECT_EQ(error_of(body), message) << body;
  }
}

TEST(JsonReader, AcceptsNumbersAtTheEdge) {
  for (const std::string_view number :
       {"0", "-0", "1.7976931348623157e308", "5e-324", "1e-999999", "0e999", "18446744073709551616",
        "123456789012345678901234567890", "1E+2", "0.0"}) {
    EXPECT_TRUE(walk(number).ok()) << number;
  }
  EXPECT_TRUE(walk(std::string(300, '9')).ok());
  EXPECT_FALSE(walk(std::string(400, '9')).ok());
  EXPECT_TRUE(walk(std::string(400, '9') + "e-200").ok());
  EXPECT_FALSE(walk(std::string(4000, '9') + "e-200").ok());
}

TEST(JsonReader, ReadsExactIntegers) {
  EXPECT_EQ(json_int64("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(json_int64("9223372036854775808"), std::nullopt);
  EXPECT_EQ(json_int64("1.0"), std::nullopt);
  EXPECT_EQ(json_uint64("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(json_uint64("-1"), std::nullopt);
  EXPECT_EQ(json_double("-2.5e3"), -2500.0);
}

TEST(JsonReader, BoundsDepthMembersAndSize) {
  const JsonLimits limits{.bytes = 100, .depth = 3, .members = 4};
  EXPECT_EQ(error_of("[[[1]]]", limits), "accepted");
  EXPECT_EQ(error_of("[[[[1]]]]", limits), "json: nested too deeply at byte 3");
  EXPECT_EQ(error_of(R"({"a":{"b":1,"c":2},"d":3})", limits), "accepted");
  EXPECT_EQ(error_of(R"({"a":{"b":1,"c":2},"d":3,"e":4})", limits),
            "json: too many members at byte 25");
  const auto big = walk(std::string(101, ' ') + "1", limits);
  ASSERT_FALSE(big.ok());
  EXPECT_EQ(big.error().kind(), ErrorKind::kTooLarge);
  EXPECT_EQ(error_of(std::string(100'000, '[')), "json: nested too deeply at byte 64");
}

TEST(JsonReader, TakesNulInNamesOnlyWhereAllowed) {
  const JsonLimits limits{.nul_in_names = true};
  EXPECT_EQ(error_of(R"({"a\u0000b":1,"a\u0000c":2})", limits), "accepted");
  EXPECT_EQ(error_of(R"({"a\u0000b":1,"a\u0000b":2})", limits).substr(0, 18), "json: the member `");
  EXPECT_NE(error_of(R"({"a\u0000b":1})"), "accepted");
}

TEST(JsonReader, FindsDuplicatesInLargeObjects) {
  std::string body = "{";
  for (int i = 0; i < 1000; ++i) {
    body += fmt::format("\"k{}\":{{\"x\":{}}},", i, i);
  }
  EXPECT_EQ(error_of(body + "\"last\":0}"), "accepted");
  EXPECT_EQ(error_of(body + "\"k7\":0}"),
            fmt::format("json: the member `k7` appears twice at byte {}", body.size()));
}

TEST(JsonReader, EveryPrefixOfADocumentIsRefused) {
  const std::string body =
      R"({"model":"m","messages":[{"role":"user","content":"h\u00e9\ud83d\udeaa"}],"n":[1.5e2,true,null]})";
  ASSERT_TRUE(walk(body).ok());
  for (size_t cut = 0; cut < body.size(); ++cut) {
    EXPECT_FALSE(walk(std::string_view(body).substr(0, cut)).ok()) << cut;
  }
}

TEST(JsonReader, BlocksOfEveryAlignmentReadTheSame) {
  for (size_t pad = 0; pad < 200; ++pad) {
    const std::string body =
        std::string(pad, ' ') + R"(["a\\","\"",{"k":"v\\\""}])" + std::string(200 - pad, '\n');
    JsonReader reader;
    Trace trace;
    ASSERT_TRUE(reader.walk(body, {}, trace).ok()) << pad;
    EXPECT_NE(trace.out.find("<a\\>"), std::string::npos);
    EXPECT_NE(trace.out.find("<v\\\">"), std::string::npos);
  }
}

TEST(JsonReader, DecodedTextStaysUntilTheNextWalk) {
  struct Keep : Trace {
    std::vector<std::string_view> texts;
    void string(const JsonText& t) { texts.push_back(t.text); }
  };
  const std::string body = R"(["\n1","plain","\t2","\u0033"])";
  JsonReader reader;
  Keep keep;
  ASSERT_TRUE(reader.walk(body, {}, keep).ok());
  EXPECT_EQ(keep.texts, (std::vector<std::string_view>{"\n1", "plain", "\t2", "3"}));
}

TEST(JsonReader, AHandlerMayWalkInsideAWalk) {
  struct Nested : Trace {
    std::string inner;
    void string(const JsonText& t) {
      JsonReader reader;
      Trace trace;
      inner += reader.walk(t.text, {}, trace).ok() ? trace.out : "refused";
    }
  };
  JsonReader reader;
  Nested nested;
  ASSERT_TRUE(reader.walk(R"({"a":"{\"b\":[1]}","c":"x","d":2})", {}, nested).ok());
  EXPECT_EQ(nested.inner, "{@0 b:@1+3 [@5 1@6 ]@7 }@8 refused");
  EXPECT_EQ(nested.out, "{@0 a:@1+3 c:@19+3 d:@27+3 2@31 }@32 ");
}

TEST(JsonReader, RandomChangesNeverReadBeyondTheBody) {
  SeededRandom random(11);
  const std::string body =
      R"({"a":[1,2.5,{"b":"c\n\u00e9"}],"d":true,"e":null,"f":"0123456789012345678901234567890123456789"})";
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = body;
    for (uint64_t i = 0; i < 1 + random.next_u64() % 3; ++i) {
      changed[random.next_u64() % changed.size()] = static_cast<char>(random.next_u64());
    }
    changed.resize(random.next_u64() % (changed.size() + 1));
    (void)walk(changed);
  }
}

}  // namespace
}  // namespace sally::formats
