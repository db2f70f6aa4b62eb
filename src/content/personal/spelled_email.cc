#include "content/personal/spelled_email.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "content/personal/token.h"

namespace sally::content::personal {
namespace {

constexpr size_t kMaxLocal = 64;
constexpr size_t kMostLabels = 6;
constexpr size_t kMaxLabel = 63;

// Behind `word` that begins at `at`, with what is around it: `[dot]`, ` (dot) `, ` dot `, `[.]`,
// and a mere `.`. `at` where it does not stand there.
size_t behind(std::string_view text, size_t at, std::string_view word, char sign) {
  size_t end = at;
  const auto skip_space = [&] { end += end < text.size() && text[end] == ' ' ? 1 : 0; };
  if (end < text.size() && text[end] == sign) {
    return end + 1;
  }
  skip_space();
  const char opening = end < text.size() ? text[end] : '\0';
  const size_t bracket = std::string_view("[({<").find(opening);
  const bool bracketed = opening != '\0' && bracket != std::string_view::npos;
  end += bracketed ? 1 : 0;
  if (!bracketed && end == at) {
    return at;  // a word needs something around it
  }
  if (bracketed && end < text.size() && text[end] == sign) {
    ++end;
  } else if (equal_ignoring_case(text.substr(end, word.size()), word)) {
    end += word.size();
  } else {
    return at;
  }
  if (bracketed) {
    if (end >= text.size() || text[end] != "])}>"[bracket]) {
      return at;
    }
    ++end;
    skip_space();
    return end;
  }
  return end < text.size() && text[end] == ' ' ? end + 1 : at;
}

size_t label_end(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && end - at <= kMaxLabel && (is_alnum(text[end]) || text[end] == '-')) {
    ++end;
  }
  return end;
}

}  // namespace

std::optional<Span> spelled_email_at(std::string_view text, size_t at) {
  // Before: the local part, then perhaps a space and a bracket.
  size_t left = at;
  const bool bracketed =
      left > 0 && std::string_view("[({<").find(text[left - 1]) != std::string_view::npos;
  left -= bracketed ? 1 : 0;
  left -= left > 0 && text[left - 1] == ' ' ? 1 : 0;
  size_t begin = left;
  while (begin > 0 && left - begin <= kMaxLocal &&
         (is_alnum(text[begin - 1]) ||
          std::string_view("._%+-").find(text[begin - 1]) != std::string_view::npos)) {
    --begin;
  }
  while (begin < left && !is_alnum(text[begin])) {
    ++begin;
  }
  const size_t host = behind(text, left, "at", '@');
  if (begin == left || left - begin > kMaxLocal || host == left || !is_alnum(text[left - 1])) {
    return std::nullopt;
  }
  // Behind: labels. Without brackets one of the dots must be spelled too: `at` is a word.
  bool spelled = bracketed;
  size_t end = label_end(text, host);
  size_t last = host;
  for (size_t labels = 1; labels < kMostLabels && end > last; ++labels) {
    const size_t next = behind(text, end, "dot", '.');
    const size_t next_end = label_end(text, next);
    if (next == end || next_end == next || next_end - next > kMaxLabel) {
      break;
    }
    spelled = spelled || next > end + 1;
    last = next;
    end = next_end;
  }
  const std::string_view top = text.substr(last, end - last);
  const bool letters = std::ranges::all_of(top, [](char c) {
    return class_of(c) == OctetClass::kLower || class_of(c) == OctetClass::kUpper;
  });
  if (!spelled || last == host || top.size() < 2 || !letters) {
    return std::nullopt;
  }
  return Span{begin, end};
}

}  // namespace sally::content::personal
