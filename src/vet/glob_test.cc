#include "vet/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace sally::vet {
namespace {

TEST(Glob, NamesWithoutASlashMeanAnyPart) {
  EXPECT_TRUE(means("*.pkl", "a/b/c.pkl"));
  EXPECT_TRUE(means("b", "a/b/c.pkl"));
  EXPECT_TRUE(means("c.pk?", "c.pkl"));
  EXPECT_FALSE(means("*.pkl", "a/b/c.pkl.txt"));
  EXPECT_FALSE(means("c", "a/b/c.pkl"));
}

TEST(Glob, OneStarStaysInItsPartAndTwoDoNot) {
  EXPECT_TRUE(means("a/*.pkl", "a/c.pkl"));
  EXPECT_FALSE(means("a/*.pkl", "a/b/c.pkl"));
  EXPECT_TRUE(means("a/**/*.pkl", "a/b/c/d.pkl"));
  EXPECT_TRUE(means("a/**/*.pkl", "a/d.pkl"));
  EXPECT_TRUE(means("**/d.pkl", "d.pkl"));
  EXPECT_TRUE(means("tests/**", "x/tests/a/b"));
}

TEST(Glob, AFolderMeansAllThatIsInIt) {
  EXPECT_TRUE(means("node_modules/", "web/node_modules/x/y.js"));
  EXPECT_TRUE(means("web/node_modules", "web/node_modules/x/y.js"));
  EXPECT_FALSE(means("web/node", "web/node_modules/x/y.js"));
}

TEST(Glob, ALeadingSlashHoldsItToTheBeginning) {
  EXPECT_TRUE(means("/a/b", "a/b"));
  EXPECT_FALSE(means("/b", "a/b"));
  EXPECT_TRUE(means("/tmp/*", "/tmp/x"));
}

TEST(Glob, ManyStarsCostNoMoreThanTheirProduct) {
  std::string glob;
  for (int i = 0; i < 500; ++i) {
    glob += "*a";
  }
  EXPECT_FALSE(means(glob, std::string(4000, 'b') + "c"));
}

TEST(Glob, NothingMeansNothing) {
  EXPECT_FALSE(means("", "a"));
  EXPECT_FALSE(means("/", "a"));
}

}  // namespace
}  // namespace sally::vet
