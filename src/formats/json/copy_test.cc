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

TEST(CopyOfJson, IsAsDeepAsADocumentMayBe) {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(copied(deep), deep);
}

}  // namespace
}  // namespace sally::formats
