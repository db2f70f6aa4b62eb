#include "verifier/merkle.h"

#include <gmock/gmock.h>

#include "verifier/test_log.h"

namespace sally::verifier {
namespace {

using test::TestLog;

constexpr size_t kMost = 70;

TestLog tree() {
  TestLog log;
  log.add_numbered(kMost);
  return log;
}

// Nothing like a good proof may pass: with a bit flipped, a hash more, a hash less.
template <typename Verify>
void expect_only(const std::vector<Hash>& proof, const Verify& verify) {
  EXPECT_TRUE(verify(proof));
  for (size_t i = 0; i < proof.size(); ++i) {
    std::vector<Hash> bad = proof;
    bad[i][i % 32] ^= std::byte{0x10};
    EXPECT_FALSE(verify(bad)) << "hash " << i;
    bad = proof;
    bad.erase(bad.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_FALSE(verify(bad)) << "without hash " << i;
  }
  std::vector<Hash> longer = proof;
  longer.push_back(empty_root());
  EXPECT_FALSE(verify(longer));
}

TEST(Merkle, HashesTheTreesOfTheRfc) {
  // RFC 6962's empty tree, and the leaf of no bytes.
  EXPECT_EQ(show_hash(empty_root()), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(show_hash(leaf_hash({})), "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=");
  EXPECT_EQ(root_of({}), empty_root());
  const TestLog log = tree();
  EXPECT_EQ(log.root(0, 3),
            node_hash(node_hash(log.leaves()[0], log.leaves()[1]), log.leaves()[2]));
}

TEST(Merkle, VerifiesEveryInclusionAndNothingLikeIt) {
  const TestLog log = tree();
  for (size_t size = 1; size <= kMost; ++size) {
    const Hash root = log.root(0, size);
    for (size_t i = 0; i < size; ++i) {
      const std::vector<Hash> proof = log.inclusion(i, 0, size);
      ASSERT_TRUE(verify_inclusion(i, size, log.leaves()[i], proof, root).ok()) << i << "/" << size;
      if (i + 1 < size) {
        EXPECT_FALSE(verify_inclusion(i + 1, size, log.leaves()[i], proof, root).ok());
      }
    }
    expect_only(log.inclusion(size / 2, 0, size), [&](const std::vector<Hash>& proof) {
      return verify_inclusion(size / 2, size, log.leaves()[size / 2], proof, root).ok();
    });
    EXPECT_FALSE(verify_inclusion(size, size, log.leaves()[0], {}, root).ok());
  }
}

TEST(Merkle, VerifiesEveryConsistencyAndNothingLikeIt) {
  const TestLog log = tree();
  for (size_t large = 1; large <= kMost; ++large) {
    for (size_t small = 1; small <= large; ++small) {
      const auto verify = [&](const std::vector<Hash>& proof) {
        return verify_consistency(small, large, log.root(0, small), log.root(0, large), proof).ok();
      };
      ASSERT_TRUE(verify(log.consistency(small, large))) << small << " " << large;
      if (large % 9 == 0) {
        expect_only(log.consistency(small, large), verify);
      }
    }
  }
}

TEST(Merkle, ShowsNothingOfAnEmptyTree) {
  const TestLog log = tree();
  EXPECT_FALSE(verify_consistency(0, 5, empty_root(), log.root(0, 5), {}).ok());
  EXPECT_FALSE(verify_consistency(0, 0, empty_root(), empty_root(), {}).ok());
}

TEST(Merkle, NeedsEqualRootsForEqualSizes) {
  const TestLog log = tree();
  EXPECT_TRUE(verify_consistency(5, 5, log.root(0, 5), log.root(0, 5), {}).ok());
  EXPECT_FALSE(verify_consistency(5, 5, log.root(0, 5), log.root(1, 6), {}).ok());
  EXPECT_FALSE(
      verify_consistency(5, 5, log.root(0, 5), log.root(0, 5), std::vector{empty_root()}).ok());
  EXPECT_FALSE(verify_consistency(6, 5, log.root(0, 6), log.root(0, 5), {}).ok());
}

TEST(Merkle, VerifiesEntriesOfSubtreesThatMayBe) {
  const TestLog log = tree();
  const auto verify = [&log](size_t index, size_t start, size_t end) {
    return verify_subtree_inclusion(index, start, end, log.leaves()[index],
                                    log.inclusion(index - start, start, end), log.root(start, end))
        .ok();
  };
  EXPECT_TRUE(verify(6, 4, 7));
  EXPECT_TRUE(verify(13, 8, 16));
  EXPECT_FALSE(verify(7, 6, 9)) << "no subtree begins there";
  EXPECT_FALSE(
      verify_subtree_inclusion(3, 4, 8, log.leaves()[3], log.inclusion(0, 4, 8), log.root(4, 8))
          .ok());
}

TEST(Merkle, RefusesSizesAtTheEndOfTheNumbers) {
  const TestLog log = tree();
  const Hash root = log.root(0, 4);
  const std::vector<Hash> proof(kMaxProof, root);
  EXPECT_FALSE(verify_inclusion(UINT64_MAX - 1, UINT64_MAX, root, proof, root).ok());
  EXPECT_FALSE(verify_consistency(1, UINT64_MAX, root, root, proof).ok());
  EXPECT_FALSE(verify_consistency(UINT64_MAX - 1, UINT64_MAX, root, root, proof).ok());
  EXPECT_FALSE(verify_subtree_consistency(1, UINT64_MAX, UINT64_MAX, root, root, proof).ok());
}

}  // namespace
}  // namespace sally::verifier
