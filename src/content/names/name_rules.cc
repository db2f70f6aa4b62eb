#include "content/names/name_rules.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "content/names/address_rules.h"
#include "content/names/not_names.h"

namespace sally::content::names {
namespace {

constexpr auto kLegalForms = std::to_array<std::string_view>({
#define SALLY_LEGAL_FORM(word) word,
#include "content/names/name_rule_words.def"
#undef SALLY_LEGAL_FORM
});
constexpr auto kCompanyTails = std::to_array<std::string_view>({
#define SALLY_COMPANY_TAIL(text) text,
#include "content/names/name_rule_words.def"
#undef SALLY_COMPANY_TAIL
});

template <size_t kCount>
bool is_one_of(const std::array<std::string_view, kCount>& words, std::string_view word) {
  return std::ranges::any_of(
      words, [&](std::string_view other) { return equal_ignoring_case(other, word); });
}

// The tokens of a piece without its edges, and their labels.
class Rules {
 public:
  explicit Rules(LabelledTokens& tokens) : tokens_(tokens) {}

  void apply() {
    bool has_at = false;
    bool has_name = false;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_.has(i, WordBit::kTitle) && tokens_.is_capital(i)) {
        name_behind_title(i);
      }
      if (tokens_.has(i, WordBit::kLegalForm)) {
        company_before(i);
      }
      has_at |= tokens_.is_mark(i, '@');
      has_name |= tokens_.label(i) != Label::kOutside && tokens_.label(i) != Label::kAddress;
    }
    join_addresses();
    if (has_name) {
      remove_things();
      companies_with_tails();
      strip_persons();
      split_persons();
    }
    if (has_at) {
      names_of_mailboxes();
    }
    if (has_name) {
      repeat_names();
    }
  }

 private:
  static bool holds(std::span<const uint64_t> words, uint64_t word) {
    return std::ranges::find(words, word) != words.end();
  }

