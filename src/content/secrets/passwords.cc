// `the password is ...`, `DB_PASSWORD=...`: passwords, PINs and secrets behind their word.
#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "content/secrets/cue_readers.h"

namespace sally::content::internal {
namespace {

constexpr size_t kMaxSuffix = 24;  // of the name that holds the cue: `password_prod`
constexpr size_t kMaxClose = 6;    // quotes, brackets, stars and spaces behind the name
constexpr size_t kMaxSign = 4;

constexpr std::string_view kCopulas[] = {
#define SALLY_COPULA(word) word,
#define SALLY_ADVERB(word)
#define SALLY_JOINED(word)
#include "content/secrets/copulas.def"
#undef SALLY_COPULA
#undef SALLY_ADVERB
#undef SALLY_JOINED
};
constexpr std::string_view kAdverbs[] = {
#define SALLY_COPULA(word)
#define SALLY_ADVERB(word) word,
#define SALLY_JOINED(word)
#include "content/secrets/copulas.def"
#undef SALLY_COPULA
#undef SALLY_ADVERB
#undef SALLY_JOINED
};
constexpr std::string_view kJoined[] = {
#define SALLY_COPULA(word)
#define SALLY_ADVERB(word)
#define SALLY_JOINED(word) word,
#include "content/secrets/copulas.def"
#undef SALLY_COPULA
#undef SALLY_ADVERB
#undef SALLY_JOINED
};

// Names with these behind the cue hold something about a password, not one.
constexpr std::string_view kAbout[] = {
    "hash",   "salt",    "polic", "length",   "len",     "field", "reset",   "manager",
    "file",   "path",    "url",   "_at",      "expir",   "chang", "count",   "min",
    "max",    "requir",  "valid", "strength", "prompt",  "hint",  "label",   "placeholder",
    "encod",  "regex",   "rule",  "type",     "_id",     "less",  "protect", "name",
    "ref",    "arn",     "page",  "form",     "visible", "icon",  "button",  "error",
    "forgot", "version", "algo",  "digest",   "score"};
constexpr std::string_view kPinSuffixes[] = {"",       "code",    "-code", "_code", "number",
                                             "nummer", "-nummer", "kod",   "-kod"};

template <size_t N>
bool is_one_of(const std::string_view (&words)[N], std::string_view word) {
  return std::ranges::any_of(
      words, [word](std::string_view one) { return equal_ignoring_case(word, one); });
}

std::string folded(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

// What stands between a cue and its value.
struct Approach {
  enum class Style : uint8_t {
    kNone,
    kSign,     // `password = `
    kVerb,     // `the password of the cluster is `
    kNothing,  // `password `
  };
  Style style = Style::kNone;
  size_t value = 0;
  char quote = '\0';
  bool tight = false;  // `NAME=value`
  bool bare = false;   // the name ends with the cue
  bool comma = false;  // the sign is a comma: of a list perhaps
  size_t name_end = 0;
};

size_t sign_length(const Window& window, size_t at) {
  size_t length = 0;
  while (length < kMaxSign &&
         std::string_view(":=>|?-").find(window.at(at + length)) != std::string_view::npos &&
         window.at(at + length) != '\0') {
    ++length;
  }
  const std::string_view sign = window.text.substr(std::min(at, window.size()), length);
  if (sign.empty() || sign == "-" || sign == "--" || sign == "|" || sign == "?" || sign == "::") {
    return 0;
  }
  return length;
}

// `the password policy is ...`
bool is_about(std::string_view word) {
  constexpr size_t kTelling = 4;
  const std::string lower = folded(word);
  return std::ranges::any_of(kAbout, [&lower](std::string_view about) {
    return about.size() >= kTelling && lower.starts_with(about);
  });
}

// Where the value stands behind the copula that ends before `at`, and perhaps adverbs.
size_t behind_adverbs(const Window& window, size_t at) {
  constexpr int kMaxAdverbs = 3;
  for (int adverbs = 0; adverbs < kMaxAdverbs; ++adverbs) {
    const size_t begin = skip_blanks(window, at);
    size_t end = begin;
    while (end < window.size() && end - begin < kMaxWord && is_letter(window.text[end])) {
      ++end;
    }
    const bool ends = is_blank(window.at(end)) || window.at(end) == ':';
    if (!ends || !is_one_of(kAdverbs, window.text.substr(begin, end - begin))) {
      return begin;
    }
    at = window.at(end) == ':' ? end + 1 : end;
  }
  return skip_blanks(window, at);
}

// Reads on behind a name for a sentence that comes to a copula, from `at` up to `limit`; `words`
// are left to read. Returns where the value may stand, and steps on, so that it may be asked for
// the next copula: `the password to the vault is ...`.
std::optional<size_t> behind_copula(const Window& window, size_t& at, size_t limit, size_t& words) {
  while (words > 0) {
    --words;
    at = skip_blanks(window, at);
    size_t end = at;
    while (
        end - at < kMaxWord && end < window.size() &&
        (is_word_octet(window.text[end]) || window.text[end] == '=' || window.text[end] == '>')) {
      ++end;
    }
    if (end == at || end >= window.size() || end > limit) {
      return std::nullopt;
    }
    const std::string_view word = window.text.substr(at, end - at);
    const char next = window.text[end];
    const bool copula = is_one_of(kCopulas, word);
    at = end;
    if (next == ':') {
      words = 0;
      return copula ? behind_adverbs(window, end + 1) : end + 1;
    }
    if (!is_blank(next) || is_about(word)) {
      return std::nullopt;
    }
    if (copula) {
      return behind_adverbs(window, end);
    }
  }
  return std::nullopt;
}

// `"secret" > file`
bool is_redirection(const Window& window, size_t at) {
  return window.at(at) == '>' && is_blank(window.at(at - 1)) && is_blank(window.at(at + 1));
}

Approach approach(const Window& window, const Cue& cue) {
  Approach out;
  const size_t limit = cue.begin + kCueReach;
  size_t at = cue.end;
  if (cue.kind == CueKind::kPass) {
    --at;  // its last octet is what stands behind the word
  }
  const auto reach = [&](Approach::Style style, size_t from) {
    out.value = skip_gap(window, from, out.quote);
    out.style = out.value <= limit && out.value < window.size() ? style : Approach::Style::kNone;
    return out;
  };
  for (const std::string_view joined : kJoined) {
    if (window.text.substr(at).starts_with(joined)) {
      return reach(Approach::Style::kSign, at + joined.size());
    }
  }
  const size_t name_end = at;
  while (at < window.size() && at - name_end < kMaxSuffix &&
         (is_alnum(window.text[at]) || is_high(window.text[at]) || window.text[at] == '_' ||
          ((window.text[at] == '-' || window.text[at] == '.') && is_alnum(window.at(at + 1))))) {
    ++at;
  }
  const std::string suffix = folded(window.text.substr(name_end, at - name_end));
  out.bare = suffix.empty();
  if (cue.kind == CueKind::kPin ? !is_one_of(kPinSuffixes, suffix)
                                : std::ranges::any_of(kAbout, [&](std::string_view about) {
                                    return suffix.find(about) != std::string::npos;
                                  })) {
    return out;
  }
  const size_t word_end = at;
  out.name_end = at;
  bool closed = false;
  for (size_t i = 0; i < kMaxClose; ++i, ++at) {
    const char c = window.at(at);
    closed |= is_quote(c) || c == ']' || c == ')';
    if (!is_blank(c) && !is_quote(c) && c != '\\' && c != ']' && c != ')' && c != '*') {
      break;
    }
  }
  if (closed && window.at(at) == ',') {
    out.comma = true;
    at = skip_gap(window, at + 1, out.quote);
    return out.quote != '\0' ? reach(Approach::Style::kSign, at - 1) : out;
  }
  if (out.bare && closed &&
      equal_ignoring_case(window.text.substr(std::min(at, window.size()), 6), "value=")) {
    return reach(Approach::Style::kSign, at + 6);
  }
  if (const size_t sign = sign_length(window, at); sign > 0 && !is_redirection(window, at)) {
    out.tight = at == word_end && sign == 1 && !is_space(window.at(at + 1));
    return reach(Approach::Style::kSign, at + sign);
  }
  if (window.at(at) == '(' && at == word_end && is_quote(window.at(at + 1))) {
    return reach(Approach::Style::kSign, at + 1);
  }
  if (closed || at == word_end) {
    return out;
  }
  return reach(Approach::Style::kNothing, word_end);
}

// `DB_PASSWORD`: an environment's name.
bool is_loud(const Window& window, const Cue& cue) {
  const std::string_view name = window.text.substr(cue.begin, cue.end - cue.begin);
  return std::ranges::none_of(name, is_lower);
}

bool is_all_digits(std::string_view text) {
  return std::ranges::all_of(text, is_digit);
}

bool is_password(const Window& window, const Cue& cue, const Approach& way,
                 const PasswordValue& value, std::string_view text) {
  constexpr size_t kFewestDigits = 6;
  constexpr size_t kMostDigits = 12;
  constexpr size_t kShortestPhrase = 12;
  const bool sign = way.style == Approach::Style::kSign;
  if (cue.kind == CueKind::kPin) {
    const bool digits = text.size() >= 4 && text.size() <= 8 && is_all_digits(text);
    return digits && (way.style != Approach::Style::kNothing || is_loud(window, cue));
  }
  if (cue.kind == CueKind::kSecret) {
    return sign && text.size() >= 8 && is_strong_password(text) &&
           std::ranges::any_of(text, [](char c) {
             return !is_lower(c) && !is_digit(c) && c != '-' && c != '_' && c != '.';
           });
  }
  if (way.style == Approach::Style::kNothing) {
    // `password hunter2!`: a sign and a digit, or nothing tells it from a sentence.
    return is_strong_password(text) && std::ranges::any_of(text, is_digit) &&
           text.find_first_of("!@#$%^&*?~") != std::string_view::npos;
  }
  if (value.quoted && text.find(' ') != std::string_view::npos) {
    // A passphrase; a label of a form has fewer words.
    return way.bare && cue.kind == CueKind::kPassword && text.size() >= kShortestPhrase &&
           std::ranges::count(text, ' ') >= 2 && !is_placeholder(text) &&
           std::ranges::none_of(text, is_quote) && way.style == Approach::Style::kVerb;
  }
  if (is_strong_password(text)) {
    return true;
  }
  if (text.size() >= kFewestDigits && text.size() <= kMostDigits && is_all_digits(text)) {
    return cue.kind == CueKind::kPassword && way.bare && !is_placeholder(text);
  }
  if (value.quoted) {
    return way.bare && !way.comma && cue.kind == CueKind::kPassword && is_plain_password(text);
  }
  return sign && way.tight && is_loud(window, cue) && is_plain_password(text);
}

void read_value(const Window& window, const Cue& cue, const Approach& way, Candidates& out) {
  const PasswordValue value = read_password(window, way.value, way.quote);
  if (value.none) {
    return;
  }
  std::string_view text = window.text.substr(value.begin, value.end - value.begin);
  PasswordValue trimmed = value;
  for (const std::string_view close : {"”", "“", "»", "’", "«"}) {
    const size_t at = text.find(close);
    if (at != std::string_view::npos && at > 0) {
      text = text.substr(0, at);
      trimmed.end = value.begin + at;
    }
  }
  if (!is_password(window, cue, way, value, text)) {
    return;
  }
  if (cue.kind == CueKind::kPin) {
    report(trimmed, "pin", 0.7F, out);
  } else if (way.style == Approach::Style::kSign) {
    report(trimmed, cue.kind == CueKind::kSecret ? "secret-assignment" : "password-assignment",
           0.85F, out);
  } else {
    report(trimmed, "password-in-prose", way.style == Approach::Style::kVerb ? 0.8F : 0.6F, out);
  }
}

}  // namespace

void read_password_cue(const Window& window, const Cue& cue, Candidates& out) {
  if (!stands_alone(window, cue)) {
    return;
  }
  Approach way = approach(window, cue);
  if (way.style == Approach::Style::kNone) {
    return;
  }
  read_value(window, cue, way, out);
  if (way.style != Approach::Style::kNothing) {
    return;
  }
  // All are asked: the first word is read before anybody knows whether a verb follows.
  const size_t limit = cue.begin + kCueReach;
  size_t words = cue.kind == CueKind::kPass ? 1 : kMaxWords + 1;
  size_t at = way.name_end;
  way.style = Approach::Style::kVerb;
  while (const auto value = behind_copula(window, at, limit, words)) {
    way.value = skip_gap(window, *value, way.quote);
    if (way.value < window.size() && way.value <= limit) {
      read_value(window, cue, way, out);
    }
  }
}

}  // namespace sally::content::internal
