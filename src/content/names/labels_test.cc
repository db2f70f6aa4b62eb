#include "content/names/labels.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace sally::content::names {
namespace {

// The best sequence by looking at them all.
std::vector<Label> best_plainly(const std::vector<LabelScores<int32_t>>& scores,
                                const std::vector<uint8_t>& is_candidate,
                                const Transitions<int32_t>& transitions) {
  size_t count = 1;
  for (size_t i = 0; i < scores.size(); ++i) {
    count *= kLabels;
  }
  int64_t best = INT64_MIN;
  std::vector<Label> out;
  for (size_t number = 0; number < count; ++number) {
    size_t rest = number;
    size_t last = 0;
    int64_t sum = 0;
    bool is_allowed = true;
    std::vector<Label> labels;
    for (size_t i = 0; i < scores.size(); ++i) {
      const size_t label = rest % kLabels;
      rest /= kLabels;
      is_allowed = is_allowed && (is_candidate[i] != 0 || label == 0) &&
                   may_follow(static_cast<Label>(last), static_cast<Label>(label));
      sum += transitions[last][label] + (is_candidate[i] != 0 ? scores[i][label] : 0);
      labels.push_back(static_cast<Label>(label));
      last = label;
    }
    if (is_allowed && sum > best) {
      best = sum;
      out = labels;
    }
  }
  return out;
}

TEST(Labels, TheSequenceIsTheBestOfAll) {
  SeededRandom random(7);
  const auto number = [&] { return static_cast<int32_t>(random.next_u64() % 20'011) - 10'005; };
  for (int round = 0; round < 60; ++round) {
    Transitions<int32_t> transitions{};
    for (auto& row : transitions) {
      for (int32_t& value : row) {
        value = number();
      }
    }
    transitions = allowed_only(transitions);
    const size_t length = 1 + random.next_u64() % 4;
    std::vector<LabelScores<int32_t>> scores(length);
    std::vector<uint8_t> is_candidate(length);
    for (size_t i = 0; i < length; ++i) {
      is_candidate[i] = random.next_u64() % 4 == 0 ? 0 : 1;
      for (int32_t& value : scores[i]) {
        value = is_candidate[i] != 0 ? number() : 0;
      }
    }
    std::vector<std::array<uint8_t, kLabels>> back(length);
    std::vector<Label> labels(length);
    best_labels<int32_t>(scores, is_candidate, transitions, back, labels);
    EXPECT_EQ(labels, best_plainly(scores, is_candidate, transitions));
  }
}

TEST(Labels, WhatIsInsideANameFollowsItsBeginOrItsInside) {
  EXPECT_TRUE(may_follow(Label::kBeginPerson, Label::kInPerson));
  EXPECT_TRUE(may_follow(Label::kInPerson, Label::kInPerson));
  EXPECT_FALSE(may_follow(Label::kOutside, Label::kInPerson));
  EXPECT_FALSE(may_follow(Label::kBeginLocation, Label::kInPerson));
  EXPECT_TRUE(may_follow(Label::kOutside, Label::kAddress));
}

}  // namespace
}  // namespace sally::content::names
