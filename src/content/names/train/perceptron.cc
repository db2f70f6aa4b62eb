#include "content/names/train/perceptron.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "content/names/features.h"
#include "content/names/train/augment.h"

namespace sally::content::names {
namespace {

enum class Use : uint8_t { kAlways, kShareAlike };

struct Source {
  std::string_view name;
  Use use;
  double weight;
};

constexpr auto kSources = std::to_array<Source>({
#define SALLY_SOURCE(name, licence, use, weight) {name, Use::use, weight},
#include "content/names/train/sources.def"
#undef SALLY_SOURCE
});

const Source* source_of(std::string_view name) {
  const auto* const found = std::ranges::find(kSources, name, &Source::name);
  return found == kSources.end() ? nullptr : found;
}

constexpr double kDropWord = 0.2;
constexpr float kLeastKept = 8;  // of Model::kMaxWeight; lesser weights say nothing and take room

// The right labels of a piece that is all of `example`'s text, or its first part.
std::vector<Label> labels_of(const Example& example, const Piece& piece) {
  const size_t count = piece.end() - piece.first();
  std::vector<Label> out(count, Label::kOutside);
  size_t i = 0;
  for (const Entity& entity : example.gold) {
    bool begun = false;
    for (; i < count; ++i) {
      const Token& token = piece.tokens[i + piece.first()];
      if (token.begin >= entity.end) {
        break;
      }
      if (token.end <= entity.begin) {
        continue;
      }
      if (entity.type == EntityType::kAddress) {
        out[i] = Label::kAddress;
      } else if (piece.is_candidate[i + piece.first()] == 0) {
        begun = false;
      } else {
        const size_t type = entity.type == EntityType::kPerson     ? 0
                            : entity.type == EntityType::kLocation ? 1
                                                                   : 2;
        out[i] = static_cast<Label>(1 + 2 * type + (begun ? 1 : 0));
        begun = true;
      }
    }
  }
  for (size_t k = 0; k < count; ++k) {
    if (piece.is_candidate[k + piece.first()] == 0) {
      out[k] = Label::kOutside;
    }
  }
  return out;
}

void drop_words(Piece& piece, Dice& dice) {
  for (size_t i = piece.first(); i < piece.end(); ++i) {
    Token& token = piece.tokens[i];
    if (token.shape <= Shape::kUncased && dice.chance(kDropWord)) {
      token.word = 0;
      token.head = 0;
      token.tail = 0;
    }
  }
}

// How often each feature is seen, up to 255; features share a count seldom.
class FeatureCounts {
 public:
  static constexpr uint32_t kBits = 26;
  FeatureCounts() : counts_(size_t{1} << kBits) {}
  void add(const Piece& piece) {
    FeatureRows rows;
    for (size_t i = piece.first(); i < piece.end(); ++i) {
      const size_t count = piece.is_candidate[i] == 0 ? 0 : features_of(piece, i, kBits, rows);
      for (size_t k = 0; k < count; ++k) {
        uint8_t& seen = counts_[rows[k]];
        seen = static_cast<uint8_t>(std::min(seen + 1, 255));
      }
    }
  }
  [[nodiscard]] uint32_t of(uint32_t row) const { return counts_[row]; }

 private:
  std::vector<uint8_t> counts_;
};

class Learner {
 public:
  Learner(const TrainingOptions& options, const FeatureCounts& seen)
      : options_(options),
        seen_(seen),
        weights_(size_t{1} << options.row_bits),
        sums_(size_t{1} << options.row_bits),
        totals_(size_t{1} << options.row_bits) {}

  void learn(const Piece& piece, std::span<const Label> gold) {
    const size_t count = gold.size();
    scores_.assign(count, {});
    rows_.resize(count);
    counts_.assign(count, 0);
    back_.resize(count);
    labels_.resize(count);
    const auto candidates = std::span(piece.is_candidate).subspan(piece.first(), count);
    for (size_t i = 0; i < count; ++i) {
      if (candidates[i] == 0) {
        continue;
      }
      counts_[i] = known_features(piece, i + piece.first(), rows_[i]);
      LabelScores<float>& sum = scores_[i];
      for (size_t k = 0; k < counts_[i]; ++k) {
        for (size_t label = 0; label < kLabels; ++label) {
          sum[label] += weights_[rows_[i][k]][label];
        }
      }
      for (size_t label = 0; label < kLabels; ++label) {
        if (label != index_of(gold[i])) {
          sum[label] += gold[i] == Label::kOutside ? options_.false_margin
                        : label == 0               ? options_.miss_margin
                                                   : options_.false_margin;
        }
      }
    }
    best_labels<float>(scores_, candidates, allowed_only(transitions_), back_, labels_);
    now_ += 1;
    Label last_gold = Label::kOutside;
    Label last = Label::kOutside;
    for (size_t i = 0; i < count; ++i) {
      if (labels_[i] != gold[i]) {
        for (size_t k = 0; k < counts_[i]; ++k) {
          change(weights_[rows_[i][k]], sums_[rows_[i][k]], gold[i], 1);
          change(weights_[rows_[i][k]], sums_[rows_[i][k]], labels_[i], -1);
        }
      }
      if (labels_[i] != gold[i] || last != last_gold) {
        change(transitions_[index_of(last_gold)], transition_sums_[index_of(last_gold)], gold[i],
               1);
        change(transitions_[index_of(last)], transition_sums_[index_of(last)], labels_[i], -1);
      }
      last_gold = gold[i];
      last = labels_[i];
    }
  }

