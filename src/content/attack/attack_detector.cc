#include "content/attack/attack_detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "content/attack/features.h"
#include "content/attack/many_shot.h"
#include "content/attack/windows.h"

namespace sally::content {
namespace {

using attack::Heads;
using attack::kMaxBlocks;
using attack::Model;
using attack::Sums;

using Weights = int8_t __attribute__((vector_size(attack::kLanes)));
using WordSums = int16_t __attribute__((vector_size(2 * attack::kLanes)));
using Totals = uint32_t __attribute__((vector_size(4 * attack::kLanes)));  // they wrap, as Sums do

constexpr auto kKnownReasons =
    std::to_array<std::string_view>({"", "known:shipped", "known:house"});
constexpr auto kLabelNames = std::to_array<std::string_view>(
    {"none", "injection", "jailbreak", "extraction", "exfiltration"});

// The best window of a view.
struct Best {
  float logit = -std::numeric_limits<float>::infinity();
  Heads<float> heads{};
  size_t begin = 0;
  size_t end = 0;
  attack::KnownHit known;  // of the whole view
};

// Sums up a view's features and looks at every window.
class Scorer {
 public:
  Scorer(const Model& model, const attack::KnownAttacks& known)
      : model_(model), known_(known), rows_(model.rows.data()), shift_(32 - model.row_bits) {
    __builtin_memcpy(&unknown_, model.unknown.data(), sizeof(unknown_));
  }

  void feature(uint32_t hash, unsigned /*words*/) {
    uint64_t row = 0;
    static_assert(sizeof(row) == sizeof(attack::Row));
    __builtin_memcpy(&row, rows_ + (hash >> shift_), sizeof(row));
    row = row >> 48 == (hash & 0xFFFF) ? row : unknown_;  // another feature's
    Weights weights;
    __builtin_memcpy(&weights, &row, sizeof(weights));
    totals_ += __builtin_convertvector(weights, Totals);
    count_ += attack::square_of(hash);
  }
  void known(uint32_t place) {
    const attack::KnownWord& word = model_.vocabulary[place];
    WordSums sums;
    __builtin_memcpy(&sums, word.sums.data(), sizeof(sums));
    totals_ += __builtin_convertvector(sums, Totals);
    count_ += word.count;
  }
  void word(uint32_t key, size_t begin, size_t end) { known_.word(key, begin, end); }
  void token(size_t begin, size_t end) {
    if (!is_begun_) {
      edges_[blocks_ % kRing] = begin;
      is_begun_ = true;
    }
    end_ = end;
    if (end_ - edges_[blocks_ % kRing] >= attack::kBlockOctets) {
      finish_block();
      attack::for_each_window_ending(blocks_, [&](auto... window) { look(window...); });
    }
  }
  // The best window of all.
  Best finish() {
    if (is_begun_) {
      finish_block();
      // What ended with the last block was not looked at yet.
      attack::for_each_window_ending(blocks_, [&](auto... window) { look(window...); });
    }
    if (blocks_ > 0) {
      attack::for_each_window_at_end(blocks_, [&](auto... window) { look(window...); });
    }
    best_.known = known_.finish(0, end_);
    return best_;
  }

 private:
  static constexpr size_t kRing = 2 * kMaxBlocks;
  static_assert((kRing & (kRing - 1)) == 0);

  void finish_block() {
    ++blocks_;
    Sums& sums = sums_[blocks_ % kRing];
    __builtin_memcpy(sums.weights.data(), &totals_, sizeof(totals_));
    sums.count = count_;
    is_begun_ = false;
  }
  void look(size_t first, size_t last, size_t size) {
    const Heads<float> heads = model_.logits(sums_[first % kRing], sums_[last % kRing], size);
    const float logit = model_.combined(heads);
    if (logit > best_.logit) {
      best_ = {logit, heads, edges_[first % kRing], end_, {}};
    }
  }

  const Model& model_;
  attack::KnownReader known_;
  const attack::Row* rows_;
  uint32_t shift_;
  uint64_t unknown_ = 0;
  Totals totals_{};
  uint32_t count_ = 0;
  bool is_begun_ = false;              // a block
  size_t end_ = 0;                     // of the last token
  size_t blocks_ = 0;                  // that are finished
  std::array<Sums, kRing> sums_{};     // up to the beginning of each block
  std::array<size_t, kRing> edges_{};  // where each block begins
  Best best_;
};

// Keeps what each token's features weigh for one head's logit.
class Explainer {
 public:
  struct Token {
    size_t begin = 0;
    size_t end = 0;
    float weight = 0;
  };

