#include "content/secrets/cue_readers.h"

#include <algorithm>

namespace sally::content {
namespace internal {
namespace {

constexpr size_t kMaxGap = 8;

}  // namespace

bool is_word_octet(char c) {
  return is_alnum(c) || is_high(c) || c == '_' || c == '-' || c == '.' || c == '@' || c == '/' ||
         c == '+' || c == '#';
}

size_t skip_blanks(const Window& window, size_t at) {
  while (is_blank(window.at(at))) {
    ++at;
  }
  return at;
}

size_t skip_gap(const Window& window, size_t at, char& quote) {
  quote = '\0';
  for (size_t i = 0; i < kMaxGap; ++i, ++at) {
    const char c = window.at(at);
    if (is_quote(c)) {
      quote = c;
    } else if (!is_blank(c) && c != '*' && c != '=' && c != '\\') {
      break;
    }
  }
  // Quotes of print.
  for (const std::string_view open : {"“", "„", "«", "‘", "»"}) {
    if (window.text.substr(std::min(at, window.size())).starts_with(open)) {
      return at + open.size();
    }
  }
  return at;
}

bool stands_alone(const Window& window, const Cue& cue) {
  constexpr size_t kTelling = 6;  // a cue so long stands for itself, inside a name too
  if (cue.begin == 0) {
    return true;
  }
  const char before = window.text[cue.begin - 1];
  const bool hump = is_lower(before) && is_upper(window.text[cue.begin]);
  return (!is_letter(before) && !is_high(before)) || hump ||
         (cue.kind != CueKind::kPass && cue.kind != CueKind::kPin &&
          cue.end - cue.begin >= kTelling);
}

void report(const PasswordValue& value, std::string_view rule, float score, Candidates& out) {
  out.push_back({value.begin, value.end, rule, Severity::kMedium, score});
}

}  // namespace internal

void read_cue(const Window& window, const Cue& cue, Candidates& out) {
  switch (cue.kind) {
    case CueKind::kPassword:
    case CueKind::kPass:
    case CueKind::kPin:
    case CueKind::kSecret:
      return internal::read_password_cue(window, cue, out);
    case CueKind::kLogin:
      return internal::read_login(window, cue, out);
    case CueKind::kHeader:
      return internal::read_header(window, cue, out);
    case CueKind::kBearer:
      return internal::read_bearer(window, cue, out);
    case CueKind::kUrl:
      return internal::read_url(window, cue, out);
    case CueKind::kUser:
      return internal::read_user(window, cue, out);
    case CueKind::kShortOption:
      return internal::read_short_option(window, cue, out);
  }
}

}  // namespace sally::content
