#include "content/names/address_rules.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "content/names/address_words.h"

namespace sally::content::names {
namespace {

using Part = AddressPart;

constexpr size_t kMostNameWords = 6;
constexpr size_t kMostTail = 24;

class AddressRules {
 public:
  explicit AddressRules(LabelledTokens& tokens) : tokens_(tokens) {}

  void apply() {
    for (size_t i = 0; i < tokens_.size(); ++i) {
      auto sure = street_at(i);
      sure = sure ? sure : box_at(i);
      sure = sure ? sure : military_at(i);
      if (sure) {
        const size_t end = tail(sure->end);
        mark(sure->begin, end);
        end_at(end);
        i = end - 1;
      } else if (is_address(i) && (i == 0 || !is_address(i - 1))) {
        i = whole(i) - 1;
      }
    }
  }

 private:
  struct Range {
    size_t begin;
    size_t end;
  };

  [[nodiscard]] bool is_address(size_t i) const { return tokens_.label(i) == Label::kAddress; }
  [[nodiscard]] bool is(size_t i, Part part) const {
    return i < tokens_.size() && tokens_[i].shape <= Shape::kUncased &&
           is_address_word(tokens_[i].word, part);
  }
  [[nodiscard]] bool is_capital(size_t i) const {
    return i < tokens_.size() && (tokens_.is_capital(i) || is_lower_name(i));
  }
  // In a text without capitals: a word that is no common one.
  [[nodiscard]] bool is_lower_name(size_t i) const {
    return tokens_.letters() == Case::kLower && tokens_[i].shape == Shape::kLower &&
           tokens_[i].length >= 3 && (!tokens_.is_common(i) || is_place(i));
  }
  [[nodiscard]] bool is_digits(size_t i, size_t least, size_t most) const {
    return i < tokens_.size() && tokens_[i].shape >= Shape::kDigit1 &&
           tokens_[i].shape <= Shape::kDigits && tokens_[i].length >= least &&
           tokens_[i].length <= most;
  }
  // `12`, `12a`: the number of a house.
  [[nodiscard]] bool is_house(size_t i) const {
    return is_digits(i, 1, 4) || (i < tokens_.size() && tokens_[i].shape == Shape::kAlnum &&
                                  tokens_[i].length <= 5 && tokens_.text_of(i)[0] <= '9');
  }
  [[nodiscard]] bool is_glued(size_t i) const {
    return i < tokens_.size() && !tokens_[i].space_before;
  }
  void mark(size_t from, size_t to) { tokens_.name(from, to, Label::kAddress, Label::kAddress); }

  [[nodiscard]] bool is_lower_street(size_t i) const {
    return i < tokens_.size() && tokens_.letters() == Case::kLower &&
           tokens_[i].shape == Shape::kLower &&
           (is(i, Part::kBehind) || tokens_.has(i, WordBit::kStreet));
  }
  // A hyphen or an apostrophe inside a name.
  [[nodiscard]] bool is_joint(size_t i) const {
    return is_glued(i) && is_glued(i + 1) && tokens_[i].shape == Shape::kMark &&
           !tokens_.is_mark(i, ',') && !tokens_.is_mark(i, '/');
  }
  [[nodiscard]] bool is_place(size_t i) const {
    return type_of(tokens_.label(i)) == EntityType::kLocation;
  }

  // Behind the words of a name of a street or town that begins at `i`; `i` where there is none.
  [[nodiscard]] size_t behind_name(size_t i) const {
    size_t end = i;
    for (size_t k = i; k < tokens_.size() && k < i + 2 * kMostNameWords; ++k) {
      if (is_capital(k)) {
        end = k + 1;
        continue;
      }
      if (!is_joint(k) && !is(k, Part::kParticle) && !(end > i && tokens_.is_mark(k - 1, '-'))) {
        break;
      }
    }
    return end;
  }

