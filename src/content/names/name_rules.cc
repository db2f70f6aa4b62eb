#include "content/names/name_rules.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace sally::content::names {
namespace {

constexpr auto kLegalForms = std::to_array<std::string_view>({
#define SALLY_LEGAL_FORM(word) word,
#include "content/names/name_rule_words.def"
#undef SALLY_LEGAL_FORM
});
constexpr auto kStreetWords = std::to_array<std::string_view>({
#define SALLY_STREET_WORD(word) word,
#include "content/names/name_rule_words.def"
#undef SALLY_STREET_WORD
});

template <size_t kCount>
bool is_one_of(const std::array<std::string_view, kCount>& words, std::string_view word) {
  return std::ranges::any_of(
      words, [&](std::string_view other) { return equal_ignoring_case(other, word); });
}

// The tokens of a piece without its edges, and their labels.
class Rules {
 public:
  Rules(std::string_view text, const Piece& piece, std::span<Label> labels)
      : text_(text),
        tokens_(std::span(piece.tokens).subspan(kContext, labels.size())),
        labels_(labels) {}

  void apply() {
    bool has_at = false;
    bool has_name = false;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if ((token.gazetteer & flag(WordBit::kTitle)) != 0 && is_capital(token)) {
        name_behind_title(i);
      }
      if ((token.gazetteer & flag(WordBit::kLegalForm)) != 0) {
        company_before(i);
      }
      if (is_number(token)) {
        street_behind(i);
      }
      has_at |= is_mark(i, '@');
      has_name |= labels_[i] != Label::kOutside && labels_[i] != Label::kAddress;
    }
    join_addresses();
    if (has_at) {
      names_of_mailboxes();
    }
    if (has_name) {
      repeat_names();
    }
  }

 private:
  static bool is_capital(const Token& token) {
    return token.shape == Shape::kCapital || token.shape == Shape::kMixed ||
           token.shape == Shape::kUpper || token.shape == Shape::kInitial;
  }
  static bool is_number(const Token& token) {
    return token.shape >= Shape::kDigit1 && token.shape <= Shape::kAlnum;
  }
  static bool is_common(const Token& token) {
    return (token.gazetteer & flag(WordBit::kCommon)) != 0;
  }
  static bool holds(std::span<const uint64_t> words, uint64_t word) {
    return std::ranges::find(words, word) != words.end();
  }
  [[nodiscard]] std::string_view text_of(size_t i) const {
    return text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }
  [[nodiscard]] bool is_mark(size_t i, char mark) const {
    return tokens_[i].shape == Shape::kMark && text_[tokens_[i].begin] == mark;
  }
  // Gives the tokens from `from` up to `to` the labels of one name.
  void name(size_t from, size_t to, Label begin, Label inside) {
    for (size_t i = from; i < to; ++i) {
      labels_[i] = i == from ? begin : inside;
    }
    // What was inside the name that is cut off now begins one.
    if (to < labels_.size() && is_inside(labels_[to])) {
      labels_[to] = static_cast<Label>(index_of(labels_[to]) - 1);
    }
  }

  // `Dr. Kowalczyk`: up to three capitalised words behind a title are a person, where they are
  // nothing else already.
  void name_behind_title(size_t title) {
    size_t from = title + 1;
    if (from < tokens_.size() && is_mark(from, '.')) {
      ++from;
    }
    size_t to = from;
    while (to < tokens_.size() && to < from + 3 && tokens_[to].shape == Shape::kCapital &&
           tokens_[to].space_before && labels_[to] == Label::kOutside && !is_common(tokens_[to])) {
      ++to;
    }
    if (to > from) {
      name(from, to, Label::kBeginPerson, Label::kInPerson);
    }
  }

