// Dates of birth with the month in a word: `11 January 1974`, `April 5, 1952`, `5. März 1960`.
#include "content/personal/checksum.h"
#include "content/personal/finder.h"

namespace sally::content::personal {
namespace {

constexpr ContextSet kBirthWords(ContextGroup::kBirth);
constexpr float kBirthScore = 0.9F;
constexpr size_t kMostBetween = 4;  // octets between the parts: `. de `, `, `

}  // namespace

void Finder::dates_around(const ContextHit& hit) {
  const size_t month = hit.token;
  const auto number = [this](size_t index, size_t most) {
    const Token& token = tokens_[index];
    return token.digits == token.size() && token.size() <= most
               ? number_of(text_.substr(token.begin, token.size()))
               : 0;
  };
  // `5`, `5th`.
  const auto day_at = [this](size_t index) {
    const Token& token = tokens_[index];
    if (token.digits == 0 || token.digits > 2 || token.size() > token.digits + 2 ||
        !is_digit(text_[token.begin])) {
      return uint64_t{0};
    }
    const uint64_t day = number_of(text_.substr(token.begin, token.digits));
    return day <= 31 ? day : 0;
  };
  const auto is_year = [&number](size_t index) {
    const uint64_t year = number(index, 4);
    return year >= 1900 && year <= 2035;
  };
  const auto near = [this](size_t left, size_t right) {
    return tokens_[right].begin - tokens_[left].end <= kMostBetween;
  };
  // Words such as `de` and `of` may stand between.
  const auto passes = [this](size_t index) {
    return tokens_[index].size() == 2 && tokens_[index].digits == 0;
  };
  const auto next = [&](size_t index) {
    const size_t one = index + 1;
    return one + 1 < tokens_.size() && passes(one) && near(index, one) ? one + 1 : one;
  };

  size_t first = month;
  size_t last = month;
  const size_t behind = next(month);
  if (behind < tokens_.size() && near(behind - 1, behind) && is_year(behind)) {
    last = behind;
    size_t before = month;
    if (before > 1 && passes(before - 1) && near(before - 1, before)) {
      --before;
    }
    if (before > 0 && near(before - 1, before) && day_at(before - 1) != 0) {
      first = before - 1;
    }
  } else if (month + 2 < tokens_.size() && near(month, month + 1) && day_at(month + 1) != 0 &&
             near(month + 1, month + 2) && is_year(month + 2)) {
    last = month + 2;
  } else if (month > 0 && month + 1 < tokens_.size() && near(month - 1, month) &&
             near(month, month + 1) && is_year(month - 1) && day_at(month + 1) != 0) {
    first = month - 1;
    last = month + 1;
  } else {
    return;
  }
  const float lost = distance(kBirthWords, first, last);
  if (lost >= 0) {
    add({tokens_[first].begin, tokens_[last].end}, EntityType::kDateOfBirth, kBirthScore - lost);
  }
}

}  // namespace sally::content::personal
