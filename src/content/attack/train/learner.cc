#include "content/attack/train/learner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "content/attack/features.h"
#include "content/attack/train/words.h"
#include "content/attack/windows.h"
#include "content/names/train/augment.h"
#include "content/normalise/normalized_text.h"

namespace sally::content::attack {
namespace {

// The row of all features that have none.
constexpr uint32_t kUnused = 0;
// Of the weight of attacks, what each kind has; by Head.
constexpr std::array<double, kHeads> kShare = {0, 0.4, 0.3, 0.2, 0.1};
// What a benign text counts for the head of one kind, which has less attacks than all kinds.
constexpr double kBenignForKind = 0.5;

// Of a feature in place of its hash: it is worth kStrong.
constexpr uint32_t kStrongBit = 1U << 31;

// An example's features, and where its blocks end among them.
struct Prepared {
  std::vector<uint32_t> hashes;  // then rows, with kStrongBit
  std::vector<uint32_t> ends;
  std::array<float, kHeads> weight{};
  std::array<bool, kHeads> is_attack{};
};

class Collector {
 public:
  Collector(const Words& words, Prepared& out) : words_(words), out_(out) {}
  void feature(uint32_t hash, unsigned /*words*/) { out_.hashes.push_back(hash); }
  void known(uint32_t place) {
    const std::vector<uint32_t>& features = words_.features[place];
    out_.hashes.insert(out_.hashes.end(), features.begin(), features.end());
  }
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
  const Words& words_;
  Prepared& out_;
  bool is_begun_ = false;
  size_t begin_ = 0;
};

Prepared prepared(const Example& example, const Words& words) {
  Prepared out;
  const std::string_view text = std::string_view(example.text).substr(0, kMostOctets);
  const NormalizedText normal = normalise(UntrustedText(text));
  Collector collector(words, out);
  FeatureReader(normal.text(), words.vocabulary, collector).run();
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
constexpr auto kExfiltrationKinds = std::to_array<std::string_view>({"exfil"});
constexpr auto kSendWords = std::to_array<std::string_view>(
    {"send ", "forward ", "upload ", "post ", "email ", "exfiltrat", "transmit ", "![", "<img",
     "append ", "submit ", "curl ", "fetch "});
constexpr auto kAddresses =
    std::to_array<std::string_view>({"http:", "https:", "@", "webhook", " url", "this address",
                                     "address below", "pastebin", "external server", "www."});
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

// Harmful requests in a story or with a reason: much like what is harmless and about harm.
bool is_persuasion(const Example& example) {
  static constexpr auto kPersuasion = std::to_array<std::string_view>(
      {"persuasion", "jailbreak_pair", "jailbreak_tap", "jailbreak_gcg", "jailbreak_dsn"});
  return has_any(example.kind, kPersuasion);
}

bool is_low(const Example& example) {
  static constexpr auto kLow = std::to_array<std::string_view>(
      {"security_doc", "system_prompt", "skill", "prompt_template", "persona_prompt"});
  return has_any(example.kind, kLow);
}

float sigmoid(float logit) {
  return 1 / (1 + std::exp(-logit));
}

// What was learned: weights of the rows, and biases.
struct Learned {
  std::vector<Heads<float>> weights;
  std::array<Heads<float>, kSizes> bias{};
};

class Learner {
 public:
  // `decays`: of each row; outlives it.
  Learner(const TrainingOptions& options, std::span<const float> decays)
      : options_(options),
        decays_(decays),
        weights_(size_t{1} << options.learned_bits),
        squares_(size_t{1} << options.learned_bits),
        moments_(size_t{1} << options.learned_bits) {}

  // `believes`: whether a text counts less the less its label is believed.
  void learn(const Prepared& example, bool believes) {
    now_ += 1;
    left_out_ = options_.dropout > 0 ? static_cast<uint32_t>(now_) * 0x9E3779B1U : 0;
    sum_up(example);
    const size_t last = sums_.size() - 1;
    std::array<Window, kHeads> best{};
    Heads<float> logit;
    logit.fill(-1e30F);
    const auto look = [&](size_t from, size_t to, size_t size) {
      const float factor = factor_of(counts_[to] - counts_[from]);
      for (size_t head = 0; head < kHeads; ++head) {
        const float z = (sums_[to][head] - sums_[from][head]) * factor + bias_[size][head];
        if (z > logit[head]) {
          logit[head] = z;
          best[head] = {from, to, size};
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
      const float attack = sigmoid(logit[head]);
      float gradient = (attack - (example.is_attack[head] ? 1.0F : 0.0F)) * example.weight[head];
      if (believes && options_.trust > 0) {
        gradient *= std::pow(example.is_attack[head] ? attack : 1 - attack, options_.trust);
      }
      if (std::abs(gradient) < kLeastGradient) {
        continue;
      }
      change(example, head, best[head], gradient);
    }
  }

  // Adds `share` times the average of what the weights were to `out`.
  void add_to(Learned& out, float share) const {
    out.weights.resize(weights_.size());
    for (size_t i = 0; i < weights_.size(); ++i) {
      for (size_t head = 0; head < kHeads; ++head) {
        out.weights[i][head] += share * (weights_[i][head] - moments_[i][head] / (now_ + 1));
      }
    }
    for (size_t size = 0; size < kSizes; ++size) {
      for (size_t head = 0; head < kHeads; ++head) {
        out.bias[size][head] += share * (bias_[size][head] - bias_moment_[size][head] / (now_ + 1));
      }
    }
  }

 private:
  static constexpr float kLeastGradient = 1e-3F;
  static constexpr float kUnknownRate = 0.03F;  // there are many in each text

  struct Window {
    size_t from = 0;  // the block that it begins with
    size_t to = 0;    // the one behind it
    size_t size = 0;  // which of kWindowSizes
  };

  // Whether a row is left out of the example that is being learned from.
  [[nodiscard]] bool is_out(uint32_t row) const {
    return left_out_ != 0 && row != kUnused &&
           static_cast<float>((row ^ left_out_) * 0x85EBCA77U >> 8) < options_.dropout * 0x1p24F;
  }
  [[nodiscard]] float factor_of(uint32_t count) const {
    return 1 / (std::sqrt(static_cast<float>(count) + Model::kPrior) * (1 - options_.dropout));
  }
  void sum_up(const Prepared& example) {
    sums_.assign(1, {});
    ends_.assign(1, 0);
    counts_.assign(1, 0);
    Heads<float> total{};
    uint32_t count = 0;
    uint32_t at = 0;
    for (const uint32_t end : example.ends) {
      for (; at < end; ++at) {
        const bool strong = (example.hashes[at] & kStrongBit) != 0;
        const uint32_t row = example.hashes[at] & ~kStrongBit;
        count += square_of(strong ? 1 : 0);
        if (is_out(row)) {
          continue;
        }
        const float worth = row == kUnused || !strong ? 1 : kStrong;
        for (size_t head = 0; head < kHeads; ++head) {
          total[head] += weights_[row][head] * worth;
        }
      }
      sums_.push_back(total);
      ends_.push_back(end);
      counts_.push_back(count);
    }
  }
  void change(const Prepared& example, size_t head, const Window& window, float gradient) {
    const float factor = factor_of(counts_[window.to] - counts_[window.from]);
    uint32_t unknown = 0;
    for (uint32_t at = ends_[window.from]; at < ends_[window.to]; ++at) {
      const uint32_t row = example.hashes[at] & ~kStrongBit;
      if (row == kUnused) {
        ++unknown;
        continue;
      }
      if (is_out(row)) {
        continue;
      }
      const float by =
          gradient * factor * ((example.hashes[at] & kStrongBit) != 0 ? kStrong : 1.0F);
      float& square = squares_[row][head];
      float& weight = weights_[row][head];
      const float step = by + decays_[row] * weight;
      square += step * step;
      const float moved = options_.rate * step / std::sqrt(square + 1e-8F);
      weight -= moved;
      moments_[row][head] -= moved * now_;
    }
    if (unknown > 0) {
      const float step = gradient * factor * static_cast<float>(unknown);
      squares_[kUnused][head] += step * step;
      const float moved =
          kUnknownRate * options_.rate * step / std::sqrt(squares_[kUnused][head] + 1e-8F);
      weights_[kUnused][head] -= moved;
      moments_[kUnused][head] -= moved * now_;
    }
    float& square = bias_square_[window.size][head];
    square += gradient * gradient;
    const float moved = options_.rate * gradient / std::sqrt(square + 1e-8F);
    bias_[window.size][head] -= moved;
    bias_moment_[window.size][head] -= moved * now_;
  }

  TrainingOptions options_;
  std::span<const float> decays_;
  std::vector<Heads<float>> weights_;
  std::vector<Heads<float>> squares_;
  std::vector<Heads<float>> moments_;  // of each change, times when it was
  float now_ = 0;
  uint32_t left_out_ = 0;  // of this turn, where rows are left out
  std::array<Heads<float>, kSizes> bias_{};
  std::array<Heads<float>, kSizes> bias_square_{};
  std::array<Heads<float>, kSizes> bias_moment_{};
  std::vector<Heads<float>> sums_;
  std::vector<uint32_t> ends_;    // of blocks, among the features
  std::vector<uint32_t> counts_;  // up to the ends
};

// `owners`: the hash of the feature that each row is of.
Model model_of(const Learned& learned, const Words& words, std::span<const uint32_t> owners,
               const TrainingOptions& options) {
  Model out;
  out.row_bits = options.row_bits;
  out.share_of_any = options.share_of_any;
  out.thresholds = options.thresholds;
  out.vocabulary = words.vocabulary;
  // What the weights are, times what their features are worth.
  std::vector<Heads<float>> average = learned.weights;
  for (size_t i = 0; i < average.size(); ++i) {
    for (size_t head = 0; head < kHeads; ++head) {
      average[i][head] *= static_cast<float>(worth_of(owners[i]));
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
    for (size_t size = 0; size < kSizes; ++size) {
      out.bias[size][head] = learned.bias[size][head] - options.offset;
    }
  }
  out.rows.resize(size_t{1} << options.row_bits);
  std::vector<float> kept(out.rows.size());
  for (size_t i = 1; i < average.size(); ++i) {
    if (owners[i] == 0) {
      continue;
    }
    float size = 0;
    for (size_t head = 0; head < kHeads; ++head) {
      size += std::abs(average[i][head] / out.unit[head]);
    }
    const size_t at = owners[i] >> (32 - options.row_bits);
    if (size > kept[at]) {
      kept[at] = size;
      out.rows[at].check = static_cast<uint16_t>(owners[i]);
      for (size_t head = 0; head < kHeads; ++head) {
        const float value = std::round(average[i][head] / out.unit[head]);
        out.rows[at].weights[head] = static_cast<int8_t>(std::clamp(value, -127.0F, 127.0F));
      }
    }
  }
  for (size_t head = 0; head < kHeads; ++head) {
    const float value = std::round(average[kUnused][head] / out.unit[head]);
    out.unknown[head] = static_cast<int8_t>(std::clamp(value, -127.0F, 127.0F));
  }
  for (uint32_t place = 0; place < words.features.size(); ++place) {
    KnownWord& word = out.vocabulary[place];
    for (size_t head = 0; head < kHeads; ++head) {
      float sum = 0;
      for (const uint32_t hash : words.features[place]) {
        const uint32_t at = hash >> (32 - options.learned_bits);
        sum += average[owners[at] == hash ? at : kUnused][head];
      }
      const float value = std::round(sum / out.unit[head]);
      word.sums[head] = static_cast<int16_t>(std::clamp(value, -32'767.0F, 32'767.0F));
    }
  }
  return out;
}

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
    if (example.is_attack && is_persuasion(example)) {
      base[i] *= options.persuasion;
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

struct Rows {
  std::vector<uint32_t> owners;  // the hash of the feature that each row is of, 0 for none
  std::vector<float> decays;
};

// Gives each row that is learned to the feature that most sources have of those that share it, and
// puts rows in place of the hashes; kUnused for features without one.
Rows rows_of(const std::map<std::string_view, std::vector<size_t>>& sources,
             const TrainingOptions& options, std::vector<Prepared>& all) {
  SourceCounts seen;
  uint16_t number = 0;
  for (const auto& [source, rows] : sources) {
    ++number;
    for (const size_t i : rows) {
      seen.add(all[i], number);
    }
  }
  const uint32_t shift = 32 - options.learned_bits;
  std::vector<uint32_t> owners(size_t{1} << options.learned_bits);
  std::vector<uint32_t> most(owners.size());
  for (const Prepared& example : all) {
    for (const uint32_t hash : example.hashes) {
      const uint32_t count = seen.of(hash);
      const uint32_t row = hash >> shift;
      if (row != kUnused && count >= options.min_sources && count > most[row]) {
        most[row] = count;
        owners[row] = hash;
      }
    }
  }
  for (Prepared& example : all) {
    for (uint32_t& hash : example.hashes) {
      const uint32_t row = hash >> shift;
      hash = (row != kUnused && owners[row] == hash ? row : kUnused) |
             ((hash & 1U) != 0 ? kStrongBit : 0);
    }
  }
  Rows out{std::move(owners), {}};
  for (const uint32_t count : most) {
    out.decays.push_back(options.decay *
                         (1 + options.rare / static_cast<float>(std::max(count, 2U) - 1)));
  }
  return out;
}

// Learns from all in an order of its own, and adds its share to `out`.
void learn_once(std::span<const Prepared> all, const TrainingOptions& options,
                std::span<const float> decays, uint32_t run, Learned& out) {
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), size_t{0});
  names::Dice dice(options.seed + run);
  Learner learner(options, decays);
  for (uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[dice.below(i)]);
    }
    for (const size_t i : order) {
      if (!all[i].ends.empty()) {
        // At first there is nothing to believe.
        learner.learn(all[i], epoch > 0);
      }
    }
  }
  learner.add_to(out, 1 / static_cast<float>(options.runs));
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
  if (has_any(kind, kExfiltrationKinds)) {
    return Head::kExfiltration;
  }
  const std::string text = lower(std::string_view(example.text).substr(0, 600));
  if (has_any(text, kSendWords) && has_any(text, kAddresses)) {
    return Head::kExfiltration;
  }
  return has_any(text, kOwnWords) && has_any(text, kTellWords) ? Head::kExtraction
                                                               : Head::kInjection;
}

Model train(std::span<const Example* const> examples, const TrainingOptions& options) {
  const Words words = words_of(examples, options.word_bits);
  std::vector<Prepared> all(examples.size());
  std::map<std::string_view, std::vector<size_t>> sources;
  for (size_t i = 0; i < examples.size(); ++i) {
    all[i] = prepared(*examples[i], words);
    sources[examples[i]->source].push_back(i);
  }
  const Rows rows = rows_of(sources, options, all);
  weigh(examples, options, all);
  Learned learned;
  for (uint32_t run = 0; run < options.runs; ++run) {
    learn_once(all, options, rows.decays, run, learned);
  }
  return model_of(learned, words, rows.owners, options);
}

}  // namespace sally::content::attack
