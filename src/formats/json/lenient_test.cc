#include "formats/json/lenient.h"

#include <gtest/gtest.h>

#include <string>

namespace sally::formats {
namespace {

TEST(LenientJson, KeepsBothMembersOfOneName) {
  const LenientJson read = LenientJson::parse(R"({"a":1,"a":2})");
  EXPECT_FALSE(read.fault());
  EXPECT_EQ(read.duplicate(), "a");
  EXPECT_EQ(read.root().size(), 2U);
  EXPECT_EQ(read.root().find("a")->text(), "2");
}

TEST(LenientJson, TakesWhatPythonTakes) {
  const LenientJson read =
      LenientJson::parse("\xEF\xBB\xBF{\"a\":NaN,\"b\":[-Infinity,\"\\ud800\\u0041\"]}\n{\"c\":1}");
  EXPECT_FALSE(read.fault());
  EXPECT_EQ(read.documents().size(), 2U);
  const auto last = ++read.root().find("b")->begin();
  EXPECT_EQ((*last).text(),
            "\xEF\xBF\xBD"
            "A");
}

TEST(LenientJson, TakesComments) {
  const LenientJson read = LenientJson::parse("// a\n{\"a\": /* b */ 1, // c\n}");
  EXPECT_FALSE(read.fault());
  EXPECT_EQ(read.root().size(), 1U);
}

TEST(LenientJson, KeepsWhatCameBeforeAFault) {
  const std::string whole = R"({"a":["x\n",{"b":true}],"c":null})";
  for (size_t length = 0; length < whole.size(); ++length) {
    const LenientJson read = LenientJson::parse(std::string_view(whole).substr(0, length));
    EXPECT_EQ(read.fault().has_value(), length > 0) << length;
  }
  const LenientJson cut = LenientJson::parse(R"({"a":"before", !)");
  EXPECT_TRUE(cut.fault());
  EXPECT_EQ(cut.root().string("a"), "before");
}

TEST(LenientJson, IsBoundedInDepth) {
  EXPECT_TRUE(LenientJson::parse(std::string(100'000, '[')).fault());
}

}  // namespace
}  // namespace sally::formats
