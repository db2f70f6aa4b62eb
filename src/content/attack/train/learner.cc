#include "content/attack/train/learner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "content/attack/features.h"
#include "content/attack/windows.h"
#include "content/names/train/augment.h"
#include "content/normalise/normalized_text.h"

namespace sally::content::attack {
namespace {

constexpr size_t kMostOctets = 8'192;  // of a text that are learned from
// The row of features that are not learned: its weights stay 0.
constexpr uint32_t kUnused = 0;
// Of the weight of attacks, what each kind has; by Head.
constexpr std::array<double, kHeads> kShare = {0, 0.5, 0.3, 0.2};
// What a benign text counts for the head of one kind, which has less attacks than all kinds.
constexpr double kBenignForKind = 0.5;

// An example's features, and where its blocks end among them.
struct Prepared {
  std::vector<uint32_t> hashes;
  std::vector<uint32_t> ends;
  std::array<float, kHeads> weight{};
  std::array<bool, kHeads> is_attack{};
};

class Collector {
 public:
  explicit Collector(Prepared& out) : out_(out) {}
  void feature(uint32_t hash, unsigned /*words*/) { out_.hashes.push_back(hash); }
  void token(size_t begin, size_t end) {
    if (!is_begun_) {
      begin_ = begin;
      is_begun_ = true;
    }
    if (end - begin_ >= kBlockOctets) {
      finish();
    }
  }
  void finish() {
    if (is_begun_) {
      out_.ends.push_back(static_cast<uint32_t>(out_.hashes.size()));
      is_begun_ = false;
    }
  }

 private:
  Prepared& out_;
  bool is_begun_ = false;
  size_t begin_ = 0;
};

Prepared prepared(const Example& example) {
  Prepared out;
  const std::string_view text = std::string_view(example.text).substr(0, kMostOctets);
  const NormalizedText normal = normalise(UntrustedText(text));
  Collector collector(out);
  FeatureReader(normal.text(), collector).run();
  collector.finish();
  return out;
}

bool has_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts,
                             [&](auto part) { return text.find(part) != std::string_view::npos; });
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return out;
}

constexpr auto kJailbreakKinds = std::to_array<std::string_view>(
    {"jailbreak", "roleplay", "role_play", "persona", "bypass", "crescendo", "harmful_request",
     "role_hijack", "multi-turn", "multi_turn"});
constexpr auto kExtractionKinds =
    std::to_array<std::string_view>({"extraction", "leak", "prompt_exfiltration"});
constexpr auto kOwnWords = std::to_array<std::string_view>(
    {"system prompt", "your instructions", "your prompt", "initial prompt", "initial instructions",
     "hidden prompt", "hidden instructions", "prompt above", "instructions above", "text above",
     "original instructions", "your rules", "system message", "above prompt"});
constexpr auto kTellWords = std::to_array<std::string_view>(
    {"reveal", "show", "print", "repeat", "output", "tell me", "display", "what are", "what is",
     "leak", "share", "give me", "reproduce", "copy", "dump", "spell", "list"});

// How many sources have each feature; those that share a count are few.
class SourceCounts {
 public:
  SourceCounts() : last_(size_t{1} << kBits), counts_(size_t{1} << kBits) {}
  // `source`: from 1, rising.
  void add(const Prepared& example, uint16_t source) {
    for (const uint32_t hash : example.hashes) {
      const uint32_t at = hash >> (32 - kBits);
      if (last_[at] != source) {
        last_[at] = source;
        counts_[at] = static_cast<uint8_t>(std::min(counts_[at] + 1, 255));
      }
    }
  }
  [[nodiscard]] uint32_t of(uint32_t hash) const { return counts_[hash >> (32 - kBits)]; }

 private:
  static constexpr uint32_t kBits = 26;
  std::vector<uint16_t> last_;
  std::vector<uint8_t> counts_;
};

bool is_low(const Example& example) {
  static constexpr auto kLow = std::to_array<std::string_view>(
      {"security_doc", "system_prompt", "skill", "prompt_template", "persona_prompt"});
  return has_any(example.kind, kLow);
}

float sigmoid(float logit) {
  return 1 / (1 + std::exp(-logit));
}

class Learner {
 public:
  explicit Learner(const TrainingOptions& options)
      : options_(options),
        weights_(size_t{1} << options.row_bits),
        squares_(size_t{1} << options.row_bits),
        moments_(size_t{1} << options.row_bits) {}

