#include "content/attack/train/known_list.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "content/attack/train/learner.h"
#include "content/normalise/normalized_text.h"

namespace sally::content::attack {
namespace {

// Texts that are passed around as attacks, and what attack tools bring along: sources whose labels
// are what somebody meant, under MIT, Apache-2.0 or our own.
constexpr auto kSources = std::to_array<std::string_view>({
    "adaptive_attacks",
    "aisafetylab_templates",
    "atr_rules",
    "augustus",
    "bigprompt_jb",
    "cyberseceval_pi",
    "flowgpt_jb",
    "garak_shared",
    "giskard",
    "go_promptguard",
    "gptfuzz",
    "jailbreak_llms",
    "jbb_artifacts",
    "langgpt_jailbreaks",
    "lmstudio_jailbreaks",
    "overflip",
    "pif_benchmark",
    "pincer",
    "promptwall",
    "self_reminder",
    "spikee_targeted",
    "email_agent",
});
// Fewer words are said by anybody.
constexpr size_t kLeastWords = 8;
// What contains so much of another adds nothing to a list.
constexpr float kSame = 0.85F;
constexpr size_t kMostOctetsOfOne = 16'384;

template <typename Take>
struct Words {
  const Take& take;
  void feature(uint32_t /*hash*/, unsigned /*words*/) const {}
  void known(uint32_t /*place*/) const {}
  void token(size_t /*begin*/, size_t /*end*/) const {}
  void word(uint32_t key, size_t begin, size_t end) const { take(key, begin, end); }
};

KnownHit hit_of(const KnownAttacks& known, std::string_view text) {
  KnownReader reader(known);
  const auto take = [&reader](uint32_t key, size_t begin, size_t end) {
    reader.word(key, begin, end);
  };
  const Words<decltype(take)> words{take};
  const Vocabulary none;
  FeatureReader<const Words<decltype(take)>>(text, none, words).run();
  return reader.finish(0, text.size());
}

std::string normal_of(const Example& example) {
  const std::string_view text = std::string_view(example.text).substr(0, kMostOctetsOfOne);
  return std::string(normalise(UntrustedText(text)).text());
}

// What benign texts say.
struct Benign {
  std::vector<uint32_t> runs;  // rising
  std::set<uint64_t> wholes;
};

// Of every other text where `half`.
Benign benign_of(std::span<const Example> examples, bool half) {
  Benign out;
  for (size_t i = 0; i < examples.size(); ++i) {
    if (!examples[i].is_attack && (!half || i % 2 == 0)) {
      const std::string text = normal_of(examples[i]);
      const auto runs = KnownAttacks::runs_of(text);
      out.runs.insert(out.runs.end(), runs.begin(), runs.end());
      if (const auto known = KnownAttacks::of(text, kLeastWords)) {
        out.wholes.insert(known->whole);
      }
    }
  }
  std::ranges::sort(out.runs);
  out.runs.erase(std::ranges::unique(out.runs).begin(), out.runs.end());
  return out;
}

KnownAttacks list_of(std::span<const Example> examples, const Benign& benign) {
  KnownAttacks out;
  for (const Example& example : examples) {
    if (!example.is_attack || std::ranges::find(kSources, example.source) == kSources.end()) {
      continue;
    }
    const std::string text = normal_of(example);
    auto known = KnownAttacks::of(text, kLeastWords, benign.runs);
    if (!known || benign.wholes.contains(known->whole) || hit_of(out, text).score >= kSame) {
      continue;
    }
    known->label = kind_of_attack(example);
    known->list = content::KnownList::kShipped;
    out.add(*known);
  }
  return out;
}

}  // namespace

ListOfKnown known_list_of(std::span<const Example> examples) {
  ListOfKnown out;
  const KnownAttacks half = list_of(examples, benign_of(examples, true));
  for (size_t i = 1; i < examples.size(); i += 2) {
    if (!examples[i].is_attack) {
      ++out.benign;
      out.false_hits += hit_of(half, normal_of(examples[i])).score > 0 ? 1 : 0;
    }
  }
  out.attacks = list_of(examples, benign_of(examples, false));
  return out;
}

}  // namespace sally::content::attack
