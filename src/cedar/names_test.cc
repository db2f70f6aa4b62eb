#include "cedar/names.h"

#include <gtest/gtest.h>

namespace sally::cedar {
namespace {

TEST(Names, AnIdentifierIsAWordThatIsNotReserved) {
  for (const auto* name : {"a", "_a1", "principal", "type", "Is", "__cedar_"}) {
    EXPECT_TRUE(is_identifier(name)) << name;
  }
  for (const auto* name :
       {"", "1a", "a b", "in", "is", "has", "like", "true", "if", "é", "__cedar", "a-b", "a:"}) {
    EXPECT_FALSE(is_identifier(name)) << name;
  }
}

TEST(Names, ATypeNameIsAPathOfIdentifiers) {
  for (const auto* name : {"a", "A::B", "A::B::c_1"}) {
    EXPECT_TRUE(is_type_name(name)) << name;
  }
  for (const auto* name :
       {"", "::", "A::", "::A", "A:B", "A:::B", "A :: B", "A::if", "A::B ", "__cedar::Long"}) {
    EXPECT_FALSE(is_type_name(name)) << name;
  }
}

TEST(Names, AWordMayBeReserved) {
  EXPECT_TRUE(is_word("if"));
  EXPECT_TRUE(is_word("__cedar"));
  EXPECT_FALSE(is_word("a b"));
  EXPECT_FALSE(is_word(""));
}

TEST(Names, ActionsAreKnownByTheEndOfTheirType) {
  EXPECT_TRUE(is_action_type("Action"));
  EXPECT_TRUE(is_action_type("A::Action"));
  EXPECT_FALSE(is_action_type("Action::A"));
  EXPECT_FALSE(is_action_type("MyAction"));
  EXPECT_EQ(basename("A::B::C"), "C");
}

}  // namespace
}  // namespace sally::cedar