  void learn(const Prepared& example) {
    now_ += 1;
    sum_up(example);
    const size_t last = sums_.size() - 1;
    std::array<std::pair<size_t, size_t>, kHeads> best{};
    Heads<float> logit;
    logit.fill(-1e30F);
    const auto look = [&](size_t from, size_t to) {
      const float factor = factor_of(ends_[to] - ends_[from]);
      for (size_t head = 0; head < kHeads; ++head) {
        const float z = (sums_[to][head] - sums_[from][head]) * factor + bias_[head];
        if (z > logit[head]) {
          logit[head] = z;
          best[head] = {from, to};
        }
      }
    };
    for (size_t to = 1; to <= last; ++to) {
      for_each_window_ending(to, look);
    }
    for_each_window_at_end(last, look);
    for (size_t head = 0; head < kHeads; ++head) {
      if (example.weight[head] <= 0) {
        continue;
      }
      const float gradient =
          (sigmoid(logit[head]) - (example.is_attack[head] ? 1.0F : 0.0F)) * example.weight[head];
      if (std::abs(gradient) < kLeastGradient) {
        continue;
      }
      change(example, head, best[head].first, best[head].second, gradient);
    }
  }

  [[nodiscard]] Model model() const {
    Model out;
    out.row_bits = options_.row_bits;
    out.share_of_any = options_.share_of_any;
    out.rows.resize(weights_.size());
    // The average of what the weights were.
    std::vector<Heads<float>> average = weights_;
    for (size_t i = 0; i < average.size(); ++i) {
      for (size_t head = 0; head < kHeads; ++head) {
        average[i][head] -= moments_[i][head] / (now_ + 1);
      }
    }
    for (size_t head = 0; head < kHeads; ++head) {
      std::vector<float> sizes;
      for (const auto& row : average) {
        if (row[head] != 0) {
          sizes.push_back(std::abs(row[head]));
        }
      }
      float largest = 1e-6F;
      if (!sizes.empty()) {
        // The largest few of all are cut off, so that the others are kept finely.
        const auto place =
            sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) - sizes.size() / 5'000);
        std::ranges::nth_element(sizes, place);
        largest = std::max(largest, *place);
      }
      out.unit[head] = largest / 127;
      out.bias[head] = bias_[head] - bias_moment_[head] / (now_ + 1) - options_.offset;
      for (size_t i = 0; i < weights_.size(); ++i) {
        const float value = std::round(average[i][head] / out.unit[head]);
        out.rows[i][head] = static_cast<int8_t>(std::clamp(value, -127.0F, 127.0F));
      }
    }
    return out;
  }

 private:
  static constexpr float kLeastGradient = 1e-3F;

  static float factor_of(uint32_t count) {
    return 1 / std::sqrt(static_cast<float>(count) + Model::kPrior);
  }
  void sum_up(const Prepared& example) {
    sums_.assign(1, {});
    ends_.assign(1, 0);
    Heads<float> total{};
    uint32_t at = 0;
    for (const uint32_t end : example.ends) {
      for (; at < end; ++at) {
        const Heads<float>& row = weights_[example.hashes[at]];
        for (size_t head = 0; head < kHeads; ++head) {
          total[head] += row[head];
        }
      }
      sums_.push_back(total);
      ends_.push_back(end);
    }
  }
  void change(const Prepared& example, size_t head, size_t from, size_t to, float gradient) {
    const float x = factor_of(ends_[to] - ends_[from]);
    const float by = gradient * x;
    for (uint32_t at = ends_[from]; at < ends_[to]; ++at) {
      const uint32_t row = example.hashes[at];
      if (row == kUnused) {
        continue;
      }
      float& square = squares_[row][head];
      float& weight = weights_[row][head];
      const float step = by + options_.decay * weight;
      square += step * step;
      const float moved = options_.rate * step / std::sqrt(square + 1e-8F);
      weight -= moved;
      moments_[row][head] -= moved * now_;
    }
    bias_square_[head] += gradient * gradient;
    const float moved = options_.rate * gradient / std::sqrt(bias_square_[head] + 1e-8F);
    bias_[head] -= moved;
    bias_moment_[head] -= moved * now_;
  }

  TrainingOptions options_;
  std::vector<Heads<float>> weights_;
  std::vector<Heads<float>> squares_;
  std::vector<Heads<float>> moments_;  // of each change, times when it was
  float now_ = 0;
  Heads<float> bias_{};
  Heads<float> bias_square_{};
  Heads<float> bias_moment_{};
  std::vector<Heads<float>> sums_;
  std::vector<uint32_t> ends_;
};

