// Dates of birth with the month in a word: `11 January 1974`, `April 5, 1952`, `5. März 1960`;
// ages.
#include <algorithm>

#include "content/personal/checksum.h"
#include "content/personal/finder.h"

namespace sally::content::personal {
namespace {

constexpr ContextSet kBirthWords(ContextGroup::kBirth);
constexpr ContextSet kAgeWords(ContextGroup::kAge);
constexpr float kBirthScore = 0.9F;
constexpr float kAgeScore = 0.75F;
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

// `aged 45`, `age of 45`, `"age": 45`, `45 years old`, `45-year-old`; no range, no part of a
// number.
void Finder::age_at(size_t index) {
  constexpr size_t kOldest = 120;
  const Token& token = tokens_[index];
  const uint64_t age = number_of(text_.substr(token.begin, token.size()));
  if (age == 0 || age > kOldest || text_[token.begin] == '0') {
    return;
  }
  const char left = before(token.begin);
  const char right = at(token.end);
  const char next = at(token.end + 1);
  if (left == '-' || left == '.' || left == ',' || left == '$' || left == '/' || right == '%' ||
      (std::string_view("-.,:/").find(right) != std::string_view::npos && is_digit(next))) {
    return;
  }
  const auto says = [&](const ContextHit& hit) {
    if (!hit.meaning->groups.meets(kAgeWords)) {
      return false;
    }
    const size_t begin = std::min(hit.token, index);
    const size_t end = std::max(hit.token, index);
    // At most one short word between, at most `years old` behind; nothing between: behind, `45歳`.
    if (hit.token < index && tokens_[hit.token].end == token.begin) {
      return false;
    }
    return end - begin <= 2 && tokens_[end].begin - tokens_[begin].end <= 10 &&
           (hit.token > index || end - begin == 1 || tokens_[begin + 1].size() <= 3);
  };
  size_t hit = hit_;
  while (hit > 0 && hits_[hit - 1].token + 2 >= index) {
    --hit;
  }
  for (; hit < hits_.size() && hits_[hit].token <= index + 2; ++hit) {
    if (says(hits_[hit])) {
      add({token.begin, token.end}, EntityType::kAge, kAgeScore);
      return;
    }
  }
}

}  // namespace sally::content::personal