  // Adds the averages of what was learned to the totals, and forgets it.
  void finish_round() {
    const auto finish = [&](LabelScores<float>& weights, LabelScores<float>& sums,
                            LabelScores<float>& totals) {
      for (size_t label = 0; label < kLabels; ++label) {
        totals[label] += weights[label] - sums[label] / static_cast<float>(now_ + 1);
      }
      weights = {};
      sums = {};
    };
    for (size_t i = 0; i < weights_.size(); ++i) {
      finish(weights_[i], sums_[i], totals_[i]);
    }
    for (size_t from = 0; from < kLabels; ++from) {
      finish(transitions_[from], transition_sums_[from], transition_totals_[from]);
    }
    now_ = 0;
  }

  // The totals, as a model has them.
  [[nodiscard]] Model model() const {
    std::vector<float> sizes;
    for (size_t i = 0; i < weights_.size(); ++i) {
      for (size_t label = 0; label < kLabels; ++label) {
        const float size = std::abs(totals_[i][label]);
        if (size > 0) {
          sizes.push_back(size);
        }
      }
    }
    // The largest few weights of all are cut off, so that the others are kept finely.
    float largest = 1;
    if (!sizes.empty()) {
      const auto place =
          sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) - sizes.size() / 20'000);
      std::ranges::nth_element(sizes, place);
      largest = *place;
    }
    const float scale = Model::kMaxWeight / largest;
    Model out;
    out.row_bits = options_.row_bits;
    out.unit = 1 / scale;
    out.outside_bias = options_.outside_bias;
    out.magnitudes = rising_magnitudes();
    const auto kept = [&](float value) { return nearest(out.magnitudes, value * scale); };
    out.rows.resize(weights_.size());
    for (size_t i = 0; i < weights_.size(); ++i) {
      for (size_t label = 0; label < kLabels; ++label) {
        out.rows[i][label] = kept(totals_[i][label]);
      }
    }
    for (size_t from = 0; from < kLabels; ++from) {
      for (size_t to = 0; to < kLabels; ++to) {
        const float value = transition_totals_[from][to] * scale;
        out.transitions[from][to] =
            static_cast<int16_t>(std::clamp<float>(value, -INT16_MAX, INT16_MAX));
      }
    }
    return out;
  }

 private:
  // The rows of the features that are seen often enough.
  size_t known_features(const Piece& piece, size_t at, FeatureRows& rows) const {
    const size_t count = features_of(piece, at, FeatureCounts::kBits, rows);
    size_t kept = 0;
    for (size_t k = 0; k < count; ++k) {
      if (seen_.of(rows[k]) >= options_.min_count) {
        // The highest bits of a hash are its row, however many there are.
        rows[kept++] = rows[k] >> (FeatureCounts::kBits - options_.row_bits);
      }
    }
    return kept;
  }

  void change(LabelScores<float>& weights, LabelScores<float>& sums, Label label, float by) const {
    weights[index_of(label)] += by;
    sums[index_of(label)] += by * static_cast<float>(now_);
  }

  // The magnitude nearest to `value`, with its sign; 0 for what is less than kLeastKept.
  static int16_t nearest(const std::array<uint16_t, Model::kCodes>& magnitudes, float value) {
    const float size = std::abs(value);
    if (size < kLeastKept) {
      return 0;
    }
    const auto* above = std::ranges::lower_bound(magnitudes, size);
    if (above == magnitudes.end() ||
        (above != magnitudes.begin() && size - above[-1] < *above - size)) {
      --above;
    }
    return static_cast<int16_t>(value < 0 ? -*above : *above);
  }

  TrainingOptions options_;
  const FeatureCounts& seen_;
  std::vector<LabelScores<float>> weights_;
  std::vector<LabelScores<float>> sums_;
  std::vector<LabelScores<float>> totals_;
  Transitions<float> transitions_{};
  Transitions<float> transition_sums_{};
  Transitions<float> transition_totals_{};
  double now_ = 0;
  std::vector<LabelScores<float>> scores_;
  std::vector<FeatureRows> rows_;
  std::vector<size_t> counts_;
  std::vector<std::array<uint8_t, kLabels>> back_;
  std::vector<Label> labels_;
};

}  // namespace

double weight_of_source(std::string_view source) {
  const Source* found = source_of(source);
  return found == nullptr ? 0 : found->weight;
}

bool is_permissive(std::string_view source) {
  const Source* found = source_of(source);
  return found != nullptr && found->use == Use::kAlways;
}

Model train(std::span<const Example> examples, const Lists& lists, const TrainingOptions& options) {
  const Gazetteer gazetteer = Gazetteer::build(lists.flags_of);
  Dice dice(options.seed);
  Piece piece;
  FeatureCounts seen;
  for (const Example& example : examples) {
    piece.read(example.text, 0, gazetteer);
    seen.add(piece);
  }
  Learner learner(options, seen);
  std::vector<size_t> order(examples.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto learn_epoch = [&] {
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[dice.below(i)]);
    }
    for (const size_t i : order) {
      double weight = weight_of_source(examples[i].source);
      for (; weight > 0; weight -= 1) {
        if (weight < 1 && !dice.chance(weight)) {
          break;
        }
        Example example = examples[i];
        augment(example, lists, dice);
        piece.read(example.text, 0, gazetteer);
        const std::vector<Label> gold = labels_of(example, piece);
        drop_words(piece, dice);
        learner.learn(piece, gold);
      }
    }
  };
  for (uint32_t round = 0; round < options.rounds; ++round) {
    for (uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
      learn_epoch();
    }
    learner.finish_round();
  }
  Model out = learner.model();
  out.gazetteer = gazetteer;
  return out;
}

}  // namespace sally::content::names
