#include <gtest/gtest.h>

#include <filesystem>

#include "content/names/name_tagger.h"
#include "content/names/train/augment.h"
#include "content/names/train/evaluate.h"
#include "content/names/train/perceptron.h"

namespace sally::content::names {
namespace {

const std::string kToy = "tests/cases/content/toy_names/";

std::vector<Example> toy_examples() {
  std::vector<Example> out;
  const auto lines = read_text(kToy + "train.jsonl");
  EXPECT_TRUE(lines.ok());
  const auto read = read_examples(*lines, out);
  EXPECT_TRUE(read.ok()) << read.error().to_string();
  return out;
}

// Of each list the lines of the same name in the toy's one file, `list<tab>entry<tab>...`.
Lists toy_lists() {
  const auto all = read_text(kToy + "lists.tsv");
  EXPECT_TRUE(all.ok());
  auto lists = read_lists([&](std::string_view name) -> Result<std::string> {
    std::string out;
    std::string_view rest = *all;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.starts_with(name) && line.substr(name.size()).starts_with('\t')) {
        out.append(line.substr(name.size() + 1)).append("\n");
      }
    }
    return out;
  });
  EXPECT_TRUE(lists.ok());
  return std::move(*lists);
}

TrainingOptions toy_options() {
  return {.seed = 3, .epochs = 12, .row_bits = 12};
}

TEST(NameTraining, IsTheSameForTheSameSeed) {
  const auto examples = toy_examples();
  const Lists lists = toy_lists();
  const std::string first = train(examples, lists, toy_options()).serialise();
  EXPECT_EQ(train(examples, toy_lists(), toy_options()).serialise(), first);
  TrainingOptions other = toy_options();
  other.seed = 4;
  EXPECT_NE(train(examples, lists, other).serialise(), first);
}

TEST(NameTraining, LearnsItsExamplesAndWhatIsLikeThem) {
  const auto examples = toy_examples();
  const NameTagger tagger(train(examples, toy_lists(), toy_options()));
  Figures all;
  for (const Example& example : examples) {
    all.add(measure(tagger, example));
  }
  EXPECT_GE(f_score(all.typed(), 2), 0.95);
  std::vector<Entity> found;
  tagger.find("Yesterday Ines Falk moved to Lund.", found);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].type, EntityType::kPerson);
  EXPECT_EQ(found[1].type, EntityType::kLocation);
}

TEST(NameTraining, ALineThatIsNoExampleIsRefusedWithItsNumber) {
  std::vector<Example> out;
  const auto read = read_examples(
      "{\"text\":\"a\",\"source\":\"toy\",\"spans\":[]}\n"
      "{\"text\":\"a\",\"source\":\"toy\",\"spans\":[{\"start\":0,\"end\":2,\"type\":\"PERSON\"}]}"
      "\n",
      out);
  ASSERT_FALSE(read.ok());
  EXPECT_TRUE(read.error().message().starts_with("line 2: ")) << read.error().message();
}

TEST(NameTraining, OffsetsInCodePointsBecomeOctets) {
  std::vector<Example> out;
  ASSERT_TRUE(read_examples("{\"text\":\"Ö, Łódź\",\"source\":\"toy\",\"spans\":"
                            "[{\"start\":3,\"end\":7,\"type\":\"LOCATION\"}]}",
                            out)
                  .ok());
  ASSERT_EQ(out[0].gold.size(), 1U);
  EXPECT_EQ(out[0].text.substr(out[0].gold[0].begin), "Łódź");
}

TEST(NameTraining, AugmentingKeepsSpansOnTheirNames) {
  const Lists lists = toy_lists();
  Dice dice(5);
  size_t changed = 0;
  for (int i = 0; i < 200; ++i) {
    Example example{.text = "Jürgen Ölz ist in Łódź.",
                    .source = "toy",
                    .gold = {{0, 12, EntityType::kPerson, 1}, {20, 27, EntityType::kLocation, 1}},
                    .others = {}};
    augment(example, lists, dice);
    ASSERT_EQ(example.gold.size(), 2U);
    const auto between =
        example.text.substr(example.gold[0].end, example.gold[1].begin - example.gold[0].end);
    EXPECT_TRUE(between == " ist in " || between == " IST IN ") << example.text;
    EXPECT_EQ(example.text.substr(example.gold[1].end), ".");
    changed += example.text != "Jürgen Ölz ist in Łódź." ? 1 : 0;
  }
  EXPECT_GT(changed, 50U);
}

TEST(NameEvaluation, HalfOfWhatTwoSpansCoverTogetherIsAMatch) {
  const NameTagger nothing(Model{.row_bits = Model::kMinRowBits,
                                 .outside_bias = 0,
                                 .unit = 1,
                                 .transitions = {},
                                 .magnitudes = rising_magnitudes(),
                                 .rows = std::vector<Model::Row>(16),
                                 .gazetteer = Gazetteer()});
  const Example example{.text = "see 12 Old Mill Road, Lund",
                        .source = "toy",
                        .gold = {{4, 26, EntityType::kAddress, 1}},
                        .others = {}};
  // The rule for streets finds `12 Old Mill Road`: 16 of 22 octets.
  const Figures figures = measure(nothing, example);
  EXPECT_EQ(figures.address.gold, 1U);
  EXPECT_EQ(figures.address.right, 1U);
  EXPECT_EQ(figures.any.gold, 0U);
  EXPECT_EQ(f_score({.gold = 4, .found = 2, .right = 1}, 2), 5.0 / 18.0);
}

TEST(NameSources, APermissiveModelLeavesShareAlikeOut) {
  EXPECT_TRUE(is_permissive("crossner"));
  EXPECT_FALSE(is_permissive("gmb"));
  EXPECT_FALSE(is_permissive("turku"));
  EXPECT_FALSE(is_permissive("a source nobody knows"));
}

}  // namespace
}  // namespace sally::content::names
