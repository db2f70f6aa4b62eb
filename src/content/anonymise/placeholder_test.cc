#include "content/anonymise/placeholder.h"

#include <gtest/gtest.h>

#include <string>

namespace sally::content::anonymise {
namespace {

using State = PlaceholderMatch::State;

store::VaultEntry entry(std::string label, uint32_t number) {
  return {.number = number,
          .label = std::move(label),
          .tag = {std::byte{0xff}, std::byte{0}, std::byte{0x12}, std::byte{0x34}, std::byte{0x56}},
          .expires = {}};
}

State state_of(std::string_view text, Writing writing = Writing::kText) {
  return match_placeholder(text, writing).state;
}

TEST(Placeholder, IsReadAsItWasWritten) {
  for (const uint32_t number : {1U, 42U, 4'294'967'295U}) {
    for (const std::string_view type : {"EMAIL_ADDRESS", "X", "US_SSN_2"}) {
      const store::VaultEntry written = entry(label_of(type), number);
      const std::string text = to_text(written);
      const PlaceholderMatch match = match_placeholder(text + "]_1_x", Writing::kText);
      ASSERT_EQ(match.state, State::kYes) << text;
      EXPECT_EQ(match.length, text.size());
      EXPECT_EQ(match.placeholder.label, written.label);
      EXPECT_EQ(match.placeholder.number, number);
      EXPECT_EQ(match.placeholder.tag, written.tag);
    }
  }
}

TEST(Placeholder, IsReadAsModelsWriteIt) {
  const std::string text = to_text(entry("EMAIL_ADDRESS", 1));
  EXPECT_EQ(text, "[EMAIL_ADDRESS_1_zw014d2p]");
  struct Case {
    std::string_view text;
    Writing writing;
  };
  for (const Case& c : {
           Case{"[email_address_1_ZW014D2P]", Writing::kText},
           Case{"[Email_Address_1_Zw014d2p]", Writing::kText},
           Case{R"([EMAIL\_ADDRESS\_1\_zw014d2p])", Writing::kText},
           Case{R"(\[EMAIL\_ADDRESS\_1\_zw014d2p\])", Writing::kText},
           Case{R"(\[EMAIL_ADDRESS_1_zw014d2p\])", Writing::kText},
           Case{R"([EMAIL\\_ADDRESS\\_1\\_zw014d2p])", Writing::kJsonString},
           Case{R"(\\[EMAIL\\_ADDRESS_1\\_zw014d2p\\])", Writing::kJsonString},
       }) {
    const PlaceholderMatch match = match_placeholder(c.text, c.writing);
    ASSERT_EQ(match.state, State::kYes) << c.text;
    EXPECT_EQ(match.length, c.text.size()) << c.text;
    EXPECT_EQ(match.placeholder.label, "EMAIL_ADDRESS");
    EXPECT_EQ(match.placeholder.number, 1U);
    EXPECT_EQ(to_text(entry("EMAIL_ADDRESS", 1)), text);
  }
}

TEST(Placeholder, IsNothingThatOnlyLooksLikeOne) {
  for (const std::string_view text : {
           "x[PERSON_1_zw014d2p]",
           "[PERSON_1_zw014d2]",
           "[PERSON_1_zw014d2pp]",
           "[PERSON_1_zw014d2u]",  // `u` is not in the alphabet
           "[PERSON_01_zw014d2p]",
           "[PERSON_0_zw014d2p]",
           "[PERSON_4294967296_zw014d2p]",
           "[PERSON__zw014d2p]",
           "[PERSON_x_zw014d2p]",
           "[_1_zw014d2p]",
           "[1_1_zw014d2p]",
           "[1_zw014d2p]",
           "[PERSON-1-zw014d2p]",
           "[PERSON 1 zw014d2p]",
           "[PER\\SON_1_zw014d2p]",
           R"(\[PERSON_1_zw014d2p])",
           R"([PERSON_1_zw014d2p\])",
           R"(\x[PERSON_1_zw014d2p])",
           "[]",
           "[](url)",
           "[link](https://example.com)",
       }) {
    EXPECT_EQ(state_of(text), State::kNo) << text;
  }
  EXPECT_EQ(state_of(R"([PERSON\\_1\\_zw014d2p])", Writing::kText), State::kNo);
  EXPECT_EQ(state_of(R"([PERSON\_1\_zw014d2p])", Writing::kJsonString), State::kNo);
}

TEST(Placeholder, IsWaitedForAtEveryOctet) {
  for (const Writing writing : {Writing::kText, Writing::kJsonString}) {
    const std::string text =
        writing == Writing::kText ? R"(\[PERSON\_1\_zw014d2p\])" : R"(\\[PERSON\\_1\\_zw014d2p\\])";
    for (size_t length = 0; length < text.size(); ++length) {
      EXPECT_EQ(state_of(text.substr(0, length), writing), State::kMore) << length;
    }
    EXPECT_EQ(state_of(text, writing), State::kYes);
  }
}

TEST(Placeholder, IsNeverWaitedForBeyondTheLongest) {
  for (const char c : {'A', '_', '1', '\\'}) {
    const std::string text = "[" + std::string(kLongestPlaceholder, c);
    EXPECT_EQ(state_of(text), State::kNo) << c;
  }
  std::string escaped = "[A";
  while (escaped.size() < kLongestPlaceholder) {
    escaped += R"(\\_)";
  }
  EXPECT_EQ(state_of(escaped, Writing::kJsonString), State::kNo);
}

TEST(Placeholder, LabelsAreOfAnyType) {
  EXPECT_EQ(label_of("EMAIL_ADDRESS"), "EMAIL_ADDRESS");
  EXPECT_EQ(label_of("Employee id"), "EMPLOYEE_ID");
  EXPECT_EQ(label_of("42nd"), "VALUE_42ND");
  EXPECT_EQ(label_of(""), "VALUE_");
  EXPECT_EQ(label_of("\xff]["), "VALUE____");
  EXPECT_LE(label_of(std::string(1'000, '1')).size(), store::Vault::kMostLabel);
  const std::string text = to_text(entry(label_of(std::string(1'000, '_')), 4'294'967'295U));
  EXPECT_EQ(state_of(text), State::kYes) << text;
}

}  // namespace
}  // namespace sally::content::anonymise
