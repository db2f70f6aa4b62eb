// Labels of tokens, and the best sequence of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "content/entity.h"

namespace sally::content::names {

// One for each lane of a row of weights. An address has no label for its begin: two of them in a
// row do not follow each other without a word between them.
enum class Label : uint8_t {
  kOutside,
  kBeginPerson,
  kInPerson,
  kBeginLocation,
  kInLocation,
  kBeginOrganization,
  kInOrganization,
  kAddress,
};
inline constexpr size_t kLabels = 8;

constexpr size_t index_of(Label label) {
  return static_cast<size_t>(label);
}

// Whether `next` may follow `label`: what is inside a name follows its begin or its inside.
constexpr bool may_follow(Label label, Label next) {
  switch (next) {
    case Label::kInPerson:
      return label == Label::kBeginPerson || label == Label::kInPerson;
    case Label::kInLocation:
      return label == Label::kBeginLocation || label == Label::kInLocation;
    case Label::kInOrganization:
      return label == Label::kBeginOrganization || label == Label::kInOrganization;
    case Label::kOutside:
    case Label::kBeginPerson:
    case Label::kBeginLocation:
    case Label::kBeginOrganization:
    case Label::kAddress:
      return true;
  }
  return false;
}
constexpr bool is_inside(Label label) {
  return !may_follow(Label::kOutside, label);
}
// kOutside has none: the answer for it means nothing.
constexpr EntityType type_of(Label label) {
  switch (label) {
    case Label::kBeginLocation:
    case Label::kInLocation:
      return EntityType::kLocation;
    case Label::kBeginOrganization:
    case Label::kInOrganization:
      return EntityType::kOrganization;
    case Label::kAddress:
      return EntityType::kAddress;
    case Label::kOutside:
    case Label::kBeginPerson:
    case Label::kInPerson:
      break;
  }
  return EntityType::kPerson;
}

template <typename Score>
using LabelScores = std::array<Score, kLabels>;
template <typename Score>
using Transitions = std::array<LabelScores<Score>, kLabels>;  // [from][to]

// Less than any score can be, and far enough from the least number to be added to.
template <typename Score>
inline constexpr Score kForbidden = static_cast<Score>(-1'000'000'000);

// `transitions` with what may not follow forbidden.
template <typename Score>
Transitions<Score> allowed_only(Transitions<Score> transitions) {
  for (size_t from = 0; from < kLabels; ++from) {
    for (size_t to = 0; to < kLabels; ++to) {
      if (!may_follow(static_cast<Label>(from), static_cast<Label>(to))) {
        transitions[from][to] = kForbidden<Score>;
      }
    }
  }
  return transitions;
}

// The sequence of labels with the best sum of `scores` and `transitions` (Viterbi), as if the text
// were preceded by kOutside. A token whose `is_candidate` is 0 is kOutside. All spans have one
// length; `back` is scratch of that length.
template <typename Score>
void best_labels(std::span<const LabelScores<Score>> scores, std::span<const uint8_t> is_candidate,
                 const Transitions<Score>& transitions,
                 std::span<std::array<uint8_t, kLabels>> back, std::span<Label> out) {
  LabelScores<Score> best;
  best.fill(kForbidden<Score>);
  best[0] = 0;
  bool only_outside = true;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (is_candidate[i] == 0) {
      size_t from = 0;
      for (size_t k = 1; k < kLabels && !only_outside; ++k) {
        from = best[k] + transitions[k][0] > best[from] + transitions[from][0] ? k : from;
      }
      const Score sum = best[from] + transitions[from][0];
      best.fill(kForbidden<Score>);
      best[0] = sum;
      back[i].fill(static_cast<uint8_t>(from));
      only_outside = true;
      continue;
    }
    LabelScores<Score> next = transitions[0];
    std::array<uint8_t, kLabels> from{};
    for (size_t to = 0; to < kLabels; ++to) {
      next[to] += best[0];
    }
    for (size_t k = 1; k < kLabels && !only_outside; ++k) {
      for (size_t to = 0; to < kLabels; ++to) {
        const Score sum = best[k] + transitions[k][to];
        from[to] = sum > next[to] ? static_cast<uint8_t>(k) : from[to];
        next[to] = std::max(next[to], sum);
      }
    }
    for (size_t to = 0; to < kLabels; ++to) {
      best[to] = std::max(next[to] + scores[i][to], kForbidden<Score>);
    }
    back[i] = from;
    only_outside = false;
  }
  size_t label = static_cast<size_t>(std::ranges::max_element(best) - best.begin());
  for (size_t i = scores.size(); i-- > 0;) {
    if (is_candidate[i] == 0) {
      label = 0;
    }
    out[i] = static_cast<Label>(label);
    label = back[i][label];
  }
}

}  // namespace sally::content::names