  [[nodiscard]] std::optional<Range> street_at(size_t i) const {
    if (is_house(i) || is_digits(i, 5, 5)) {
      // `12 Old Mill Road`
      if (const size_t end = behind_street_word(i + 1); end != 0) {
        return Range{i, end};
      }
      // `49, chemin Guillou`
      const size_t word = i + 1 + (tokens_.is_mark(i + 1, ',') ? 1 : 0);
      const size_t end = is(word, Part::kFrench) ? behind_name(word + 1) : word + 1;
      if (end > word + 1) {
        return Range{i, end};
      }
      return std::nullopt;
    }
    if (const bool is_french = is(i, Part::kFrench); is_french || is(i, Part::kBefore)) {
      const bool has_dot = tokens_.is_mark(i + 1, '.');
      const size_t name = i + 1 + (has_dot ? 1 : 0);
      const size_t end = behind_name(name);
      // `al. Róż` is a street, `Al Gore` is none.
      if (end == name || (tokens_[i].length <= 2 && !has_dot)) {
        return std::nullopt;
      }
      // `Via Roma 12`, `Rua Augusta, 12`
      const size_t house = end + (tokens_.is_mark(end, ',') ? 1 : 0);
      if (!is_french && is_house(house)) {
        // `via Python 3`, `Plaza Hotel 1907`: no more than that is no address.
        const bool is_plain = tokens_[house].length <= 3 &&
                              !(tokens_[i].shape == Shape::kLower && tokens_.is_common(i));
        return is_plain || tail(house + 1) > house + 1 ? std::optional(Range{i, house + 1})
                                                       : std::nullopt;
      }
      // `boulevard Bayen, 43 764 Mervans`
      const size_t post = behind_postcode(end + (tokens_.is_mark(end, ',') ? 1 : 0));
      if (is_french && post != 0 && is_capital(post)) {
        return Range{i, end};
      }
      return std::nullopt;
    }
    if (!is_capital(i)) {
      return std::nullopt;
    }
    const auto found = street_with_ending(i);
    return found ? found : street_with_town(i);
  }

  // Behind the last word of `Old Mill Road` or `Bernhard Plain`, which begins at `i` behind a
  // number; 0 where it is no street.
  [[nodiscard]] size_t behind_street_word(size_t i) const {
    size_t end = i;
    while (end < i + kMostNameWords && behind_unit(end) == 0 &&
           (is_capital(end) || (end > i && (is_joint(end) || is_lower_street(end))) ||
            (end > i && tokens_.is_mark(end - 1, '\'') && is_text(end, "s")))) {
      ++end;
      if (end > i + 1 && is(end - 1, Part::kBehind)) {
        return end;
      }
    }
    // Words of lists mean other things too: only at the end of all, and not behind a year.
    const bool is_listed =
        end > i + 1 && tokens_.has(end - 1, WordBit::kStreet) &&
        (tokens_[end - 1].shape == Shape::kCapital || tokens_.letters() != Case::kMixed);
    return is_listed && (!is_year(i - 1) || tail(end) > end) ? end : 0;
  }
  [[nodiscard]] bool is_year(size_t i) const {
    return is_digits(i, 4, 4) &&
           (tokens_.text_of(i).starts_with("19") || tokens_.text_of(i).starts_with("20"));
  }

  // `Ogimatte 89, 1974 Ecublens`: a name, a number, a postcode and a town are an address whatever
  // the name is.
  [[nodiscard]] std::optional<Range> street_with_town(size_t i) const {
    if (!is_house(i + 1) || !tokens_[i + 1].space_before) {
      return std::nullopt;
    }
    const size_t post = i + 2 + (tokens_.is_mark(i + 2, ',') ? 1 : 0);
    const size_t town = behind_postcode(post);
    if (town == 0 || !is_capital(town) || (is_year(post) && !is_place(town))) {
      return std::nullopt;
    }
    size_t from = i;
    while (from > 0 && i - from < kMostNameWords && !is_address(from - 1) &&
           (is_capital(from - 1) || is(from - 1, Part::kParticle) || is_joint(from - 1))) {
      --from;
    }
    while (!is_capital(from)) {
      ++from;
    }
    return Range{from, i + 2};
  }

  // `Karl-Marx-Straße 12`, `Wessellaan 43`, `Kossuth Lajos utca 3`
  [[nodiscard]] std::optional<Range> street_with_ending(size_t i) const {
    const size_t dot = tokens_.is_mark(i + 1, '.') && is_glued(i + 1) ? 1 : 0;
    if (!is_digits(i + 1 + dot, 1, 3) &&
        !(is_house(i + 1 + dot) && tokens_[i + 1 + dot].shape == Shape::kAlnum)) {
      return std::nullopt;
    }
    if (dot == 0 && !tokens_[i + 1].space_before) {
      return std::nullopt;
    }
    size_t from = i;
    while (from >= 2 && tokens_.is_mark(from - 1, '-') && is_glued(from) && is_glued(from - 1) &&
           is_capital(from - 2)) {
      from -= 2;
    }
    if (is(i, Part::kAfter)) {
      if (from == i && from > 0 && is_capital(from - 1) && tokens_[from].space_before) {
        --from;
      }
      return from < i ? std::optional(Range{from, i + 2 + dot}) : std::nullopt;
    }
    const bool is_street = is_street_name(tokens_.text_of(i));
    return is_street ? std::optional(Range{from, i + 2 + dot}) : std::nullopt;
  }

