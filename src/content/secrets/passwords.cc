#include "content/secrets/passwords.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "content/secrets/assignment_rules.h"
#include "content/secrets/password_value.h"

namespace sally::content {
namespace {

constexpr size_t kMaxSuffix = 24;  // of the name that holds the cue: `password_prod`
constexpr size_t kMaxClose = 6;    // quotes, brackets, stars and spaces behind the name
constexpr size_t kMaxSign = 4;
constexpr size_t kMaxGap = 8;    // quotes, stars and spaces before the value
constexpr size_t kMaxWords = 5;  // between the cue and the copula
constexpr size_t kMaxWord = 40;

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

bool is_word_octet(char c) {
  return is_alnum(c) || is_high(c) || c == '_' || c == '-' || c == '.' || c == '@' || c == '/' ||
         c == '+' || c == '#';
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
  size_t name_end = 0;
};

size_t skip_blanks(const Window& window, size_t at) {
  while (is_blank(window.at(at))) {
    ++at;
  }
  return at;
}

// Steps over the gap before a value and notes the quote that the value begins behind.
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

size_t sign_length(const Window& window, size_t at) {
  size_t length = 0;
  while (length < kMaxSign &&
         std::string_view(":=>|?-").find(window.at(at + length)) != std::string_view::npos &&
         window.at(at + length) != '\0') {
    ++length;
  }
  const std::string_view sign = window.text.substr(std::min(at, window.size()), length);
  if (sign.empty() || sign == "-" || sign == "--" || sign == "|" || sign == "?") {
    return 0;
  }
  return length;
}

// Reads on behind the name for a sentence that comes to its copula.
std::optional<size_t> behind_copula(const Window& window, size_t at, size_t limit) {
  for (size_t words = 0; words <= kMaxWords; ++words) {
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
    if (is_one_of(kCopulas, word) && (is_blank(next) || next == ':')) {
      at = next == ':' ? end + 1 : end;
      for (int adverbs = 0; adverbs < 3; ++adverbs) {
        const size_t begin = skip_blanks(window, at);
        size_t stop = begin;
        while (stop < window.size() && stop - begin < kMaxWord && is_letter(window.text[stop])) {
          ++stop;
        }
        if (stop == begin || !is_one_of(kAdverbs, window.text.substr(begin, stop - begin)) ||
            !(is_blank(window.at(stop)) || window.at(stop) == ':')) {
          return begin;
        }
        at = window.at(stop) == ':' ? stop + 1 : stop;
      }
      return skip_blanks(window, at);
    }
    if (next == ':') {
      return end + 1;
    }
    if (!is_blank(next)) {
      return std::nullopt;
    }
    at = end;
  }
  return std::nullopt;
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
    at = skip_gap(window, at + 1, out.quote);
    return out.quote != '\0' ? reach(Approach::Style::kSign, at - 1) : out;
  }
  if (out.bare && closed &&
      equal_ignoring_case(window.text.substr(std::min(at, window.size()), 6), "value=")) {
    return reach(Approach::Style::kSign, at + 6);
  }
  if (const size_t sign = sign_length(window, at); sign > 0) {
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

void report(const PasswordValue& value, std::string_view rule, float score, Candidates& out) {
  out.push_back({value.begin, value.end, rule, Severity::kHigh, score, false});
}

void report_open(const Window& window, size_t at, Candidates& out) {
  out.push_back({.begin = at, .end = window.size(), .open = true});
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
    return way.bare && cue.kind == CueKind::kPassword && is_plain_password(text);
  }
  return sign && way.tight && is_loud(window, cue) && is_plain_password(text);
}

void read_value(const Window& window, const Cue& cue, const Approach& way, Candidates& out) {
  const PasswordValue value = read_password(window, way.value, way.quote);
  if (value.open) {
    report_open(window, way.value, out);
    return;
  }
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

void read_password_cue(const Window& window, const Cue& cue, Candidates& out) {
  if (!stands_alone(window, cue)) {
    return;
  }
  Approach way = approach(window, cue);
  if (way.style == Approach::Style::kNone) {
    return;
  }
  read_value(window, cue, way, out);
  // Both are asked: the first word is read before anybody knows whether a verb follows.
  const size_t limit = cue.begin + kCueReach;
  if (way.style != Approach::Style::kNothing) {
    return;
  }
  if (const auto value = behind_copula(window, way.name_end, limit)) {
    way.style = Approach::Style::kVerb;
    way.value = skip_gap(window, *value, way.quote);
    if (way.value < window.size() && way.value <= limit) {
      read_value(window, cue, way, out);
    }
  }
}

// `log in with admin / S3cret`, `credentials: admin:S3cret`.
void read_login(const Window& window, const Cue& cue, Candidates& out) {
  if (!stands_alone(window, cue)) {
    return;
  }
  const size_t limit = cue.begin + kCueReach;
  size_t at = cue.end;
  if (window.at(at) == ':') {
    ++at;
  }
  for (size_t words = 0; words <= kMaxWords; ++words) {
    at = skip_blanks(window, at);
    size_t end = at;
    while (end < window.size() && end - at < kMaxWord && is_word_octet(window.text[end]) &&
           window.text[end] != '/') {
      ++end;
    }
    if (end == at || end >= window.size() || end > limit) {
      return;
    }
    size_t value = 0;
    const size_t sign = skip_blanks(window, end);
    if (window.at(sign) == '/' && (sign > end) == is_blank(window.at(sign + 1))) {
      value = skip_blanks(window, sign + 1);
    } else if (window.at(end) == ':' && words > 0) {
      value = skip_blanks(window, end + 1);
    } else if (is_blank(window.at(end)) || (window.at(end) == ':' && words == 0)) {
      at = end + 1;
      if (window.at(end) == ':' && !is_blank(window.at(at)) && at < window.size()) {
        value = at;
      } else {
        continue;
      }
    } else {
      return;
    }
    if (value >= window.size()) {
      return;
    }
    char quote = '\0';
    value = skip_gap(window, value, quote);
    if (value >= window.size() || value > limit) {
      return;
    }
    const PasswordValue read = read_password(window, value, quote);
    if (read.open) {
      report_open(window, value, out);
    } else if (!read.none &&
               is_strong_password(window.text.substr(read.begin, read.end - read.begin))) {
      report(read, "password-in-prose", 0.75F, out);
    }
    return;
  }
}

constexpr size_t kMaxToken = 250;

size_t token_end(const Window& window, size_t at) {
  size_t end = at;
  while (end < window.size() && end - at <= kMaxToken &&
         (is_alnum(window.text[end]) ||
          std::string_view("_~.+/=-").find(window.text[end]) != std::string_view::npos)) {
    ++end;
  }
  return end;
}

// What is asked of a token.
enum class Token : uint8_t {
  kAny,     // base64 of a name and a password
  kOdd,     // no word
  kSecret,  // looks_like_secret
};

// Reads the token of a header at `at`.
void read_token(const Window& window, size_t at, Token what, Candidates& out) {
  constexpr size_t kShortestToken = 8;
  constexpr size_t kShortestBasic = 12;
  const size_t end = token_end(window, at);
  if (end == window.size() && end - at <= kMaxToken && !window.over) {
    if (end > at) {
      report_open(window, at, out);
    }
    return;
  }
  const std::string_view token = window.text.substr(at, end - at);
  if (token.size() < kShortestToken || token.size() > kMaxToken || is_placeholder(token)) {
    return;
  }
  const bool digit = std::ranges::any_of(token, is_digit);
  const bool mixed = std::ranges::any_of(token, is_upper) && std::ranges::any_of(token, is_lower);
  const bool odd = std::ranges::any_of(token.substr(1), is_upper) || digit;
  const bool fits = what == Token::kSecret ? looks_like_secret(token)
                    : what == Token::kOdd  ? (digit || mixed) && odd
                                           : token.size() >= kShortestBasic || odd;
  if (fits) {
    report({.begin = at, .end = end}, "authorization-header", 0.8F, out);
  }
}

// `Authorization: Bearer ...`, `'Authorization': 'Basic ...'`
void read_header(const Window& window, const Cue& cue, Candidates& out) {
  constexpr size_t kMaxScheme = 16;
  size_t at = cue.end;
  for (size_t i = 0; i < kMaxClose && (is_blank(window.at(at)) || is_quote(window.at(at)) ||
                                       window.at(at) == ']' || window.at(at) == '\\');
       ++i) {
    ++at;
  }
  if (std::string_view(":=,").find(window.at(at)) == std::string_view::npos ||
      at >= window.size()) {
    return;
  }
  char quote = '\0';
  at = skip_gap(window, at + 1, quote);
  size_t scheme = at;
  while (scheme - at < kMaxScheme && (is_letter(window.at(scheme)) || window.at(scheme) == '-')) {
    ++scheme;
  }
  Token token = Token::kOdd;
  if (scheme > at && is_blank(window.at(scheme))) {
    const bool basic = equal_ignoring_case(window.text.substr(at, scheme - at), "basic");
    token = basic ? Token::kAny : Token::kOdd;
    at = skip_blanks(window, scheme);
  }
  if (at < window.size() && at <= cue.begin + kCueReach) {
    read_token(window, at, token, out);
  }
}

// `postgres://app:S3cret@db`
void read_url(const Window& window, const Cue& cue, Candidates& out) {
  constexpr size_t kMaxUser = 64;
  constexpr size_t kMaxPassword = 128;
  constexpr size_t kShortestPassword = 3;
  if (cue.begin == 0 || !is_alnum(window.text[cue.begin - 1])) {
    return;
  }
  size_t at = cue.end;
  constexpr std::string_view kNoUser = "/:@?#\"'`<>\\,;()[]{}|";
  while (at < window.size() && at - cue.end < kMaxUser &&
         static_cast<uint8_t>(window.text[at]) > ' ' &&
         kNoUser.find(window.text[at]) == std::string_view::npos) {
    ++at;
  }
  if (window.at(at) != ':' || at + 1 >= window.size()) {
    return;
  }
  const std::string_view user = window.text.substr(cue.end, at - cue.end);
  const size_t begin = at + 1;
  size_t end = begin;
  size_t sign = std::string_view::npos;
  constexpr std::string_view kNoPassword = "/\"'`<>\\";
  while (end < window.size() && end - begin <= kMaxPassword &&
         static_cast<uint8_t>(window.text[end]) > ' ' &&
         kNoPassword.find(window.text[end]) == std::string_view::npos) {
    sign = window.text[end] == '@' ? end : sign;
    ++end;
  }
  if (end == window.size() && end - begin <= kMaxPassword && !window.over) {
    report_open(window, begin, out);
    return;
  }
  if (sign == std::string_view::npos || sign - begin < kShortestPassword || sign + 1 >= end) {
    return;
  }
  const std::string_view password = window.text.substr(begin, sign - begin);
  if (!is_placeholder(password) && password != user && password.front() != '$' &&
      password.front() != '{' && password.front() != '%') {
    report({.begin = begin, .end = sign}, "url-password", 0.9F, out);
  }
}

// Whether one of these programs is named shortly before.
bool is_behind(const Window& window, const Cue& cue, std::span<const std::string_view> programs) {
  constexpr size_t kCommand = 100;
  const size_t begin = cue.begin - std::min(cue.begin, kCommand);
  const std::string_view command = window.text.substr(begin, cue.begin - begin);
  return std::ranges::any_of(programs, [command](std::string_view program) {
    return command.find(program) != std::string_view::npos;
  });
}

// `curl -u user:password`
void read_user(const Window& window, const Cue& cue, Candidates& out) {
  constexpr std::string_view kPrograms[] = {"curl", "wget", "http ", "xh "};
  constexpr size_t kShortestPassword = 3;
  if (cue.begin == 0 || is_alnum(window.text[cue.begin - 1]) ||
      !is_behind(window, cue, kPrograms)) {
    return;
  }
  char quote = '\0';
  size_t at = cue.end;
  while (at > cue.begin && (is_quote(window.text[at - 1]) || is_blank(window.text[at - 1]) ||
                            window.text[at - 1] == '=')) {
    --at;
  }
  if (!is_blank(window.at(at)) && !is_quote(window.at(at)) && window.at(at) != '=') {
    return;
  }
  at = skip_gap(window, at, quote);
  if (at >= window.size() || at > cue.begin + kCueReach) {
    return;
  }
  const PasswordValue value = read_password(window, at, quote);
  if (value.open) {
    report_open(window, at, out);
    return;
  }
  const std::string_view pair = window.text.substr(value.begin, value.end - value.begin);
  const size_t colon = pair.find(':');
  if (value.none || colon == std::string_view::npos) {
    return;
  }
  const std::string_view password = pair.substr(colon + 1);
  if (password.size() >= kShortestPassword && !is_placeholder(password) &&
      std::string_view("$<{%/").find(password.front()) == std::string_view::npos &&
      pair.find(' ') == std::string_view::npos) {
    report(value, "command-line-user", 0.85F, out);
  }
}

// `mysql -pS3cret`
void read_short_option(const Window& window, const Cue& cue, Candidates& out) {
  constexpr std::string_view kJoinedOnly[] = {"mysql", "mariadb", "7z", "zip", "rar"};
  constexpr std::string_view kApart[] = {"sshpass",      "redis-cli", "mongo",     "sqlcmd",
                                         "docker login", "ldap",      "mosquitto", "htpasswd"};
  size_t at = cue.end;
  const bool apart = is_blank(window.at(at));
  if (apart ? !is_behind(window, cue, kApart)
            : !is_behind(window, cue, kApart) && !is_behind(window, cue, kJoinedOnly)) {
    return;
  }
  char quote = '\0';
  at = skip_gap(window, at, quote);
  if (at >= window.size()) {
    return;
  }
  const PasswordValue value = read_password(window, at, quote);
  if (value.open) {
    report_open(window, at, out);
  } else if (!value.none &&
             is_strong_password(window.text.substr(value.begin, value.end - value.begin))) {
    report(value, "command-line-password", 0.85F, out);
  }
}

}  // namespace

void read_cue(const Window& window, const Cue& cue, Candidates& out) {
  switch (cue.kind) {
    case CueKind::kPassword:
    case CueKind::kPass:
    case CueKind::kPin:
    case CueKind::kSecret:
      return read_password_cue(window, cue, out);
    case CueKind::kLogin:
      return read_login(window, cue, out);
    case CueKind::kHeader:
      return read_header(window, cue, out);
    case CueKind::kBearer:
      return read_token(window, cue.end, Token::kSecret, out);
    case CueKind::kUrl:
      return read_url(window, cue, out);
    case CueKind::kUser:
      return read_user(window, cue, out);
    case CueKind::kShortOption:
      return read_short_option(window, cue, out);
  }
}

}  // namespace sally::content
