#include "formats/json/writer.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <limits>

#include "base/log.h"
#include "base/random.h"

namespace sally::formats {
namespace {

std::string read_back(const std::string& json) {
  simdjson::dom::parser parser;
  const auto document = parser.parse(json);
  EXPECT_EQ(document.error(), simdjson::SUCCESS) << json;
  std::string_view text;
  EXPECT_EQ(document.get_string().get(text), simdjson::SUCCESS) << json;
  return std::string(text);
}

TEST(JsonWriter, WritesNestedDocuments) {
  std::string out = "> ";
  JsonWriter json(out);
  json.begin_object();
  json.member("text", "a\"b").member("n", -3).member("big", std::numeric_limits<uint64_t>::max());
  json.member("flag", true).member("real", 0.5);
  json.key("list").begin_array().number(1).null().begin_object().end_object().end_array();
  json.key("empty").begin_array().end_array();
  json.key("ready").raw("[1,2]");
  json.end_object();
  json.finish();
  EXPECT_EQ(out, R"(> {"text":"a\"b","n":-3,"big":18446744073709551615,"flag":true,"real":0.5,)"
                 R"("list":[1,null,{}],"empty":[],"ready":[1,2]})");
}

TEST(JsonWriter, NumbersAreExact) {
  std::string out;
  JsonWriter json(out);
  json.begin_array()
      .number(std::numeric_limits<int64_t>::min())
      .number(0.1)
      .number(1e300)
      .number(std::numeric_limits<double>::infinity())
      .number(std::numeric_limits<double>::quiet_NaN())
      .end_array();
  json.finish();
  EXPECT_EQ(out, "[-9223372036854775808,0.1,1e+300,null,null]");
}

TEST(JsonWriter, EveryOctetAtEveryPlaceReadsBack) {
  for (unsigned octet = 0; octet < 0x80; ++octet) {
    for (size_t place = 0; place < 18; ++place) {
      std::string text(18, 'x');
      text[place] = static_cast<char>(octet);
      std::string out;
      append_json_string(out, text);
      EXPECT_EQ(read_back(out), text);
    }
  }
}

TEST(JsonWriter, UnicodeStaysAndInvalidOctetsAreReplaced) {
  std::string out;
  append_json_string(out, "grüße, \xF0\x9F\x9A\xAA and \xFF.");
  EXPECT_EQ(read_back(out), "grüße, \xF0\x9F\x9A\xAA and \xEF\xBF\xBD.");
}

TEST(JsonWriter, TheFastPathEqualsTheEscaperOfBase) {
  SeededRandom random(7);
  for (int round = 0; round < 5'000; ++round) {
    std::string text(random.next_u64() % 40, ' ');
    for (char& c : text) {
      // Mostly plain, so that long clean runs occur.
      const uint64_t roll = random.next_u64();
      c = static_cast<char>(roll % 8 == 0 ? (roll >> 8) & 0xFF : 'a' + (roll >> 8) % 26);
    }
    std::string fast;
    append_json_string(fast, text);
    std::string slow = "\"";
    // Cut where the fast path cuts: never inside a UTF-8 sequence, since only ASCII is skipped.
    append_json_escaped(slow, text);
    slow += '"';
    EXPECT_EQ(fast, slow);
  }
}

TEST(JsonWriterDeathTest, MisuseAborts) {
  std::string out;
  EXPECT_DEATH(JsonWriter(out).end_object(), "");
  EXPECT_DEATH(JsonWriter(out).key("a"), "");
  EXPECT_DEATH(JsonWriter(out).begin_object().number(1), "");
  EXPECT_DEATH(JsonWriter(out).begin_object().key("a").end_object(), "");
  EXPECT_DEATH(JsonWriter(out).begin_object().key("a").key("b"), "");
  EXPECT_DEATH(JsonWriter(out).begin_array().key("a"), "");
  EXPECT_DEATH(JsonWriter(out).begin_array().end_object(), "");
  EXPECT_DEATH(JsonWriter(out).number(1).number(2), "");
  EXPECT_DEATH(JsonWriter(out).begin_array().finish(), "");
  EXPECT_DEATH(JsonWriter(out).finish(), "");
  EXPECT_DEATH(
      {
        JsonWriter deep(out);
        for (unsigned i = 0; i <= JsonWriter::kMaxDepth; ++i) {
          deep.begin_array();
        }
      },
      "");
}

}  // namespace
}  // namespace sally::formats
