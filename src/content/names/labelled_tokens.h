// LabelledTokens: the tokens of a piece with the labels a model gave them, as rules look at them.
#pragma once

#include <span>
#include <string_view>

#include "content/names/features.h"
#include "content/names/labels.h"

namespace sally::content::names {

class LabelledTokens {
 public:
  // `labels` are those of the tokens of `piece` between its edges; `text` is the piece.
  LabelledTokens(std::string_view text, const Piece& piece, std::span<Label> labels)
      : text_(text),
        tokens_(std::span(piece.tokens).subspan(kContext, labels.size())),
        labels_(labels),
        letters_(piece.letters) {}

  // How the letters of the whole piece lie.
  [[nodiscard]] Case letters() const { return letters_; }
  [[nodiscard]] size_t size() const { return tokens_.size(); }
  [[nodiscard]] const Token& operator[](size_t i) const { return tokens_[i]; }
  [[nodiscard]] Label& label(size_t i) { return labels_[i]; }
  [[nodiscard]] Label label(size_t i) const { return labels_[i]; }

  [[nodiscard]] bool is_capital(size_t i) const {
    const Shape shape = tokens_[i].shape;
    return shape == Shape::kCapital || shape == Shape::kMixed || shape == Shape::kUpper ||
           shape == Shape::kInitial;
  }
  [[nodiscard]] bool is_number(size_t i) const {
    return tokens_[i].shape >= Shape::kDigit1 && tokens_[i].shape <= Shape::kAlnum;
  }
  [[nodiscard]] bool is_common(size_t i) const { return has(i, WordBit::kCommon); }
  [[nodiscard]] bool has(size_t i, WordBit bit) const {
    return (tokens_[i].gazetteer & flag(bit)) != 0;
  }
  [[nodiscard]] bool is_mark(size_t i, char mark) const {
    return i < size() && tokens_[i].shape == Shape::kMark && text_[tokens_[i].begin] == mark;
  }
  [[nodiscard]] std::string_view text_of(size_t i) const {
    return text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }

  // The text from token `i` on.
  [[nodiscard]] std::string_view text_from(size_t i) const {
    return text_.substr(tokens_[i].begin);
  }

  // Gives the tokens from `from` up to `to` the labels of one name.
  void name(size_t from, size_t to, Label begin, Label inside) {
    for (size_t i = from; i < to; ++i) {
      labels_[i] = i == from ? begin : inside;
    }
    // What was inside the name that is cut off now begins one.
    if (to < size() && is_inside(labels_[to])) {
      labels_[to] = static_cast<Label>(index_of(labels_[to]) - 1);
    }
  }

 private:
  std::string_view text_;
  std::span<const Token> tokens_;
  std::span<Label> labels_;
  Case letters_;
};

}  // namespace sally::content::names
