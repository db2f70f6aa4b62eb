#include "content/secrets/secret_rules.h"

#include <gtest/gtest.h>

#include "content/secrets/assignment_rules.h"
#include "support/case_file.h"

namespace sally::content {
namespace {

TEST(SecretRules, TheTableIsThis) {
  test::expect_snapshot("secret_rules.md", secret_rules_reference());
}

TEST(AssignmentRules, TheTableIsThis) {
  test::expect_snapshot("assignment_rules.md", assignment_rules_reference());
}

TEST(SecretRules, PlaceholdersDoNotLookRandom) {
  for (const std::string_view text :
       {"IOSFODNN7EXAMPLE", "aaaaaaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabcabcabc",
        "0123456789abcdef0123456789abcdef", "zyxwvutsrqponmlkjihgfedcba", "your-api-key-goes-here",
        "Xk3fPq9ZaaaaaWm2Lr8TbN", "XXXXXXXXXXXXXXXXXXXXXXXX", "qW7xxxxL2mP9sK4vB8nT6"}) {
    EXPECT_FALSE(looks_random(text)) << text;
  }
  for (const std::string_view text :
       {"Y74QKBN4IFU52MC7", "9f86d081884c7d659a2feaa0c55ad015", "wuq9CmiLmTuOJ0OuteYQ",
        "HhwBPkp6z8JIU5XiJuvwZ2TF79afycQajXjF"}) {
    EXPECT_TRUE(looks_random(text)) << text;
  }
}

TEST(SecretRules, APrefixBeginsWhereAWordDoes) {
  EXPECT_TRUE(may_begin('\0', '\0'));
  EXPECT_TRUE(may_begin('a', ' '));
  EXPECT_TRUE(may_begin('a', '-'));
  EXPECT_FALSE(may_begin(' ', 'a'));
  EXPECT_FALSE(may_begin(' ', '_'));
  EXPECT_FALSE(may_begin(' ', '7'));
  EXPECT_TRUE(may_begin('\\', 'n'));
  EXPECT_FALSE(may_begin('\\', 'd'));
}

}  // namespace
}  // namespace sally::content