  // `Nordwind Pumpen GmbH`: the capitalised words before a legal form, with it, are a company.
  void company_before(size_t form) {
    if (!is_capital(tokens_[form]) || !is_one_of(kLegalForms, text_of(form)) || form == 0 ||
        labels_[form] == Label::kInOrganization) {
      return;
    }
    size_t from = form;
    if (is_mark(from - 1, ',')) {
      --from;
    }
    const size_t behind_name = from;
    while (from > 0 && form - from < 6 &&
           (is_capital(tokens_[from - 1]) || is_mark(from - 1, '&') || is_mark(from - 1, '-')) &&
           labels_[from - 1] != Label::kAddress) {
      --from;
    }
    if (from < behind_name && is_capital(tokens_[from])) {
      name(from, form + 1, Label::kBeginOrganization, Label::kInOrganization);
    }
  }

  // `12 Old Mill Road`: a number, one to three capitalised words and a word for a street.
  void street_behind(size_t number) {
    if (labels_[number] == Label::kAddress) {
      return;
    }
    size_t i = number + 1;
    while (i < tokens_.size() && i <= number + 3 && is_capital(tokens_[i])) {
      if (i > number + 1 && is_one_of(kStreetWords, text_of(i))) {
        for (size_t k = number; k <= i; ++k) {
          labels_[k] = Label::kAddress;
        }
        if (i + 1 < labels_.size() && is_inside(labels_[i + 1])) {
          labels_[i + 1] = static_cast<Label>(index_of(labels_[i + 1]) - 1);
        }
        return;
      }
      ++i;
    }
  }

  // A comma or a line end between two parts of an address belongs to it.
  void join_addresses() {
    for (size_t i = 1; i + 1 < labels_.size(); ++i) {
      if (labels_[i] != Label::kAddress && labels_[i - 1] == Label::kAddress &&
          labels_[i + 1] == Label::kAddress &&
          (is_mark(i, ',') || tokens_[i].shape == Shape::kNewline)) {
        labels_[i] = Label::kAddress;
      }
    }
  }

  // The words of `ada.quill@example.org` are names where they stand capitalised in the text.
  void names_of_mailboxes() {
    constexpr size_t kMost = 16;
    std::array<uint64_t, kMost> words{};
    size_t count = 0;
    for (size_t at = 1; at < tokens_.size(); ++at) {
      if (!is_mark(at, '@')) {
        continue;
      }
      for (size_t i = at; i > 0 && at - i < 8 && !tokens_[i].space_before; --i) {
        const Token& token = tokens_[i - 1];
        if (token.shape <= Shape::kMixed && token.length >= 3 && !is_common(token) &&
            count < kMost) {
          words[count++] = token.word;
        }
      }
    }
    for (size_t i = 0; i < tokens_.size() && count > 0; ++i) {
      if (labels_[i] == Label::kOutside && tokens_[i].shape == Shape::kCapital &&
          tokens_[i].space_before && holds(std::span(words).first(count), tokens_[i].word)) {
        const bool goes_on =
            i > 0 && (labels_[i - 1] == Label::kBeginPerson || labels_[i - 1] == Label::kInPerson);
        labels_[i] = goes_on ? Label::kInPerson : Label::kBeginPerson;
      }
    }
  }

  // A capitalised word that is (part of) a person's name in one place is one in all.
  void repeat_names() {
    constexpr size_t kMost = 32;
    std::array<uint64_t, kMost> words{};
    size_t count = 0;
    for (size_t i = 0; i < tokens_.size() && count < kMost; ++i) {
      const bool is_person = labels_[i] == Label::kBeginPerson || labels_[i] == Label::kInPerson;
      if (is_person && tokens_[i].shape == Shape::kCapital && tokens_[i].length >= 3 &&
          !is_common(tokens_[i])) {
        words[count++] = tokens_[i].word;
      }
    }
    for (size_t i = 0; i < tokens_.size() && count > 0; ++i) {
      if (labels_[i] == Label::kOutside && tokens_[i].shape == Shape::kCapital &&
          !is_common(tokens_[i]) && holds(std::span(words).first(count), tokens_[i].word)) {
        labels_[i] = Label::kBeginPerson;
      }
    }
  }

  std::string_view text_;
  std::span<const Token> tokens_;
  std::span<Label> labels_;
};

}  // namespace

void apply_rules(std::string_view text, const Piece& piece, std::span<Label> labels) {
  Rules(text, piece, labels).apply();
}

}  // namespace sally::content::names