  Explainer(const Model& model, const Heads<float>& parts)
      : model_(model), parts_(parts), shift_(32 - model.row_bits) {}

  void known(uint32_t place) {
    const attack::KnownWord& word = model_.vocabulary[place];
    for (size_t head = 0; head < attack::kHeads; ++head) {
      weight_ += static_cast<float>(word.sums[head]) * parts_[head];
    }
    count_ += word.count;
  }
  void feature(uint32_t hash, unsigned words) {
    count_ += attack::square_of(hash);
    const attack::Row& row = model_.rows[hash >> shift_];
    const bool is_its = row.check == static_cast<uint16_t>(hash);
    float weight = 0;
    for (size_t head = 0; head < attack::kHeads; ++head) {
      weight +=
          static_cast<float>(is_its ? row.weights[head] : model_.unknown[head]) * parts_[head];
    }
    weight_ += weight;
    if (words == 0) {
      return;
    }
    // Shared with the tokens before it, which are the words that it is about but for marks between.
    const float share = weight / static_cast<float>(words + 1);
    size_t left = words;
    for (size_t i = tokens_.size(); i > 0 && left > 0; --i, --left) {
      tokens_[i - 1].weight += share;
      weight_ -= share;
    }
  }
  void token(size_t begin, size_t end) {
    tokens_.push_back({begin, end, weight_});
    weight_ = 0;
  }
  // The tokens, in order.
  std::vector<Token> finish() {
    const float factor = 1 / std::sqrt(static_cast<float>(count_) + Model::kPrior);
    for (Token& token : tokens_) {
      token.weight *= factor;
    }
    return std::move(tokens_);
  }