  [[nodiscard]] bool is_text(size_t i, std::string_view word) const {
    return i < tokens_.size() && equal_ignoring_case(tokens_.text_of(i), word);
  }

  // `PO Box 12`, `P.O. Box 12`
  [[nodiscard]] std::optional<Range> box_at(size_t i) const {
    size_t k = i;
    if (is_text(k, "po")) {
      ++k;
    } else if (is_text(k, "p") && tokens_.is_mark(k + 1, '.') && is_text(k + 2, "o")) {
      k += tokens_.is_mark(k + 3, '.') ? 4 : 3;
    }
    const bool is_box = k > i && is_text(k, "box") && is_digits(k + 1, 1, 6);
    return is_box ? std::optional(Range{i, k + 2}) : std::nullopt;
  }

  // `PSC 12, Box 34, APO AE 09012`, `USNS Comfort FPO AP 96200`
  [[nodiscard]] std::optional<Range> military_at(size_t i) const {
    const bool is_office = is_text(i, "apo") || is_text(i, "fpo") || is_text(i, "dpo");
    const bool is_area = is_text(i + 1, "aa") || is_text(i + 1, "ae") || is_text(i + 1, "ap");
    if (!is_office || !is_area || !is_digits(i + 2, 5, 5)) {
      return std::nullopt;
    }
    size_t from = i;
    while (from > 0 && i - from < 8 &&
           (tokens_.is_mark(from - 1, ',') || tokens_.is_number(from - 1) ||
            is(from - 1, Part::kUnit) || tokens_[from - 1].shape == Shape::kNewline)) {
      --from;
    }
    const auto is_ship = [&](size_t k) {
      return is_text(k, "uss") || is_text(k, "usns") || is_text(k, "uscgc") || is_text(k, "usnv");
    };
    if (i >= 2 && is_ship(i - 2)) {
      from = i - 2;
    }
    return Range{from, i + 3};
  }

  // Behind the postcode that begins at `i`; 0 where there is none.
  [[nodiscard]] size_t behind_postcode(size_t i) const {
    const bool has_dash = tokens_.is_mark(i + 1, '-') && is_glued(i + 1) && is_glued(i + 2);
    if (is_digits(i, 2, 2)) {  // 80-850, 17 081
      const size_t rest = has_dash ? i + 2 : i + 1;
      return is_digits(rest, 3, 3) ? rest + 1 : 0;
    }
    if (is_digits(i, 4, 4) && i + 1 < tokens_.size() && tokens_[i + 1].shape == Shape::kUpper &&
        tokens_[i + 1].length == 2) {  // 5829 AC
      return i + 2;
    }
    if (is_digits(i, 4, 6)) {  // 62704, 62704-1234
      return has_dash && is_digits(i + 2, 3, 4) ? i + 3 : i + 1;
    }
    if (is_digits(i, 3, 3) && is_digits(i + 1, 2, 2)) {  // 115 20
      return i + 2;
    }
    const auto is_code = [&](size_t k) {
      return k < tokens_.size() && tokens_[k].shape == Shape::kAlnum && tokens_[k].length >= 2 &&
             tokens_[k].length <= 7 &&
             tokens_.text_of(k).find_first_of("abcdefghijklmnopqrstuvwxyz") ==
                 std::string_view::npos;
    };
    if (is_code(i)) {  // SW1A 1AA, 3637SL
      return is_code(i + 1) ? i + 2 : tokens_[i].length >= 6 ? i + 1 : 0;
    }
    return 0;
  }

  // `Apt. 12`, `Piso 3`: behind it; 0 where there is none.
  [[nodiscard]] size_t behind_unit(size_t i) const {
    if (!is(i, Part::kUnit)) {
      return 0;
    }
    const size_t number = i + 1 + (tokens_.is_mark(i + 1, '.') ? 1 : 0);
    return number < tokens_.size() && tokens_.is_number(number) ? number + 1 : 0;
  }

