// Numbers in other groups than their definition writes: `2345 678 9012 4`, `123_45_6789`.
#include <algorithm>
#include <array>

#include "content/personal/checksum.h"
#include "content/personal/finder.h"

namespace sally::content::personal {
namespace {

constexpr size_t kMostGroups = 12;
constexpr size_t kMostLetters = 3;  // of a group without digits
constexpr float kFarthest = 0.09F;  // of the word that must stand near
constexpr float kLostByGroups = 0.05F;
constexpr float kLostAlone = 0.15F;
constexpr float kStrong = 0.75F;          // the score alone of a type that needs no word
constexpr size_t kFewestGroupsAlone = 3;  // two are a decimal number as well

}  // namespace

bool Finder::joins(size_t index) const {
  if (index == 0) {
    return false;
  }
  const size_t begin = tokens_[index - 1].end;
  const std::string_view gap = text_.substr(begin, tokens_[index].begin - begin);
  return gap == "  " || gap == " - " ||
         (gap.size() == 1 && std::string_view(" -._/").find(gap[0]) != std::string_view::npos);
}

void Finder::regrouped(size_t index, const Edges& edges) {
  if (index + 1 >= tokens_.size() || !joins(index + 1) || edges.glued ||
      (joins(index) && tokens_[index - 1].digits > 0)) {
    return;
  }
  std::array<char, FormTable::kMaxForm> compact{};
  size_t size = 0;
  for (size_t last = index; last < tokens_.size() && last < index + kMostGroups; ++last) {
    const Token& token = tokens_[last];
    const bool word = token.digits == 0 && token.size() > kMostLetters;
    if (token.high || word || size + token.size() > compact.size() ||
        (last > index && !joins(last))) {
      return;
    }
    for (const char c : text_.substr(token.begin, token.size())) {
      compact[size++] = to_upper(c);
    }
    const bool goes_on =
        last + 1 < tokens_.size() && joins(last + 1) && tokens_[last + 1].digits > 0;
    if (last > index && !goes_on && right_of(token.end)) {
      regrouped_rows({compact.data(), size}, index, last);
    }
  }
}

void Finder::regrouped_rows(std::string_view compact, size_t first, size_t last) {
  uint32_t shape = 0;
  for (const char c : compact) {
    shape = extend_shape(shape, is_digit(c) ? '9' : 'A');
  }
  const FormTable::Form* form = forms_.find(shape);
  if (form == nullptr || form->literal.size() != compact.size() ||
      !std::ranges::equal(form->literal, compact, [](char symbol, char c) {
        return symbol == (is_digit(c) ? '9' : 'A');
      })) {
    return;
  }
  for (const uint16_t index : form->rows) {
    const RecognizerRow& row = recognizer_rows()[index];
    if (row.validator == check::shape_only || row.type == EntityType::kDateOfBirth) {
      continue;
    }
    const float lost = distance(row.groups, first, last);
    const bool near = lost >= 0 && lost <= kFarthest;
    const bool strong = row.alone >= kStrong && last - first >= kFewestGroupsAlone - 1;
    if ((!near && !strong) || disowned(first, lost)) {
      continue;
    }
    const float score = near ? row.in_context - lost - kLostByGroups : row.alone - kLostAlone;
    if (score >= kThreshold && row.validator({compact, compact})) {
      add({tokens_[first].begin, tokens_[last].end}, row.type, score);
    }
  }
}

}  // namespace sally::content::personal
