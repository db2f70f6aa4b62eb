#include "content/entity.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace sally::content {
namespace {

TEST(EntityTypes, AreDocumented) {
  std::ifstream file("docs/privacy.md");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  ASSERT_FALSE(text.empty());
  for (const std::string_view name : entity_type_names()) {
    EXPECT_NE(text.find('`' + std::string(name) + '`'), std::string::npos) << name;
  }
}

TEST(EntityTypes, HaveNamesThatReadBackAndStandOnce) {
  std::set<std::string_view> seen;
  for (const std::string_view name : entity_type_names()) {
    EXPECT_TRUE(seen.insert(name).second) << name;
    const auto type = parse_entity_type(name);
    ASSERT_TRUE(type) << name;
    EXPECT_EQ(name_of(*type), name);
  }
  EXPECT_FALSE(parse_entity_type("NOTHING"));
}

}  // namespace
}  // namespace sally::content