// What each example counts, for each head: sources by the root of their size, kinds of attacks
// alike, and benign texts so much in all.
void weigh(std::span<const Example* const> examples, const TrainingOptions& options,
           std::vector<Prepared>& out) {
  std::map<std::pair<std::string_view, bool>, size_t> sizes;
  for (const Example* const example : examples) {
    ++sizes[{example->source, example->is_attack}];
  }
  std::map<std::string_view, std::array<float, 2>> of_language;  // benign texts, attacks
  for (const Example* const example : examples) {
    of_language[example->lang][example->is_attack ? 1 : 0] +=
        std::pow(static_cast<float>(sizes[{example->source, example->is_attack}]), -options.power);
  }
  std::vector<float> base(examples.size());
  std::array<double, kHeads> total{};  // of the kinds of attacks; [0]: of benign texts
  for (size_t i = 0; i < examples.size(); ++i) {
    const Example& example = *examples[i];
    const size_t size = sizes[{example.source, example.is_attack}];
    base[i] = std::pow(static_cast<float>(size), -options.power);
    if (!example.is_attack && example.lang != "en") {
      const auto& [benign, attacks] = of_language[example.lang];
      base[i] *= attacks > 0 ? std::min(1.0F, options.foreign * attacks / benign) : 0;
    }
    if (!example.is_attack && is_low(example)) {
      base[i] *= options.low;
    }
    total[example.is_attack ? static_cast<size_t>(kind_of_attack(example)) : 0] += base[i];
  }
  const auto rows = static_cast<double>(examples.size());
  for (size_t i = 0; i < examples.size(); ++i) {
    const Example& example = *examples[i];
    if (example.is_attack) {
      const auto kind = static_cast<size_t>(kind_of_attack(example));
      const double one = base[i] * rows * (1 - options.benign) / total[kind];
      out[i].weight[0] = static_cast<float>(one * kShare[kind]);
      out[i].is_attack[0] = true;
      out[i].weight[kind] = static_cast<float>(one * kShare[kind]);
      out[i].is_attack[kind] = true;
    } else {
      const double one = base[i] * rows * options.benign / total[0];
      out[i].weight = {static_cast<float>(one)};
      for (size_t head = 1; head < kHeads; ++head) {
        out[i].weight[head] = static_cast<float>(one * kBenignForKind);
      }
    }
  }
}

}  // namespace

Head kind_of_attack(const Example& example) {
  const std::string kind = lower(example.kind);
  if (has_any(kind, kExtractionKinds)) {
    return Head::kExtraction;
  }
  if (has_any(kind, kJailbreakKinds)) {
    return Head::kJailbreak;
  }
  const std::string text = lower(std::string_view(example.text).substr(0, 600));
  return has_any(text, kOwnWords) && has_any(text, kTellWords) ? Head::kExtraction
                                                               : Head::kInjection;
}

Model train(std::span<const Example* const> examples, const TrainingOptions& options) {
  std::vector<Prepared> all(examples.size());
  std::map<std::string_view, std::vector<size_t>> sources;
  for (size_t i = 0; i < examples.size(); ++i) {
    all[i] = prepared(*examples[i]);
    sources[examples[i]->source].push_back(i);
  }
  {
    SourceCounts seen;
    uint16_t number = 0;
    for (const auto& [source, rows] : sources) {
      ++number;
      for (const size_t i : rows) {
        seen.add(all[i], number);
      }
    }
    for (Prepared& example : all) {
      for (uint32_t& hash : example.hashes) {
        const uint32_t row = hash >> (32 - options.row_bits);
        hash = seen.of(hash) >= options.min_sources ? row : kUnused;
      }
    }
  }
  weigh(examples, options, all);
  std::vector<size_t> order(examples.size());
  std::iota(order.begin(), order.end(), size_t{0});
  names::Dice dice(options.seed);
  Learner learner(options);
  for (uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[dice.below(i)]);
    }
    for (const size_t i : order) {
      if (!all[i].ends.empty()) {
        learner.learn(all[i]);
      }
    }
  }
  return learner.model();
}

}  // namespace sally::content::attack
