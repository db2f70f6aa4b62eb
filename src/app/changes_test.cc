#include "app/changes.h"

#include <gtest/gtest.h>

namespace sally::app {
namespace {

ConfigDifference difference(std::string_view before, std::string_view after) {
  return config_difference(formats::parse_yaml(before).root, formats::parse_yaml(after).root);
}

TEST(ConfigDifference, NamesWhatIsNotTheSameAndNothingElse) {
  const auto [before, after] = difference(
      "gate: {workers: 2, limits: {body: 1MiB}}\nrules: [{name: a}, {name: b}]\n",
      "gate: {workers: 4, limits: {body: 1MiB}}\nrules: [{name: a}, {name: c}, {name: d}]\n");
  EXPECT_EQ(before, R"({"gate.workers":"2","rules[1].name":"b"})");
  EXPECT_EQ(after, R"({"gate.workers":"4","rules[1].name":"c","rules[2].name":"d"})");
}

TEST(ConfigDifference, OfTheSameIsEmpty) {
  const auto [before, after] = difference("a: 1\n", "a: 1\n");
  EXPECT_EQ(before, "{}");
  EXPECT_EQ(after, "{}");
}

TEST(ConfigDifference, ShowsASecretAsTheReferenceItIs) {
  const auto [before, after] = difference("pepper: {file: one.key}\n", "pepper: {file: two.key}\n");
  EXPECT_EQ(before, R"({"pepper.file":"one.key"})");
  EXPECT_EQ(after, R"({"pepper.file":"two.key"})");
}

}  // namespace
}  // namespace sally::app
