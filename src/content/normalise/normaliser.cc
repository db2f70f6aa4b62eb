#include "content/normalise/normaliser.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace sally::content {

namespace {

constexpr size_t kMaxWord = 256;     // octets; a longer one is looked at in parts
constexpr size_t kMaxWordHead = 64;  // ASCII octets of a word before its first other one
constexpr size_t kNativeReach =
    256;                           // octets over which a word of another script vouches for others
constexpr size_t kMaxUnseen = 16;  // signs that do not show, looked over for the next that does
constexpr size_t kManyDigits = 4;  // in a word of letters and digits that is a number
constexpr size_t kMarksKept = 4;   // in a row, on letters that are not Latin
constexpr size_t kFlagTags = 8;    // at most, in an emoji of a flag
constexpr size_t kChannel = 4;     // variation selectors in a row that are no spelling
constexpr uint32_t kBlackFlag = 0x1F3F4;
constexpr uint32_t kCancelTag = 0xE007F;

bool is_bidi_control(uint32_t code) {
  return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

bool Normaliser::Sign::is_letter() const {
  return is_ascii_letter(decoded.code) ||
         (point.group >= Group::kLatin && point.group < Group::kMark);
}

Normaliser::Sign Normaliser::sign(size_t at) const {
  const Decoded decoded = decode_utf8(text_, at);
  return {decoded, points_[decoded.code]};
}

// Ideographic letters make words by themselves.
bool Normaliser::is_word_part(const Sign& sign) {
  switch (sign.point.action) {
    case Action::kFold:
      return is_ascii_alnum(static_cast<uint8_t>(CodePoints::text_of(sign.point).front()));
    case Action::kPunctuation:
    case Action::kDigitPunctuation:
    case Action::kTag:
      return false;
    case Action::kLookalike:
    case Action::kLooseLookalike:
    case Action::kDigit:
    case Action::kIgnorable:
    case Action::kJoiner:
    case Action::kSelector:
      return true;
    case Action::kKeep:
      break;
  }
  return is_ascii_alnum(sign.decoded.code) ||
         (sign.point.group != Group::kOther && sign.point.group != Group::kIdeographic &&
          sign.point.group != Group::kPictograph);
}

Normaliser::Word Normaliser::scan_word(size_t at) const {
  Word word;
  const size_t limit = std::min(text_.size(), at + kMaxWord);
  while (at < limit) {
    const Sign it = sign(at);
    if (!is_word_part(it)) {
      break;
    }
    at += it.decoded.length;
    uint32_t code = it.decoded.code;
    if (it.point.action == Action::kFold) {
      code = static_cast<uint8_t>(CodePoints::text_of(it.point).front());
    }
    if (it.point.action == Action::kDigit || is_ascii_digit(code)) {
      ++word.digits;
    } else if (is_ascii_letter(code) || it.point.group == Group::kLatin) {
      ++word.latin;
    } else if (it.point.action == Action::kLookalike) {
      ++word.strong;
    } else if (it.point.action == Action::kLooseLookalike) {
      ++word.loose;
    } else if (it.point.action == Action::kKeep && it.is_letter()) {
      ++word.foreign;
    }
    word.cyrillic |= it.point.group == Group::kCyrillic;
  }
  word.end = at;
  return word;
}

bool Normaliser::folds_lookalikes(const Word& word) const {
  if (word.strong + word.loose == 0) {
    return false;
  }
  if (word.latin > 0) {
    return word.foreign == 0 ? word.loose == 0 || word.latin >= word.loose
                             : word.latin > word.strong + word.loose + word.foreign;
  }
  if (word.foreign + word.loose > 0 ||
      (native_end_ != std::string::npos && at_ - native_end_ < kNativeReach)) {
    return false;
  }
  if (word.digits >= kManyDigits) {
    return true;
  }
  if (word.strong < 2 && !word.cyrillic) {
    return false;  // a variable of mathematics
  }
  // All lookalikes: one of the two neighbours is Latin or a number, the other too if there is one.
  size_t before = out_.size();
  for (size_t i = 0; i < kMaxUnseen && before > 0; ++i, --before) {
    const auto c = static_cast<uint8_t>(out_[before - 1]);
    if (is_ascii_alnum(c) || c >= 0x80) {
      break;
    }
  }
  const bool first = before == 0;
  const bool after_latin = !first && is_ascii_alnum(static_cast<uint8_t>(out_[before - 1]));
  size_t next = word.end;
  for (size_t i = 0; i < kMaxUnseen && next < text_.size() && !is_word_part(sign(next)); ++i) {
    next += sign(next).decoded.length;
  }
  const Word other = next < text_.size() ? scan_word(next) : Word{};
  const bool last = next >= text_.size();
  const bool before_latin = other.latin + other.digits > 0 && other.foreign == 0;
  return (first || after_latin) && (last || before_latin) && (after_latin || before_latin);
}

std::optional<Normaliser::Sign> Normaliser::next_visible(size_t at, size_t spaces) const {
  for (size_t i = 0; i < kMaxUnseen && at < text_.size(); ++i) {
    const Sign it = sign(at);
    const bool space = it.decoded.code == ' ' || it.decoded.code == 0xA0;
    const bool unseen = it.point.action == Action::kIgnorable ||
                        it.point.action == Action::kJoiner ||
                        it.point.action == Action::kSelector || it.point.action == Action::kTag;
    if (!unseen && (!space || spaces == 0)) {
      return it;
    }
    spaces -= space ? 1 : 0;
    at += it.decoded.length;
  }
  return std::nullopt;
}

bool Normaliser::stands_after_alnum(bool digit_only) const {
  size_t end = out_.size();
  if (!digit_only && folded_punctuation_ == end) {
    return true;
  }
  for (size_t i = 0; i < 2 && end > 0 && out_[end - 1] == ' '; ++i) {
    --end;
  }
  if (end == 0) {
    return false;
  }
  const auto c = static_cast<uint8_t>(out_[end - 1]);
  return digit_only ? is_ascii_digit(c) : is_ascii_alnum(c);
}

bool Normaliser::stands_before_alnum(size_t at, bool digit_only) const {
  const auto next = next_visible(at, 2);
  if (!next) {
    return false;
  }
  if (next->point.action == Action::kFold) {
    const auto c = static_cast<uint8_t>(CodePoints::text_of(next->point).front());
    return digit_only ? is_ascii_digit(c) : is_ascii_alnum(c);
  }
  return is_ascii_digit(next->decoded.code) || next->point.action == Action::kDigit ||
         (!digit_only && is_ascii_letter(next->decoded.code));
}

// Beside another digit, or with one sign between the two.
bool Normaliser::is_in_digit_run(size_t at) const {
  const auto is_digit = [this](size_t before) {
    return before < out_.size() &&
           is_ascii_digit(static_cast<uint8_t>(out_[out_.size() - 1 - before]));
  };
  const auto is_separator = [](char c) {
    return std::string_view(" -./:,").find(c) != std::string_view::npos;
  };
  if (is_digit(0) || (!out_.empty() && is_separator(out_.back()) && is_digit(1))) {
    return true;
  }
  const auto digit_at = [this](size_t from) {
    const auto next = next_visible(from, 0);
    return next && (is_ascii_digit(next->decoded.code) || next->point.action == Action::kDigit);
  };
  if (digit_at(at)) {
    return true;
  }
  if (at >= text_.size()) {
    return false;
  }
  const Sign separator = sign(at);
  const bool parts = separator.decoded.code < 0x80
                         ? is_separator(static_cast<char>(separator.decoded.code))
                         : separator.point.action == Action::kPunctuation;
  return parts && digit_at(at + separator.decoded.length);
}

// Whether a sign that does not show is spelling here.
bool Normaliser::is_needed(const Sign& it, size_t at) const {
  const auto next = next_visible(at + it.decoded.length, 0);
  const Group after = next ? next->point.group : Group::kOther;
  const auto joins = [](Group group) {
    return group == Group::kJoining || group == Group::kSpaceless;
  };
  switch (it.decoded.code) {
    case 0x200D:
      if (last_group_ == Group::kPictograph && after == Group::kPictograph) {
        return true;
      }
      [[fallthrough]];
    case 0x200C:
      return last_code_ != 0x200C && last_code_ != 0x200D && (joins(last_group_) || joins(after)) &&
             !is_ascii_digit(last_code_);
    case 0x200B:
    case 0x2060:
      return last_group_ == Group::kSpaceless && after == Group::kSpaceless;
    case 0x034F:
      return last_group_ == Group::kHebrew;
    case 0x17B4:
    case 0x17B5:
      return last_group_ == Group::kSpaceless;
    case 0x180B:
    case 0x180C:
    case 0x180D:
    case 0x180E:
    case 0x180F:
      return last_group_ == Group::kJoining;
    case 0x115F:
    case 0x1160:
      return after == Group::kIdeographic;
    default:
      return false;
  }
}

void Normaliser::copy(size_t end) {
  out_.append(text_, at_, end - at_);
  result_.map_.append(at_, 1, 1, end - at_);
  at_ = end;
}

void Normaliser::replace(size_t end, std::string_view as) {
  if (!as.empty()) {
    out_.append(as);
    result_.map_.append(at_, end - at_, as.size());
  }
  result_.changed_ = true;
  at_ = end;
}

// A Latin letter or a digit, with the marks on it.
void Normaliser::emit_letter(const Sign& it, std::string_view as) {
  size_t end = at_ + it.decoded.length;
  uint32_t code = decode_utf8(as, as.size() - 1).code;
  if (code == kInvalid) {
    code = it.decoded.code;
  }
  const uint32_t plain = code;
  bool marked = false;
  while (end < text_.size() && static_cast<uint8_t>(text_[end]) >= 0x80) {
    const Sign mark = sign(end);
    if (mark.point.group != Group::kMark) {
      break;
    }
    marked = true;
    if (const uint32_t composed = CodePoints::composed(code, mark.decoded.code); composed != 0) {
      code = composed;
    }
    end += mark.decoded.length;
  }
  last_group_ = Group::kLatin;
  last_code_ = code;
  if (!marked && as.data() == text_.data() + at_) {
    copy(end);
    return;
  }
  std::string made(as);
  if (code != plain) {
    made.resize(is_ascii_alnum(plain) ? made.size() - 1 : 0);
    append_utf8(made, code);
  }
  replace(end, made);
}

void Normaliser::emit_ignorable(const Sign& it) {
  const size_t end = at_ + it.decoded.length;
  if (is_needed(it, at_)) {
    last_code_ = it.decoded.code;  // the group stays that of the letter before
    copy(end);
    return;
  }
  result_.hidden_.bidi |= is_bidi_control(it.decoded.code);
  replace(end, "");
}

void Normaliser::emit_tags() {
  size_t end = at_;
  size_t count = 0;
  bool cancelled = false;
  while (end < text_.size() && !cancelled) {
    const Sign it = sign(end);
    if (it.point.action != Action::kTag) {
      break;
    }
    cancelled = it.decoded.code == kCancelTag;
    ++count;
    end += it.decoded.length;
  }
  if (last_code_ == kBlackFlag && cancelled && count <= kFlagTags) {
    last_code_ = kCancelTag;
    copy(end);
    return;
  }
  result_.hidden_.tags = true;
  replace(end, "");
}

void Normaliser::emit_selectors() {
  size_t end = at_;
  size_t count = 0;
  size_t first_end = 0;
  while (end < text_.size()) {
    const Sign it = sign(end);
    if (it.point.action != Action::kSelector) {
      break;
    }
    end += it.decoded.length;
    first_end = ++count == 1 ? end : first_end;
  }
  if (count >= kChannel) {
    result_.hidden_.selectors = true;
  } else if (last_code_ >= 0x80 && last_group_ != Group::kLatin && last_group_ != Group::kMark) {
    copy(first_end);  // it says how the sign before looks
  }
  if (at_ < end) {
    replace(end, "");
  }
}

void Normaliser::emit(const Sign& it, bool fold_lookalikes) {
  const size_t end = at_ + it.decoded.length;
  const std::string_view self = text_.substr(at_, it.decoded.length);
  const std::string_view as = CodePoints::text_of(it.point);
  const size_t marks = std::exchange(marks_in_row_, 0);
  bool folds = false;
  switch (it.point.action) {
    case Action::kIgnorable:
    case Action::kJoiner:
      marks_in_row_ = marks;
      return emit_ignorable(it);
    case Action::kTag:
      return emit_tags();
    case Action::kSelector:
      return emit_selectors();
    case Action::kFold:
      folds = true;
      break;
    case Action::kLookalike:
    case Action::kLooseLookalike:
      folds = fold_lookalikes;
      break;
    case Action::kDigit:
      folds = is_in_digit_run(end);
      break;
    case Action::kPunctuation:
    case Action::kDigitPunctuation: {
      const bool digit_only = it.point.action == Action::kDigitPunctuation;
      const bool after = stands_after_alnum(digit_only);
      folds = digit_only ? after && stands_before_alnum(end, true)
                         : after || stands_before_alnum(end, false);
      if (folds) {
        last_group_ = Group::kOther;
        last_code_ = static_cast<uint8_t>(as.back());
        replace(end, as);
        folded_punctuation_ = out_.size();
        return;
      }
      break;
    }
    case Action::kKeep:
      if (it.point.group == Group::kMark) {
        const bool on_ascii = last_code_ < 0x80 || last_group_ == Group::kLatin;
        marks_in_row_ = marks + 1;
        if (on_ascii || marks_in_row_ > kMarksKept) {
          return replace(end, "");
        }
        return copy(end);
      }
      break;
  }
  if (folds) {
    return emit_letter(it, as);
  }
  if (is_ascii_alnum(it.decoded.code) || it.point.group == Group::kLatin) {
    return emit_letter(it, self);
  }
  last_group_ = it.point.group;
  last_code_ = it.decoded.code;
  copy(end);
}

void Normaliser::emit_word() {
  const Word word = scan_word(at_);
  const bool fold_lookalikes = folds_lookalikes(word);
  while (at_ < word.end) {
    emit(sign(at_), fold_lookalikes);
  }
  if (word.is_native()) {
    native_end_ = at_;
  }
}

NormalizedText Normaliser::run() {
  SALLY_CHECK(text_.size() <= std::numeric_limits<int32_t>::max());
  result_.borrowed_ = text_;
  size_t ascii_end = find_non_ascii(text_, 0);
  if (ascii_end == text_.size()) {
    return std::move(result_);
  }
  out_.reserve(text_.size());
  while (at_ < text_.size()) {
    const Sign it = sign(at_);
    if (it.decoded.code >= 0x80) {
      if (is_word_part(it)) {
        emit_word();
      } else {
        emit(it, false);
      }
      continue;
    }
    ascii_end = find_non_ascii(text_, at_);
    size_t word = ascii_end;
    if (ascii_end < text_.size() && is_word_part(sign(ascii_end))) {
      while (word > at_ && ascii_end - word < kMaxWordHead &&
             is_ascii_alnum(static_cast<uint8_t>(text_[word - 1]))) {
        --word;
      }
    }
    if (word > at_) {
      last_group_ = Group::kOther;
      last_code_ = static_cast<uint8_t>(text_[word - 1]);
      copy(word);
    }
    if (word < ascii_end) {
      emit_word();
    }
  }
  if (!result_.changed_) {
    out_.clear();
    result_.map_.clear();
  }
  return std::move(result_);
}

}  // namespace sally::content
