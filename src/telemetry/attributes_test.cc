#include "telemetry/attributes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "base/encoding.h"

namespace sally::telemetry {
namespace {

TEST(Attributes, UseNoNameThatTheConventionsGaveUp) {
  std::set<std::string_view> names;
  for (const AttributeRow& row : attribute_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " stands twice";
  }
  for (const DeprecatedName& name : deprecated_names()) {
    EXPECT_FALSE(names.contains(name.name)) << name.name << ": use " << name.instead;
  }
}

TEST(Attributes, AreOursOrOfTheConventions) {
  for (const AttributeRow& row : attribute_table()) {
    EXPECT_EQ(row.name.starts_with("sallyport."), row.source == "Sallyport") << row.name;
    EXPECT_EQ(row.name.starts_with("gen_ai."), row.source == "GenAI") << row.name;
  }
}

TEST(Attributes, AreAllInTheDocumentation) {
  std::ifstream file("docs/telemetry.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const AttributeRow& row : attribute_table()) {
    const std::string line = "| `" + std::string(row.name) + "` | " + std::string(row.source) +
                             " | " + std::string(row.on) + " | " + std::string(row.help) + " |";
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
}

TEST(Attributes, OfAnOperationAreTheConventions) {
  EXPECT_EQ(genai_operation("openai:chat.completions"), "chat");
  EXPECT_EQ(genai_operation("openai:models"), "");
  EXPECT_EQ(genai_provider("anthropic"), "anthropic");
  EXPECT_EQ(genai_provider("http"), "");
}

TEST(Attributes, HoldTextThatIsValidAndBounded) {
  EXPECT_EQ(value_text("plain \xc3\xa9"), "plain \xc3\xa9");
  EXPECT_TRUE(is_utf8(value_text("bad \xff\xfe")));
  EXPECT_LT(value_text(std::string(100'000, 'x')).size(), 1100U);
}

}  // namespace
}  // namespace sally::telemetry
