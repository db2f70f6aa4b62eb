#include "formats/json/copy.h"

#include <gtest/gtest.h>

namespace sally::formats {
namespace {

std::string copied(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  EXPECT_TRUE(document.ok());
  std::string out;
  JsonWriter json(out);
  copy(document->root(), json);
  json.finish();
  return out;
}

TEST(CopyOfJson, SaysTheSameWithoutWhiteSpace) {
  EXPECT_EQ(copied(R"( { "a" : [ 1 , 2.50 , -0 , 1E3 , null , true , false ] , "" : { } } )"),
            R"({"a":[1,2.50,-0,1E3,null,true,false],"":{}})");
  EXPECT_EQ(copied(R"("\u00e4\n\"\/")"), R"("ä\n\"/")");
}

TEST(CanonicalCopyOfJson, IsTheSameForWhatDiffersInFormOnly) {
  const auto canonical = [](std::string_view text) {
    const auto document = JsonDocument::parse(text);
    EXPECT_TRUE(document.ok());
    std::string out;
    JsonWriter json(out);
    copy_canonical(document->root(), json);
    json.finish();
    return out;
  };
  EXPECT_EQ(canonical(R"( {"b":[ {"z":1,"a":2} , 1.0 ],"a":"\u0041\/"})"),
            R"({"a":"A/","b":[{"a":2,"z":1},1.0]})");
  EXPECT_NE(canonical("[1,2]"), canonical("[2,1]"));
  EXPECT_NE(canonical("9007199254740993"), canonical("9007199254740992"));
}

TEST(CopyOfJson, IsAsDeepAsADocumentMayBe) {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(copied(deep), deep);
}

}  // namespace
}  // namespace sally::formats
