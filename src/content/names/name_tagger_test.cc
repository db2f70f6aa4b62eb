#include "content/names/name_tagger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "support/case_file.h"

namespace sally::content {
namespace {

const NameTagger& tagger() {
  static const NameTagger made = std::move(*NameTagger::create());
  return made;
}

std::string found_in(std::string_view text) {
  std::vector<Entity> found;
  tagger().find(text, found);
  std::string out;
  for (const Entity& entity : found) {
    out += fmt::format("{} {}\n", name_of(entity.type),
                       text.substr(entity.begin, entity.end - entity.begin));
  }
  return out;
}

TEST(NameTagger, FindsWhatTheCasesSay) {
  test::run_cases("content/names", [](test::CaseFile& file) {
    std::string text = file.section("text");
    if (text.ends_with('\n')) {
      text.pop_back();
    }
    file.expect_section("found", found_in(text));
  });
}

TEST(NameTagger, AppendsToWhatIsThere) {
  std::vector<Entity> found = {{1, 2, EntityType::kUrl, 1}};
  tagger().find("Angela Merkel lives in Berlin.", found);
  ASSERT_GE(found.size(), 2U);
  EXPECT_EQ(found[0].type, EntityType::kUrl);
}

TEST(NameTagger, ALongTextIsTaggedToItsEnd) {
  std::string text;
  while (text.size() < 40'000) {
    text += "Nothing of interest is written in this sentence. ";
  }
  const size_t begin = text.size() + 4;
  text += "And Angela Merkel lives in Berlin.";
  std::vector<Entity> found;
  tagger().find(text, found);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].begin, begin);
  EXPECT_EQ(found[0].end, begin + 13);
  EXPECT_EQ(found[0].type, EntityType::kPerson);
  EXPECT_GT(found[0].score, 0.5F);
}

TEST(NameTagger, TextThatIsNoUtf8StaysWithinItsBorders) {
  std::string text = "Angela \xC3 Merkel \xF0\x9F Berlin \x80\xFF";
  for (size_t size = 0; size <= text.size(); ++size) {
    const std::string_view part = std::string_view(text).substr(0, size);
    std::vector<Entity> found;
    tagger().find(part, found);
    for (const Entity& entity : found) {
      EXPECT_LT(entity.begin, entity.end);
      EXPECT_LE(entity.end, size);
    }
  }
}

TEST(NameTagger, ThreadsShareOne) {
  const std::string_view text = "Angela Merkel met Nordwind Pumps Ltd in Berlin.";
  const std::string alone = found_in(text);
  std::vector<std::string> seen(3);
  {
    std::vector<std::jthread> threads;
    threads.reserve(seen.size());
    for (std::string& one : seen) {
      threads.emplace_back([&one, text] {
        for (int i = 0; i < 50; ++i) {
          one = found_in(text);
        }
      });
    }
  }
  EXPECT_EQ(seen, std::vector<std::string>(3, alone));
}

TEST(NameTagger, AFileThatIsNoModelIsRefused) {
  EXPECT_FALSE(NameTagger::load("").ok());
  EXPECT_FALSE(NameTagger::load("not a model at all, but long enough to be one").ok());
}

}  // namespace
}  // namespace sally::content