  // Takes away what looks like a name and is a thing.
  void remove_things() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const Label label = tokens_.label(i);
      if (label == Label::kOutside || label == Label::kAddress) {
        continue;
      }
      size_t end = i + 1;
      while (end < tokens_.size() && is_inside(tokens_.label(end))) {
        ++end;
      }
      if ((end == i + 1 && is_thing(i)) || is_constant(i, end) || is_handle(i) ||
          (type_of(label) != EntityType::kOrganization && is_eponym(i, end))) {
        tokens_.name(i, end, Label::kOutside, Label::kOutside);
      }
      i = end - 1;
    }
  }
  // `a03fd0d12fcf`, `JSON`, `getUserById(`
  [[nodiscard]] bool is_thing(size_t i) const {
    constexpr size_t kLong = 10;
    const Token& token = tokens_[i];
    const bool is_called =
        token.shape == Shape::kMixed && tokens_.is_mark(i + 1, '(') && !tokens_[i + 1].space_before;
    return (token.shape == Shape::kAlnum && token.length >= kLong) || is_called ||
           is_no_name(token.word);
  }
  // `@adaquill`, which a mailbox's end is not
  [[nodiscard]] bool is_handle(size_t i) const {
    const size_t at = tokens_.is_mark(i, '@') ? i : i - 1;
    return i > 0 && tokens_.is_mark(at, '@') && (at == 0 || tokens_[at].space_before) &&
           (at == i || !tokens_[i].space_before);
  }
  // `MAX_RETRIES`
  [[nodiscard]] bool is_constant(size_t from, size_t to) const {
    bool has_line = false;
    for (size_t i = from; i < to; ++i) {
      has_line |= tokens_.is_mark(i, '_');
      if (tokens_[i].shape != Shape::kUpper && tokens_[i].shape != Shape::kMark) {
        return false;
      }
    }
    return has_line;
  }
  // `Cushing syndrome`, `Hodgkin's lymphoma`; but `Anna's disease` is one that Anna has.
  [[nodiscard]] bool is_eponym(size_t from, size_t to) const {
    const bool has_s = tokens_.is_mark(to, '\'') && to + 1 < tokens_.size() &&
                       equal_ignoring_case(tokens_.text_of(to + 1), "s");
    const size_t head = to + (has_s ? 2 : 0);
    return head < tokens_.size() && tokens_[head].shape == Shape::kLower &&
           is_eponym_head(tokens_[head].word) && !(has_s && tokens_.has(from, WordBit::kGiven));
  }

  // `Dr. Kowalczyk`: up to three capitalised words behind a title are a person, where they are
  // nothing else already.
  void name_behind_title(size_t title) {
    size_t from = title + 1;
    if (from < tokens_.size() && tokens_.is_mark(from, '.')) {
      ++from;
    }
    size_t to = from;
    while (to < tokens_.size() && to < from + 3 && tokens_[to].shape == Shape::kCapital &&
           tokens_[to].space_before && tokens_.label(to) == Label::kOutside &&
           !tokens_.is_common(to)) {
      ++to;
    }
    if (to > from) {
      tokens_.name(from, to, Label::kBeginPerson, Label::kInPerson);
    }
  }

  // `Nordwind Pumpen GmbH`: the capitalised words before a legal form, with it, are a company.
  void company_before(size_t form) {
    if (!tokens_.is_capital(form) || !is_one_of(kLegalForms, tokens_.text_of(form)) || form == 0 ||
        tokens_.label(form) == Label::kInOrganization) {
      return;
    }
    size_t from = form;
    if (tokens_.is_mark(from - 1, ',')) {
      --from;
    }
    const size_t behind_name = from;
    while (from > 0 && form - from < 6 &&
           (tokens_.is_capital(from - 1) || tokens_.is_mark(from - 1, '&') ||
            tokens_.is_mark(from - 1, '-')) &&
           tokens_.label(from - 1) != Label::kAddress) {
      --from;
    }
    if (from < behind_name && tokens_.is_capital(from)) {
      tokens_.name(from, form + 1, Label::kBeginOrganization, Label::kInOrganization);
    }
  }

  // `Customer Koelpin` at the begin of a sentence is a person from the second word on.
  void strip_persons() {
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (tokens_.label(i) == Label::kBeginPerson && tokens_.label(i + 1) == Label::kInPerson &&
          tokens_[i + 1].shape == Shape::kCapital && tokens_[i].shape == Shape::kCapital &&
          tokens_.is_common(i) && !tokens_.has(i, WordBit::kGiven) &&
          !tokens_.has(i, WordBit::kSurname) && !tokens_.has(i, WordBit::kTitle) &&
          (i == 0 || tokens_[i - 1].shape >= Shape::kMark)) {
        tokens_.name(i, i + 1, Label::kOutside, Label::kOutside);
      }
    }
  }

  // `Ada Quill and Tove Brandt` are two persons, and no firm.
  void split_persons() {
    for (size_t i = 2; i + 2 < tokens_.size(); ++i) {
      const Label inside = tokens_.label(i);
      if ((inside != Label::kInPerson && inside != Label::kInOrganization) ||
          !equal_ignoring_case(tokens_.text_of(i), "and")) {
        continue;
      }
      const auto is_inside_too = [&](size_t k) { return tokens_.label(k) == inside; };
      size_t from = i - 1;
      while (from > 0 && is_inside_too(from)) {
        --from;
      }
      size_t to = i + 1;
      while (to < tokens_.size() && is_inside_too(to)) {
        ++to;
      }
      const bool are_persons = is_full_name(from, i) && is_full_name(i + 1, to);
      if (to > i + 1 && (inside == Label::kInPerson || are_persons)) {
        tokens_.name(from, i, Label::kBeginPerson, Label::kInPerson);
        tokens_.label(i) = Label::kOutside;
        tokens_.name(i + 1, to, Label::kBeginPerson, Label::kInPerson);
      }
    }
  }
  // A given name and a family name, and nothing else.
  [[nodiscard]] bool is_full_name(size_t from, size_t to) const {
    return to == from + 2 && tokens_.has(from, WordBit::kGiven) &&
           tokens_.has(from + 1, WordBit::kSurname) && tokens_[from].shape == Shape::kCapital &&
           tokens_[from + 1].shape == Shape::kCapital;
  }

  // `Ermini e figli`, `Ermini s.r.l.`: a name with what firms have behind theirs is a firm.
  void companies_with_tails() {
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      const Label label = tokens_.label(i);
      if (label == Label::kOutside || label == Label::kAddress) {
        continue;
      }
      size_t end = i + 1;
      while (end < tokens_.size() && is_inside(tokens_.label(end))) {
        ++end;
      }
      const size_t behind = end < tokens_.size() ? behind_tail(end) : end;
      // `Anna e figli` may be Anna and her children.
      const bool is_family = behind > end && type_of(label) == EntityType::kPerson &&
                             tokens_.has(i, WordBit::kGiven) && !tokens_.is_mark(behind - 1, '.');
      if (behind > end && !is_family) {
        tokens_.name(i, behind, Label::kBeginOrganization, Label::kInOrganization);
      }
      i = std::max(end, behind) - 1;
    }
  }
  // Behind the longest tail of a firm's name that is written from token `i` on; `i` where none is.
  [[nodiscard]] size_t behind_tail(size_t i) const {
    const std::string_view text = tokens_.text_from(i);
    size_t length = 0;
    for (const std::string_view tail : kCompanyTails) {
      if (tail.size() > length && equal_ignoring_case(text.substr(0, tail.size()), tail)) {
        length = tail.size();
      }
    }
    size_t end = i;
    while (end < tokens_.size() && tokens_[end].end <= tokens_[i].begin + length) {
      ++end;
    }
    const bool is_whole = end > i && tokens_[end - 1].end == tokens_[i].begin + length;
    return is_whole ? end : i;
  }

  // A comma or a line end between two parts of an address belongs to it.
  void join_addresses() {
    for (size_t i = 1; i + 1 < tokens_.size(); ++i) {
      if (tokens_.label(i) != Label::kAddress && tokens_.label(i - 1) == Label::kAddress &&
          tokens_.label(i + 1) == Label::kAddress &&
          (tokens_.is_mark(i, ',') || tokens_[i].shape == Shape::kNewline)) {
        tokens_.label(i) = Label::kAddress;
      }
    }
  }

  // The words of `ada.quill@example.org` are names where they stand capitalised in the text.
  void names_of_mailboxes() {
    constexpr size_t kMost = 16;
    std::array<uint64_t, kMost> words{};
    size_t count = 0;
    for (size_t at = 1; at < tokens_.size(); ++at) {
      if (!tokens_.is_mark(at, '@')) {
        continue;
      }
      for (size_t i = at; i > 0 && at - i < 8 && !tokens_[i].space_before; --i) {
        const Token& token = tokens_[i - 1];
        if (token.shape <= Shape::kMixed && token.length >= 3 && !tokens_.is_common(i - 1) &&
            count < kMost) {
          words[count++] = token.word;
        }
      }
    }
    for (size_t i = 0; i < tokens_.size() && count > 0; ++i) {
      if (tokens_.label(i) == Label::kOutside && tokens_[i].shape == Shape::kCapital &&
          tokens_[i].space_before && holds(std::span(words).first(count), tokens_[i].word)) {
        const bool goes_on = i > 0 && (tokens_.label(i - 1) == Label::kBeginPerson ||
                                       tokens_.label(i - 1) == Label::kInPerson);
        tokens_.label(i) = goes_on ? Label::kInPerson : Label::kBeginPerson;
      }
    }
  }

  // A capitalised word that is (part of) a person's name in one place is one in all.
  void repeat_names() {
    constexpr size_t kMost = 32;
    std::array<uint64_t, kMost> words{};
    size_t count = 0;
    for (size_t i = 0; i < tokens_.size() && count < kMost; ++i) {
      const bool is_person =
          tokens_.label(i) == Label::kBeginPerson || tokens_.label(i) == Label::kInPerson;
      if (is_person && tokens_[i].shape == Shape::kCapital && tokens_[i].length >= 3 &&
          !tokens_.is_common(i)) {
        words[count++] = tokens_[i].word;
      }
    }
    for (size_t i = 0; i < tokens_.size() && count > 0; ++i) {
      if (tokens_.label(i) == Label::kOutside && tokens_[i].shape == Shape::kCapital &&
          !tokens_.is_common(i) && holds(std::span(words).first(count), tokens_[i].word)) {
        tokens_.label(i) = Label::kBeginPerson;
      }
    }
  }

  LabelledTokens& tokens_;
};

}  // namespace

void apply_rules(std::string_view text, const Piece& piece, std::span<Label> labels) {
  LabelledTokens tokens(text, piece, labels);
  apply_address_rules(tokens);
  Rules(tokens).apply();
}

}  // namespace sally::content::names
