#include "tlog/tree.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

#include "base/encoding.h"
#include "tlog/prover.h"

namespace sally::tlog {
namespace {

// Leaf 0 is empty, leaf i is `audit-entry-<i>`: so the vectors were made.
Hash leaf(uint64_t index) {
  return leaf_hash(as_bytes(index == 0 ? std::string() : "audit-entry-" + std::to_string(index)));
}

std::string base64(const Hash& hash) {
  return to_base64(hash, Base64::kStandard, Padding::kRequired);
}
std::vector<std::string> base64(const std::vector<Hash>& hashes) {
  std::vector<std::string> out;
  for (const Hash& hash : hashes) {
    out.push_back(base64(hash));
  }
  return out;
}

// A log that keeps its tiles in memory.
class MemoryLog final : public TileSource {
 public:
  explicit MemoryLog(uint64_t size) {
    for (uint64_t i = 0; i < size; ++i) {
      tree_.append(leaf(i), [this](uint32_t level, uint64_t index, std::span<const Hash> hashes) {
        EXPECT_EQ(hashes.size(), kTileWidth);
        EXPECT_TRUE(tiles_.try_emplace({level, index}, hashes.begin(), hashes.end()).second);
      });
    }
    for (uint32_t level = 0; level < tree_.levels(); ++level) {
      const auto hashes = tree_.partial(level);
      tiles_.try_emplace({level, size >> (kTileHeight * (level + 1))}, hashes.begin(),
                         hashes.end());
    }
  }
  Result<std::vector<Hash>> tile(uint32_t level, uint64_t index, uint64_t width) override {
    const auto found = tiles_.find({level, index});
    if (found == tiles_.end() || found->second.size() < width) {
      return Error(ErrorKind::kNotFound, "no such tile");
    }
    return std::vector<Hash>(found->second.begin(),
                             found->second.begin() + static_cast<std::ptrdiff_t>(width));
  }
  [[nodiscard]] const Tree& tree() const { return tree_; }

 private:
  Tree tree_;
  std::map<std::pair<uint32_t, uint64_t>, std::vector<Hash>> tiles_;
};

TEST(Tree, HasTheRootsOfTheVectors) {
  const std::map<uint64_t, std::string> roots = {
      {0, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
      {1, "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="},
      {2, "ae+YMH0uBc1No6ctKGiCk0QgN7j1eNwk/bojyiqeckk="},
      {3, "LkwiBHytyl7+ezYjjUc5korHaI8o5NNK6gEW+MKFhgE="},
      {5, "oFDQgGJOByCKJmDvPBkOHXQDOE5npzaDDT1nhKEWMbo="},
      {8, "WhbdD8gh2ntvoMcVoxy/ygE1qITPYJ0i36ejnThE29o="},
      {13, "nrkYIwEbO2aF5yEoepyBtXQv4BsgEY7C+uCKSaD1a1A="},
      {257, "hE+e19aitEw4u6DG7Vlx75UGzlSKeS5BMbVH0kpkmEI="},
  };
  for (const auto& [size, root] : roots) {
    EXPECT_EQ(base64(MemoryLog(size).tree().root()), root) << size;
  }
}

TEST(Tree, HandsOutEveryTileOnceWhenItIsFull) {
  MemoryLog log(2 * kTileWidth * kTileWidth + 3 * kTileWidth + 5);  // the log checks
  EXPECT_EQ(log.tree().levels(), 3U);
  EXPECT_EQ(log.tree().partial(0).size(), 5U);
  EXPECT_EQ(log.tree().partial(1).size(), 3U);
  EXPECT_EQ(log.tree().partial(2).size(), 2U);
}

TEST(Tree, GoesOnAsIfNothingHadBeenWhenItIsRestored) {
  MemoryLog log(1000);
  Tree whole = log.tree();
  std::vector<std::vector<Hash>> levels;
  for (uint32_t level = 0; level < whole.levels(); ++level) {
    levels.emplace_back(whole.partial(level).begin(), whole.partial(level).end());
  }
  auto restored = Tree::restore(1000, levels);
  ASSERT_TRUE(restored.ok()) << restored.error().message();
  EXPECT_EQ(restored->root(), whole.root());
  const auto ignore = [](uint32_t, uint64_t, std::span<const Hash>) {};
  for (uint64_t i = 1000; i < 1100; ++i) {
    whole.append(leaf(i), ignore);
    restored->append(leaf(i), ignore);
  }
  EXPECT_EQ(restored->root(), whole.root());

  levels[0].pop_back();
  EXPECT_FALSE(Tree::restore(1000, levels).ok());
}

TEST(Prover, GivesTheProofsOfTheVectors) {
  MemoryLog seven(7);
  Prover prover(seven, 7);
  EXPECT_THAT(base64(*prover.inclusion(3)),
              testing::ElementsAre("Xk10VR2BldHc4ouxOqW1F3ZqewE7pwgXRfPK+lwZl6c=",
                                   "ae+YMH0uBc1No6ctKGiCk0QgN7j1eNwk/bojyiqeckk=",
                                   "1urLSm0tdYrtVSAd8Y7wEIeSp0UYTRUyYbBKoC16Fos="));
  EXPECT_THAT(base64(*prover.consistency(3)),
              testing::ElementsAre("Xk10VR2BldHc4ouxOqW1F3ZqewE7pwgXRfPK+lwZl6c=",
                                   "39rDpDHggT0HrNlI/pOULZ7F9QYNEM+HwVaP4nrgKqY=",
                                   "ae+YMH0uBc1No6ctKGiCk0QgN7j1eNwk/bojyiqeckk=",
                                   "1urLSm0tdYrtVSAd8Y7wEIeSp0UYTRUyYbBKoC16Fos="));
  EXPECT_THAT(base64(*prover.consistency(6)),
              testing::ElementsAre("0UFSeYNOrnLnz35jvMSC2hfPh5tN7bUk5/nw7FrLFzU=",
                                   "Sog/C55dkTMQ8cy/c/BOfAn0L320sVsm98M+sXV7Wq8=",
                                   "sC+9XeX2IhAQA0+qmBwK4wOs1+dKu0Rfs6yKxNVDfzc="));
  EXPECT_TRUE(prover.consistency(0)->empty());
  EXPECT_TRUE(prover.consistency(7)->empty());
  EXPECT_FALSE(prover.consistency(8).ok());
  EXPECT_FALSE(prover.inclusion(7).ok());

  MemoryLog two_levels(257);
  EXPECT_THAT(base64(*Prover(two_levels, 257).inclusion(256)),
              testing::ElementsAre("UEnZHJn6O/BCsoMWkHt4fQyMgN7IOhxy461rLVs0ANo="));
}

TEST(Prover, KnowsTheRootOfEverySmallerTree) {
  MemoryLog log(600);
  for (const uint64_t size : {0U, 1U, 2U, 255U, 256U, 257U, 511U, 512U, 513U, 599U, 600U}) {
    EXPECT_EQ(Prover(log, size).root().value_or(Hash{}), MemoryLog(size).tree().root()) << size;
    EXPECT_EQ(Prover(log, 600).root_of(size).value_or(Hash{}), MemoryLog(size).tree().root())
        << size;
  }
  EXPECT_FALSE(Prover(log, 600).root_of(601).ok());
}

}  // namespace
}  // namespace sally::tlog
