#include "cedar/analysis/difference.h"

#include <gtest/gtest.h>

#include <random>

#include "cedar/analysis/small_world.h"
#include "cedar/entities/json_writer.h"

namespace sally::cedar {
namespace {

bool allows(const PolicySet& policies, const std::vector<bool>& applies) {
  bool permitted = false;
  for (size_t i = 0; i < applies.size(); ++i) {
    if (applies[i] && policies.policies()[i].effect == Effect::kForbid) {
      return false;
    }
    permitted = permitted || applies[i];
  }
  return permitted;
}

// What the set says to every request there is.
std::vector<bool> decisions(const SmallWorld& world, const PolicySet& policies) {
  std::vector<bool> out;
  world.for_each(policies, [&](const Request&, const std::vector<bool>& applies) {
    out.push_back(allows(policies, applies));
    return true;
  });
  return out;
}

// Two sets that have most policies in common.
std::pair<PolicySet, PolicySet> pair_by_chance(uint32_t seed) {
  std::mt19937 random(seed);
  PolicyWriter writer([&](uint32_t end) { return static_cast<uint32_t>(random() % end); });
  const std::string common = writer.policies(2);
  return {*parse_policies(common + writer.policies(1)),
          *parse_policies(common + writer.policies(1))};
}

TEST(CedarDifference, IsNotProvedAwayAndNotOverlooked) {
  const SmallWorld world;
  const Entities actions = *read_entities("[]", &world.schema());
  size_t proved = 0;
  size_t differ = 0;
  for (uint32_t seed = 0; seed < 60; ++seed) {
    const auto [before, after] = pair_by_chance(seed);
    const auto found = compare(before, after, world.schema(), actions, {.requests = 2'000});
    ASSERT_TRUE(found.ok());
    const bool same = decisions(world, before) == decisions(world, after);
    proved += found->is_proved() ? 1 : 0;
    differ += found->classes.empty() ? 0 : 1;
    EXPECT_TRUE(!found->is_proved() || same) << "seed " << seed;
    EXPECT_TRUE(!found->is_proved() || found->classes.empty()) << "seed " << seed;
    if (found->is_exhausted()) {
      EXPECT_TRUE(same || !found->classes.empty()) << "seed " << seed;
    }
  }
  EXPECT_GT(proved, 3U);
  EXPECT_GT(differ, 20U);
}

TEST(CedarDifference, IsNoneBetweenASetAndItself) {
  const SmallWorld world;
  const Entities actions = *read_entities("[]", &world.schema());
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const auto [before, after] = pair_by_chance(seed);
    const auto found = compare(before, before, world.schema(), actions);
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(found->is_proved()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace sally::cedar
