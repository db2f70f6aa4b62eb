#include "content/personal/personal_recognizer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "content/personal/personal_properties.h"
#include "support/case_file.h"

namespace sally::content {
namespace {

const PersonalRecognizer& personal() {
  static const auto* recognizer = new PersonalRecognizer();
  return *recognizer;
}

std::vector<Entity> found_in(std::string_view text) {
  std::vector<Entity> out;
  check_properties(personal(), text, out);
  return out;
}

// `EMAIL_ADDRESS 0.95 jo@example.org; ...`, `-` where there is nothing.
std::string shown(std::string_view text) {
  std::string out;
  for (const Entity& entity : found_in(text)) {
    out += fmt::format("{}{} {:.2f} {}", out.empty() ? "" : "; ", name_of(entity.type),
                       entity.score, text.substr(entity.begin, entity.end - entity.begin));
  }
  return out.empty() ? "-" : out;
}

// Section `text`: a text to a line, with the escapes of `test::unescape`; `found`: what is found in
// each.
TEST(PersonalRecognizer, FindsWhatEachCaseSays) {
  test::run_cases("content/personal/found", [](test::CaseFile& file) {
    const std::string section = file.section("text");
    std::string_view rest = section;
    std::string out;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      out += shown(test::unescape(line)) + "\n";
    }
    file.expect_section("found", out);
  });
}

TEST(PersonalRecognizer, HoldsItsPropertiesWhereATextIsCutAnywhere) {
  constexpr std::string_view kText =
      "Born 5 May 1980, SSN 219-09-9999, card 4111 1111 1111 1111, IBAN GB82 WEST 1234 5698 7654 "
      "32, call +44 20 7946 0958 ext. 12 or (212) 555-0175, jo@example.org, "
      "2001:db8::ff00:42:8329, "
      "00:1B:44:11:3A:B7, https://a.example/x?y=(z), 身份证 11010519491231002X \xFF\xC3";
  for (size_t begin = 0; begin < kText.size(); ++begin) {
    found_in(kText.substr(begin));
    found_in(kText.substr(0, begin));
  }
}

TEST(PersonalRecognizer, FindsTheSameOnManyThreads) {
  constexpr std::string_view kText = "Tel. 030 901820 or 07911 316496, card 4111111111111111";
  const std::vector<Entity> expected = found_in(kText);
  ASSERT_EQ(expected.size(), 3U);
  std::vector<std::thread> threads;
  std::vector<std::vector<Entity>> found(4);
  for (auto& mine : found) {
    threads.emplace_back([&mine, kText] { personal().find(kText, mine); });
  }
  for (size_t i = 0; i < threads.size(); ++i) {
    threads[i].join();
    EXPECT_EQ(found[i], expected);
  }
}

// What a hostile text repeats costs no more than its length allows: the questions to the numbering
// plan are counted, chains of overlaps are as long as the text.
TEST(PersonalRecognizer, LooksThroughAMillionOctetsOfAnything) {
  for (const char* piece : {"0301 901820\n", "4111 1111 ", "1.", "a@", "x.y.", "::1", "(", "+49 ",
                            "ssn ", "12-", "www.", "://a", "A1A1", "may 1 ", "ff:"}) {
    std::string text;
    while (text.size() < 1'000'000) {
      text += piece;
    }
    std::vector<Entity> out;
    personal().find(text, out);
    for (size_t i = 1; i < out.size(); ++i) {
      ASSERT_LE(out[i - 1].end, out[i].begin);
    }
  }
}

}  // namespace
}  // namespace sally::content
