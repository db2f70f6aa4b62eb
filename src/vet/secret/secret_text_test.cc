#include "vet/secret/secret_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vet/secret_search.h"
#include "vet/test_scan.h"

namespace sally::vet::secret {
namespace {

using test::scanned;
using test::told;
using testing::ElementsAre;
using testing::IsEmpty;

// Finds `key-` and eight characters; `maybe-` is likely.
class Search final : public SecretSearch {
 public:
  [[nodiscard]] std::vector<FoundSecret> find(std::string_view text) const override {
    std::vector<FoundSecret> out;
    for (size_t at = text.find('-'); at != std::string_view::npos; at = text.find('-', at + 1)) {
      if (text.substr(0, at).ends_with("key") || text.substr(0, at).ends_with("maybe")) {
        const bool sure = text.substr(0, at).ends_with("key");
        const size_t begin = at - (sure ? 3 : 5);
        out.push_back({.offset = begin, .length = at + 9 - begin, .kind = "made", .sure = sure});
      }
    }
    return out;
  }
};

TEST(SecretText, TellsWhereButNotWhat) {
  const Search search;
  const Target target = scanned("notes.md", "a\nkey-abcdefgh\nmaybe-abcdefgh\n", nullptr, &search);
  EXPECT_THAT(told(target), ElementsAre("secret high 2", "likely-secret low 3"));
  EXPECT_EQ(target.findings[0].evidence, "key***");
  EXPECT_EQ(target.verdict(), Verdict::kReview);
}

TEST(SecretText, AnOwnerMayAllowIt) {
  const Search search;
  EXPECT_THAT(told(scanned("a.py",
                           "x = 'key-abcdefgh'  # sallyport:allow\n"
                           "y = 'key-abcdefgh'  # gitleaks:allow\n",
                           nullptr, &search)),
              IsEmpty());
}

TEST(SecretText, WhatIsNoTextIsNotLookedAt) {
  const Search search;
  EXPECT_THAT(told(scanned("a.bin", std::string_view("\0key-abcdefgh", 13), nullptr, &search)),
              IsEmpty());
  EXPECT_THAT(told(scanned("a.bin", "\xffkey-abcdefgh", nullptr, &search)), IsEmpty());
}

}  // namespace
}  // namespace sally::vet::secret