  // Behind the next part of an address from `i`: a flat, a postcode with its town, a place that was
  // found already; 0 where there is none.
  [[nodiscard]] size_t behind_part(size_t i) const {
    if (const size_t unit = behind_unit(i); unit != 0) {
      return unit;
    }
    if (tokens_.is_mark(i, '#') && i + 1 < tokens_.size() && tokens_.is_number(i + 1)) {
      return i + 2;
    }
    if (const size_t post = behind_postcode(i); post != 0) {
      return behind_name(post);
    }
    const bool is_state = i < tokens_.size() && tokens_[i].shape == Shape::kUpper &&
                          tokens_[i].length == 2 && behind_postcode(i + 1) != 0;
    if (is_state) {
      return behind_postcode(i + 1);
    }
    size_t end = i;
    while (end < tokens_.size() && !is_phone(end) && (is_address(end) || is_place(end))) {
      ++end;
    }
    if (end > i) {
      return end;
    }
    // `Tung Chung, KLN 16190`: what stands before a postcode is a town.
    const size_t town = behind_name(i);
    const size_t post = town + (tokens_.is_mark(town, ',') ? 1 : 0);
    const bool has_area = is_capital(post) && tokens_[post].shape == Shape::kUpper;
    const size_t behind = town > i ? behind_postcode(post + (has_area ? 1 : 0)) : 0;
    return behind;
  }

  // How far an address that is sure up to `end` goes on.
  [[nodiscard]] size_t tail(size_t end) const {
    const size_t most = std::min(tokens_.size(), end + kMostTail);
    while (end < most) {
      if ((tokens_.is_mark(end, '/') || tokens_.is_mark(end, '-')) && is_glued(end) &&
          is_glued(end + 1) && is_house(end + 1)) {
        end += 2;
        continue;
      }
      size_t next = end;
      if (tokens_.is_mark(next, '.') && next + 1 < tokens_.size() &&
          tokens_.is_mark(next + 1, ',')) {
        ++next;
      }
      while (next < tokens_.size() && next < end + 3 &&
             (tokens_.is_mark(next, ',') || tokens_[next].shape == Shape::kNewline)) {
        ++next;
      }
      const size_t part = behind_part(next);
      if (part == 0) {
        break;
      }
      end = part;
    }
    return end;
  }

  // `(281) 651`: a telephone number behind an address is none of it.
  [[nodiscard]] bool is_phone(size_t i) const {
    return tokens_.is_mark(i, '(') && is_digits(i + 1, 3, 3) && tokens_.is_mark(i + 2, ')');
  }
  void end_at(size_t end) {
    for (; end < tokens_.size() && is_address(end); ++end) {
      tokens_.label(end) = Label::kOutside;
    }
  }

  // Looks at an address that the model found from `i` on; where to go on behind it.
  size_t whole(size_t i) {
    size_t end = i;
    size_t numbers = 0;
    bool has_word = false;
    bool has_street = false;
    while (end < tokens_.size() && is_address(end)) {
      if (end > i && is_phone(end)) {
        break;
      }
      // `Ada Quill 12 Mill Road`: who lives there is none of it.
      if (end > i && numbers == 0 && is_house(end) && street_at(end)) {
        const bool is_person = tokens_.has(i, WordBit::kGiven);
        no_address(i, end, is_person ? Label::kBeginPerson : Label::kBeginOrganization);
        return end;
      }
      const Shape shape = tokens_[end].shape;
      numbers += tokens_.is_number(end) ? 1 : 0;
      has_word |= shape == Shape::kIdeo || (shape < Shape::kIdeo && tokens_[end].length > 1);
      has_street |= tokens_.has(end, WordBit::kStreet) || shape == Shape::kIdeo;
      ++end;
    }
    end_at(end);
    // `713-664-7478`, `Psychedelic rock, Pop`, `2014 New Zealand`
    const bool is_counted = numbers == 1 && tokens_.is_number(i);
    if (!has_word || (!has_street && (numbers == 0 || is_counted))) {
      no_address(i, end, Label::kBeginLocation);
      return end;
    }
    const size_t longer = numbers > 0 ? tail(end) : end;
    mark(i, longer);
    return longer;
  }

  // What the model took for an address and is none: its words in capitals may be a name.
  void no_address(size_t from, size_t to, Label begin) {
    const auto inside = static_cast<Label>(index_of(begin) + 1);
    for (size_t i = from; i < to; ++i) {
      const bool goes_on = i > from && tokens_.label(i - 1) != Label::kOutside;
      tokens_.label(i) = !tokens_.is_capital(i) ? Label::kOutside : goes_on ? inside : begin;
    }
  }

  LabelledTokens& tokens_;
};

}  // namespace

void apply_address_rules(LabelledTokens& tokens) {
  AddressRules(tokens).apply();
}

}  // namespace sally::content::names
