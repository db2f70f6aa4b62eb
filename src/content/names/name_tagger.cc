#include "content/names/name_tagger.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "content/names/name_rules.h"

namespace sally::content {
namespace {

using names::Label;
using names::LabelScores;

// What finding needs while it goes on.
struct Scratch {
  names::Piece piece;
  std::vector<LabelScores<int32_t>> scores;
  std::vector<std::array<uint8_t, names::kLabels>> back;
  std::vector<Label> labels;
  std::vector<Label> model_labels;  // before the rules
};

void score_tokens(const names::Model& model, Scratch& scratch) {
  const names::Piece& piece = scratch.piece;
  names::FeatureRows rows;
  for (size_t i = piece.first(); i < piece.end(); ++i) {
    if (piece.is_candidate[i] == 0) {
      continue;
    }
    const size_t count = names::features_of(piece, i, model.row_bits, rows);
    names::Model::Row sum{};
    for (size_t k = 0; k < count; ++k) {
      const names::Model::Row& row = model.rows[rows[k]];
      for (size_t label = 0; label < names::kLabels; ++label) {
        sum[label] = static_cast<int16_t>(sum[label] + row[label]);
      }
    }
    LabelScores<int32_t>& scores = scratch.scores[i - piece.first()];
    std::ranges::copy(sum, scores.begin());
    scores[0] -= model.outside_bias;
  }
}

// How sure it is of a token: 0.5 where its label is worth as much as kOutside.
float confidence(const LabelScores<int32_t>& scores, Label label, float unit) {
  const auto lead = static_cast<float>(scores[names::index_of(label)] - scores[0]);
  return 1 / (1 + std::exp(-lead * unit));
}

// How sure it is of a token whose label is a rule's.
constexpr float kProved = 0.85F;

// The spans of the labels of one piece, which begins at `from`.
void append_entities(const Scratch& scratch, size_t from, float unit, std::vector<Entity>& out) {
  const names::Token* const tokens = &scratch.piece.tokens[names::kContext];
  const auto sure_of = [&](size_t i) {
    return scratch.labels[i] == scratch.model_labels[i]
               ? confidence(scratch.scores[i], scratch.labels[i], unit)
               : kProved;
  };
  for (size_t i = 0; i < scratch.labels.size();) {
    const Label label = scratch.labels[i];
    if (label == Label::kOutside) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    float sum = sure_of(i);
    while (end < scratch.labels.size() &&
           (is_inside(scratch.labels[end]) ||
            (label == Label::kAddress && scratch.labels[end] == label))) {
      sum += sure_of(end);
      ++end;
    }
    const auto count = static_cast<float>(end - i);
    out.push_back({from + tokens[i].begin, from + tokens[end - 1].end, type_of(label),
                   std::clamp(sum / count, 0.0F, 1.0F)});
    i = end;
  }
}

}  // namespace

NameTagger::NameTagger(names::Model model) : model_(std::move(model)) {
  for (size_t from = 0; from < names::kLabels; ++from) {
    std::ranges::copy(model_.transitions[from], transitions_[from].begin());
  }
  transitions_ = names::allowed_only(transitions_);
}

Result<NameTagger> NameTagger::load(std::string_view file) {
  TRY(names::Model model, names::Model::parse(file));
  return NameTagger(std::move(model));
}

Result<NameTagger> NameTagger::create() {
  return load(names::embedded_model());
}

void NameTagger::find(std::string_view text, std::vector<Entity>& out) const {
  Scratch scratch;
  for (size_t from = 0; from < text.size();) {
    const size_t next = scratch.piece.read(text, from, model_.gazetteer);
    const size_t count = scratch.piece.end() - scratch.piece.first();
    scratch.scores.assign(count, {});
    scratch.back.resize(count);
    scratch.labels.resize(count);
    score_tokens(model_, scratch);
    names::best_labels<int32_t>(
        scratch.scores, std::span(scratch.piece.is_candidate).subspan(names::kContext, count),
        transitions_, scratch.back, scratch.labels);
    scratch.model_labels = scratch.labels;
    names::apply_rules(text.substr(from, next - from), scratch.piece, scratch.labels);
    append_entities(scratch, from, model_.unit, out);
    from = next;
  }
}

}  // namespace sally::content