 private:
  const Model& model_;
  Heads<float> parts_;
  uint32_t shift_;
  float weight_ = 0;  // of the token that is being told of
  uint32_t count_ = 0;
  std::vector<Token> tokens_;
};

Best best_window(const Model& model, const attack::KnownAttacks& known, std::string_view text) {
  Scorer scorer(model, known);
  attack::FeatureReader(text, model.vocabulary, scorer).run();
  return scorer.finish();
}

size_t best_kind(const Heads<float>& heads) {
  return static_cast<size_t>(std::max_element(heads.begin() + 1, heads.end()) - heads.begin());
}

// Calls see(view, best) for every view that has a window.
template <typename See>
void for_each_best(const Model& model, const attack::KnownAttacks& known, std::string_view text,
                   const See& see) {
  for_each_view(UntrustedText(text), ViewLimits{}, [&](const View& view) {
    const Best best = best_window(model, known, view.text.text());
    if (best.end > 0) {
      see(view, best);
    }
  });
}

}  // namespace

std::string_view name_of(AttackLabel label) {
  return kLabelNames[static_cast<size_t>(label)];
}

std::optional<AttackLabel> parse_attack_label(std::string_view name) {
  const auto* const at = std::ranges::find(kLabelNames, name);
  return at == kLabelNames.end()
             ? std::nullopt
             : std::optional(static_cast<AttackLabel>(at - kLabelNames.begin()));
}

std::vector<std::string_view> reasons_of(const AttackScore& score) {
  std::vector<std::string_view> out;
  if (score.view != ViewKind::kPlain) {
    out.push_back(name_of(score.view));
  }
  if (score.known != KnownList::kNone) {
    out.push_back(kKnownReasons[static_cast<size_t>(score.known)]);
  }
  if (score.is_many_shot) {
    out.emplace_back("many-shot");
  }
  return out;
}

AttackDetector::AttackDetector(attack::Model model)
    : model_(std::make_shared<const attack::Model>(std::move(model))),
      known_(std::make_shared<const attack::KnownAttacks>()),
      version_(fmt::format("attack-{:08x}", model_->checksum())) {}

Result<AttackDetector> AttackDetector::create() {
  TRY(AttackDetector out, load(attack::embedded_model()));
  TRY(auto known, attack::KnownAttacks::parse(attack::embedded_known()));
  out.known_ = std::make_shared<const attack::KnownAttacks>(std::move(known));
  return out;
}

AttackDetector AttackDetector::knowing(std::span<const KnownText> texts) const {
  attack::KnownAttacks all = *known_;
  for (const KnownText& text : texts) {
    auto known = attack::KnownAttacks::of(normalise(UntrustedText(text.text)).text());
    if (known) {
      known->label = static_cast<attack::Head>(text.label);
      known->list = KnownList::kHouse;
      all.add(*known);
    }
  }
  AttackDetector out = *this;
  out.known_ = std::make_shared<const attack::KnownAttacks>(std::move(all));
  return out;
}

Result<AttackDetector> AttackDetector::load(std::string_view file) {
  TRY(attack::Model model, attack::Model::parse(file));
  return AttackDetector(std::move(model));
}

float AttackDetector::threshold_for(double false_positive_rate, attack::Voice voice) const {
  const auto& rates = Model::kRates;  // falling
  const auto& scores = model_->thresholds[static_cast<size_t>(voice)];
  if (!(false_positive_rate < rates.front())) {
    return scores.front();
  }
  for (size_t i = 1; i < rates.size(); ++i) {
    if (false_positive_rate >= rates[i]) {
      const double part =
          std::log(rates[i - 1] / false_positive_rate) / std::log(rates[i - 1] / rates[i]);
      return scores[i - 1] + static_cast<float>(part) * (scores[i] - scores[i - 1]);
    }
  }
  return scores.back();
}

AttackScore AttackDetector::score(std::string_view text) const {
  AttackScore out;
  Best most;
  attack::KnownHit hit;
  ViewKind hit_view = ViewKind::kPlain;
  Span hit_span;
  attack::ManyShot shots;
  ViewKind shots_view = ViewKind::kPlain;
  Span shots_span;
  for_each_best(*model_, *known_, text, [&](const View& view, const Best& best) {
    if (best.logit > most.logit) {
      most = best;
      out.view = view.kind;
      out.span = view.text.original(best.begin, best.end);
    }
    if (best.known.score > hit.score) {
      hit = best.known;
      hit_view = view.kind;
      hit_span = view.text.original(hit.begin, hit.end);
    }
    const std::string_view seen = view.text.text();
    if (const attack::ManyShot found = attack::find_many_shot(seen); found.score > shots.score) {
      shots = found;
      shots_view = view.kind;
      shots_span = view.text.original(shots.begin, seen.size());
    }
  });
  out.score = most.end == 0 ? 0 : 1 / (1 + std::exp(-most.logit));
  if (shots.score > out.score) {
    out.is_many_shot = true;
    out.view = shots_view;
    out.span = shots_span;
    out.score = shots.score;
    out.label = AttackLabel::kJailbreak;
  }
  if (hit.score > 0) {
    out.known = hit.list;
    out.view = hit_view;
    out.span = hit_span;
    out.score = std::max(out.score, hit.score);
    out.label = static_cast<AttackLabel>(hit.label);
  } else if (!out.is_many_shot && out.score >= kLabelled) {
    out.label = static_cast<AttackLabel>(best_kind(most.heads));
  }
  return out;
}

std::vector<AttackReason> AttackDetector::explain(std::string_view text, size_t most) const {
  std::vector<AttackReason> out;
  float logit = -std::numeric_limits<float>::infinity();
  const Model& model = *model_;
  for_each_best(model, {}, text, [&](const View& view, const Best& best) {
    if (best.logit <= logit) {
      return;
    }
    logit = best.logit;
    Heads<float> parts{};
    const size_t kind = best_kind(best.heads);
    parts[0] = model.share_of_any * model.unit[0];
    parts[kind] = (1 - model.share_of_any) * model.unit[kind];
    Explainer explainer(model, parts);
    const std::string_view window = view.text.text().substr(best.begin, best.end - best.begin);
    attack::FeatureReader(window, model.vocabulary, explainer).run();
    auto tokens = explainer.finish();
    std::ranges::sort(tokens, [](const Explainer::Token& a, const Explainer::Token& b) {
      return std::pair(-std::abs(a.weight), a.begin) < std::pair(-std::abs(b.weight), b.begin);
    });
    tokens.resize(std::min(tokens.size(), most));
    out.clear();
    for (const Explainer::Token& token : tokens) {
      out.push_back(
          {view.text.original(best.begin + token.begin, best.begin + token.end), token.weight});
    }
  });
  return out;
}

}  // namespace sally::content
