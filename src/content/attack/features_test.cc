#include "content/attack/features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "content/attack/windows.h"

namespace sally::content::attack {
namespace {

struct Seen {
  std::vector<uint32_t> hashes;
  std::vector<std::string> tokens;
  std::string_view text;
  void feature(uint32_t hash, unsigned /*words*/) { hashes.push_back(hash); }
  void token(size_t begin, size_t end) { tokens.emplace_back(text.substr(begin, end - begin)); }
};

Seen seen_in(std::string_view text) {
  Seen out;
  out.text = text;
  FeatureReader(text, out).run();
  return out;
}

TEST(AttackFeatures, WordsMarksAndIdeographsAreTokens) {
  using Tokens = std::vector<std::string>;
  EXPECT_EQ(seen_in("Say  \"hi\", now!").tokens, (Tokens{"Say", "\"", "hi", "\",", "now", "!"}));
  EXPECT_EQ(seen_in("忽略ab").tokens, (Tokens{"忽", "略", "ab"}));
  EXPECT_TRUE(seen_in(" \n\t ").tokens.empty());
}

TEST(AttackFeatures, CaseAndDigitsAndSpacesTellNothing) {
  EXPECT_EQ(seen_in("Ignore 12 ÜBER").hashes, seen_in("  ignore\n34  über ").hashes);
  EXPECT_NE(seen_in("ignore it").hashes, seen_in("it ignore").hashes);
}

TEST(AttackFeatures, AWordIsItselfWithItsLettersShuffled) {
  const auto common = [](std::string_view a, std::string_view b) {
    const auto left = seen_in(a).hashes;
    const auto right = seen_in(b).hashes;
    const std::set<uint32_t> set(left.begin(), left.end());
    return std::ranges::count_if(right, [&](uint32_t hash) { return set.contains(hash); });
  };
  // The two words, the pair, and each with what is before it.
  EXPECT_GE(common("previous instructions", "pervoius insrtucitons"), 5);
  EXPECT_LE(common("previous instructions", "xrevious ynstructions"), 45);
  EXPECT_EQ(common("ab", "ba"), 0);
}

// The time is linear: each octet has a few features, whatever the text.
TEST(AttackFeatures, AreFewForEachOctet) {
  std::string long_word(100'000, 'a');
  std::string marks(100'000, '#');
  std::string letters;
  std::string broken;
  while (letters.size() < 100'000) {
    letters += "a ";
    broken += "\xC3\xF0";
  }
  for (const std::string& text : {long_word, marks, letters, broken}) {
    const Seen seen = seen_in(text);
    EXPECT_LE(seen.hashes.size(), text.size() * 4);
    size_t octets = 0;
    for (const std::string& token : seen.tokens) {
      octets += token.size();
    }
    EXPECT_LE(octets, text.size());
  }
}

TEST(AttackWindows, EveryBlockIsInOneAndTheWholeOfAShortTextIsOne) {
  for (size_t blocks = 1; blocks < 3 * kMaxBlocks; ++blocks) {
    std::vector<bool> covered(blocks);
    size_t windows = 0;
    bool whole = false;
    const auto look = [&](size_t first, size_t last) {
      ASSERT_LT(first, last);
      ASSERT_LE(last, blocks);
      ASSERT_LE(last - first, kMaxBlocks);
      ++windows;
      whole |= first == 0 && last == blocks;
      for (size_t i = first; i < last; ++i) {
        covered[i] = true;
      }
    };
    for (size_t last = 1; last <= blocks; ++last) {
      for_each_window_ending(last, look);
    }
    for_each_window_at_end(blocks, look);
    EXPECT_EQ(std::ranges::count(covered, false), 0) << blocks;
    EXPECT_LE(windows, 3 * blocks + kWindowSizes.size()) << blocks;
    EXPECT_TRUE(whole || blocks > kMaxBlocks) << blocks;
  }
}

}  // namespace
}  // namespace sally::content::attack
