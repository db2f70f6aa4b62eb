#include "content/secrets/literal_filter.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace sally::content {
namespace {

std::vector<size_t> positions(const LiteralFilter& filter, std::string_view text, size_t from) {
  std::vector<size_t> out;
  for (; (from = filter.next(text, from)) < text.size(); ++from) {
    out.push_back(from);
  }
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

TEST(LiteralFilter, PassesOverWhatIsNoKey) {
  const LiteralFilter filter({{'s', 'k', '-'}, {'g', 'h', 'p'}});
  const std::string text = std::string(500, 'a') + "sk_ gha skp" + std::string(500, '-');
  EXPECT_TRUE(positions(filter, text, 0).empty());
}

TEST(LiteralFilter, ShortTextsHoldNothing) {
  const LiteralFilter filter({{'a', 'b', 'c'}});
  for (const std::string_view text : {"", "a", "ab"}) {
    EXPECT_EQ(filter.next(text, 0), text.size());
  }
  EXPECT_EQ(filter.next("abc", 0), 0U);
}

}  // namespace
}  // namespace sally::content
