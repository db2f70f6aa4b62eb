#include "content/secrets/literal_filter.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace sally::content {
namespace {

std::vector<size_t> positions(const LiteralFilter& filter, std::string_view text, size_t from) {
  std::vector<size_t> out;
  filter.for_each(text, from, [&out](size_t at) { out.push_back(at); });
  return out;
}

TEST(LiteralFilter, NeverMissesAKeyAndBothEnginesAgree) {
  SeededRandom random(1);
  for (int round = 0; round < 400; ++round) {
    std::vector<LiteralFilter::Key> keys(1 + random.next_u64() % 60);
    const uint64_t octets = 2 + random.next_u64() % 200;
    for (auto& key : keys) {
      for (uint8_t& octet : key) {
        octet = static_cast<uint8_t>(random.next_u64() % octets);
      }
    }
    const LiteralFilter fast(keys);
    const LiteralFilter portable(keys, LiteralFilter::Engine::kPortable);
    std::string text(random.next_u64() % 150, ' ');
    for (char& c : text) {
      c = static_cast<char>(random.next_u64() % octets);
    }
    const size_t from = text.empty() ? 0 : random.next_u64() % text.size();
    const auto found = positions(fast, text, from);
    EXPECT_EQ(found, positions(portable, text, from));
    auto at = found.begin();
    for (size_t i = from; i + 2 < text.size(); ++i) {
      const LiteralFilter::Key here = {static_cast<uint8_t>(text[i]),
                                       static_cast<uint8_t>(text[i + 1]),
                                       static_cast<uint8_t>(text[i + 2])};
      const bool passed = at != found.end() && *at == i;
      at += passed ? 1 : 0;
      EXPECT_TRUE(passed || std::find(keys.begin(), keys.end(), here) == keys.end()) << i;
    }
    EXPECT_EQ(at, found.end());
  }
}

TEST(LiteralFilter, LettersCountInBothCasesWhenFolded) {
  const LiteralFilter filter({{'p', 'w', 'D'}}, LiteralFilter::Engine::kFastest,
                             LiteralFilter::Case::kFolded);
  EXPECT_EQ(positions(filter, "pwd PWD pWd pwx", 0), (std::vector<size_t>{0, 4, 8}));
}

TEST(LiteralFilter, LooksForTokensOnlyWhereLongOnesBegin) {
  const std::string key = "ghp_345678901234";
  const std::string text = key + " x" + key + " _" + key + " -" + key + " \\n" + key +
                           " ghp_short " + key.substr(0, 14) + " \n" + std::string(70, '.') +
                           " xoxo ghp_end";
  std::vector<size_t> expected;
  for (size_t at = text.find("ghp"); at != std::string::npos; at = text.find("ghp", at + 1)) {
    expected.push_back(at);
  }
  ASSERT_EQ(expected.size(), 8U);
  // Behind a letter, behind `_`, too short, one octet too short.
  for (const size_t not_one : {size_t{1}, size_t{1}, size_t{3}, size_t{3}}) {
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(not_one));
  }
  expected.insert(expected.end() - 1, text.find("xox"));
  for (const auto engine : {LiteralFilter::Engine::kFastest, LiteralFilter::Engine::kPortable}) {
    const LiteralFilter filter({{'g', 'h', 'p'}}, {{'x', 'o', 'x'}}, engine);
    EXPECT_EQ(positions(filter, text, 0), expected);
  }
}

TEST(LiteralFilter, BothEnginesAgreeOnTokens) {
  SeededRandom random(2);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<LiteralFilter::Key> tokens(1 + random.next_u64() % 30);
    std::vector<LiteralFilter::Key> anywhere(random.next_u64() % 6);
    constexpr std::string_view kLetters = "ab_7.-\\n";
    constexpr std::string_view kGaps = " \n\x80\xFF";
    for (auto* const keys : {&tokens, &anywhere}) {
      for (auto& key : *keys) {
        for (uint8_t& octet : key) {
          octet = static_cast<uint8_t>(kLetters[random.next_u64() % kLetters.size()]);
        }
      }
    }
    const uint64_t gap = 2 + random.next_u64() % 40;  // one octet in so many
    std::string text(random.next_u64() % 300, ' ');
    for (char& c : text) {
      c = random.next_u64() % gap == 0 ? kGaps[random.next_u64() % kGaps.size()]
                                       : kLetters[random.next_u64() % kLetters.size()];
    }
    const size_t from = text.empty() ? 0 : random.next_u64() % text.size();
    EXPECT_EQ(
        positions(LiteralFilter(tokens, anywhere), text, from),
        positions(LiteralFilter(tokens, anywhere, LiteralFilter::Engine::kPortable), text, from));
  }
}

TEST(LiteralFilter, PassesOverWhatIsNoKey) {
  const LiteralFilter filter({{'s', 'k', '-'}, {'g', 'h', 'p'}});
  const std::string text = std::string(500, 'a') + "sk_ gha skp" + std::string(500, '-');
  EXPECT_TRUE(positions(filter, text, 0).empty());
}

TEST(LiteralFilter, ShortTextsHoldNothing) {
  const LiteralFilter filter({{'a', 'b', 'c'}});
  for (const std::string_view text : {"", "a", "ab"}) {
    EXPECT_TRUE(positions(filter, text, 0).empty());
  }
  EXPECT_EQ(positions(filter, "abc", 0), std::vector<size_t>{0});
}

}  // namespace
}  // namespace sally::content
