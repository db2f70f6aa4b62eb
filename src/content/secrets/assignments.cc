#include "content/secrets/assignments.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.h"
#include "content/secrets/assignment_rules.h"
#include "content/secrets/run_finder.h"

namespace sally::content {
namespace {

constexpr size_t kMaxGap = 8;    // quotes and spaces between the sign and the value
constexpr size_t kMaxSign = 4;   // `:::=`
constexpr size_t kMaxClose = 4;  // quotes, brackets and spaces between the name and the sign
constexpr size_t kMaxName = 64;
constexpr size_t kMaxHop = 12;  // between the name and `value` of `name="x" value="y"`
constexpr size_t kShortestGeneric = 10;

constexpr bool is_token(char c) {
  return is_run(c) || c == '+' || c == '/' || c == '.' || c == '~' || c == '%';
}
constexpr bool is_gap(char c) {
  return is_space(c) || is_quote(c) || c == '=' || c == '\\';
}
constexpr bool is_name(char c) {
  return is_run(c) || c == '.' || is_blank(c);
}

// Words that stand between the name and the sign, or for the name, and tell nothing.
constexpr std::string_view kHops[] = {"value", "val",  "default", "content", "data",
                                      "str",   "text", "string",  "char",    "var"};
// A name with one of these means something public.
constexpr std::string_view kPublic[] = {
    "hash",  "sha1", "sha2",    "sha5",     "md5",     "digest",   "commit", "checksum", "etag",
    "trace", "span", "integri", "fingerpr", "thumbpr", "revision", "uuid",   "guid",     "version"};
// The same where nothing but such a name tells of a secret.
constexpr std::string_view kPublicHere[] = {
    "public",    "pubkey",        "author",  "path",     "cursor",   "page_tok", "pagetok",
    "next_",     "token_id",      "tokeniz", "tokens",   "keyid",    "key_id",   "keyword",
    "keyboard",  "monkey",        "model",   "cache",    "primary",  "foreign",  "sort_key",
    "partition", "sec-websocket", "region",  "bucket",   "image",    "device",   "serial",
    "build",     "idempot",       "label",   "selector", "component"};
// What a secret is called.
constexpr std::string_view kSecretWords[] = {
    "_api",   "-api",   ".api",    " api",    "api_",    "api-",   "apik",
    "key",    "token",  "secret",  "auth",    "passw",   "pwd",    "cred",
    "access", "bearer", "signing", "private", "session", "cookie", "passphrase"};
// Of these a UUID is one too.
constexpr std::string_view kStrongWords[] = {"secret",  "apikey", "api_key", "api-key",
                                             "api key", "token",  "passw"};

bool has_any(std::string_view folded, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [folded](std::string_view word) {
    return folded.find(word) != std::string_view::npos;
  });
}

bool names_secret(std::string_view name, std::string_view folded) {
  constexpr size_t kNear = 40;
  const size_t near = name.size() - std::min(name.size(), kNear);
  return has_any(folded.substr(near), kSecretWords) ||
         name.substr(near).find("API") != std::string_view::npos ||
         folded.substr(near).starts_with("api");
}

// Where the name that ends before `end` begins.
size_t name_begin(std::string_view text, size_t end, size_t least) {
  size_t begin = end;
  while (begin > least && end - begin < kMaxName && is_name(text[begin - 1])) {
    --begin;
  }
  return begin;
}

std::string_view last_word(std::string_view name) {
  size_t begin = name.size();
  while (begin > 0 && !is_blank(name[begin - 1])) {
    --begin;
  }
  return name.substr(begin);
}

// Steps back over quotes, brackets and spaces.
size_t skip_close(std::string_view text, size_t end, size_t least, size_t most) {
  for (size_t i = 0; i < most && end > least; ++i) {
    const char c = text[end - 1];
    if (!is_space(c) && !is_quote(c) && c != '\\' && c != ']' && c != ')') {
      break;
    }
    --end;
  }
  return end;
}

struct Sign {
  size_t begin = 0;
  bool comma = false;  // a comma and nothing else: of a list perhaps
};

// The sign of an assignment before `value`; nothing where none stands.
std::optional<Sign> sign_before(std::string_view text, size_t value, size_t least) {
  size_t at = value;
  bool equals = false;
  bool quote = false;
  while (at > least && value - at < kMaxGap && is_gap(text[at - 1])) {
    --at;
    equals |= text[at] == '=';
    quote |= is_quote(text[at]);
  }
  const size_t end = at;
  while (at > least && end - at < kMaxSign &&
         std::string_view(":=>|?").find(text[at - 1]) != std::string_view::npos) {
    --at;
  }
  const std::string_view sign = text.substr(at, end - at);
  if (sign.empty() && equals && at > least && text[at - 1] == ',') {
    return Sign{at - 1};
  }
  if (sign.find_first_of(":>") != std::string_view::npos || sign.ends_with("||") || equals ||
      sign.ends_with('=')) {
    return Sign{at};
  }
  if (!sign.empty() || at == least) {
    return std::nullopt;
  }
  if (text[at - 1] == ',' || (text[at - 1] == '(' && quote)) {
    return Sign{at - 1, !quote};
  }
  // `--api-key VALUE`
  const std::string_view before = text.substr(least, at - least);
  const size_t word = before.find_last_of(" \t\n\"'");
  const bool option = word == std::string_view::npos ? before.starts_with('-')
                                                     : before.substr(word + 1).starts_with('-');
  return end < value && option ? std::optional(Sign{at}) : std::nullopt;
}

// The name before the sign that begins at `sign`; it may be empty.
std::string_view name_before(std::string_view text, size_t sign, size_t least) {
  const size_t end = skip_close(text, sign, least, kMaxClose);
  const size_t begin = name_begin(text, end, least);
  const std::string_view name = text.substr(begin, end - begin);
  const std::string_view word = last_word(name);
  if (std::ranges::none_of(
          kHops, [word](std::string_view hop) { return equal_ignoring_case(word, hop); })) {
    return name;
  }
  size_t before = end - word.size();
  for (size_t i = 0; i < kMaxHop && before > least && !is_run(text[before - 1]); ++i) {
    --before;
  }
  const size_t start = name_begin(text, before, least);
  return text.substr(start, before - start);
}

// Not a word, and no number but one as long as a client's id.
bool may_be_value(std::string_view token) {
  constexpr size_t kFewestDigits = 16;
  constexpr size_t kMostDigits = 18;
  bool odd = false;
  bool letter = false;
  for (const char c : token) {
    odd |= is_digit(c) || c == '_';
    letter |= is_letter(c);
  }
  return odd && (letter || (token.size() >= kFewestDigits && token.size() <= kMostDigits));
}

// Where the value goes on that begins with a number, `:` in front of `at`: a bot's token.
size_t with_number(std::string_view text, size_t at) {
  constexpr size_t kMostDigits = 16;
  size_t begin = at;
  if (at == 0 || text[at - 1] != ':') {
    return at;
  }
  --begin;
  while (begin > 0 && at - begin <= kMostDigits && is_digit(text[begin - 1])) {
    --begin;
  }
  const bool number = at - begin > 4 && (begin == 0 || !is_token(text[begin - 1]));
  return number ? begin : at;
}

// The token that `at` is part of begins here; nothing where it is too long.
std::optional<size_t> token_begin(std::string_view text, size_t at) {
  size_t begin = at;
  while (begin > 0 && is_token(text[begin - 1])) {
    if (at - begin > kMaxValue) {
      return std::nullopt;
    }
    --begin;
  }
  return with_number(text, begin);
}

bool ends_value(char next) {
  return !is_run(next) && next != '/' && next != '+';
}

// How many characters of `charset` stand at `value`; more than `max` where there are more.
size_t measure(const Window& window, size_t value, Charset charset, size_t max) {
  size_t end = value;
  while (end < window.size() && end - value <= max && is_in(charset, window.text[end])) {
    ++end;
  }
  return end - value;
}

// The token of an application of Facebook: its id, `|`, and the secret that begins at `value`.
bool try_behind_id(const Window& window, size_t value, Candidates& out) {
  constexpr size_t kFewestDigits = 15;
  constexpr size_t kMostDigits = 16;
  constexpr size_t kShortest = 27;
  constexpr size_t kLongest = 40;
  size_t begin = value - 1;
  while (begin > 0 && value - 1 - begin <= kMostDigits && is_digit(window.text[begin - 1])) {
    --begin;
  }
  const size_t digits = value - 1 - begin;
  if (digits < kFewestDigits || digits > kMostDigits) {
    return false;
  }
  const std::string_view token =
      window.text.substr(value, measure(window, value, Charset::kWordDash, kLongest));
  if (token.size() >= kShortest && token.size() <= kLongest && looks_like_secret(token)) {
    out.push_back({value, value + token.size(), "facebook-token", Severity::kHigh, 0.9F});
  }
  return true;
}

// Decides on the value that begins at `value`.
void try_value(const Window& window, size_t value, Candidates& out) {
  const std::string_view text = window.text;
  if (value == 0) {
    return;
  }
  const char before = text[value - 1];
  if (!is_gap(before) && std::string_view(":>,(|").find(before) == std::string_view::npos) {
    return;
  }
  if (before == '|' && try_behind_id(window, value, out)) {
    return;
  }
  const size_t least = value - std::min(value, kLookBack);
  const auto sign = sign_before(text, value, least);
  if (!sign) {
    return;
  }
  const std::string_view name = name_before(text, sign->begin, least);
  if (name.empty()) {
    return;
  }
  std::array<char, kMaxName> lower{};
  std::ranges::transform(name, lower.begin(), to_lower);
  const std::string_view folded(lower.data(), name.size());
  size_t best = assignment_rules().size();
  size_t length = 0;
  for_each_rule_named(name, [&](uint16_t number) {
    const AssignmentRule& rule = assignment_rules()[number];
    const size_t measured = measure(window, value, rule.charset, rule.max);
    if (measured < rule.min || measured > rule.max || number >= best ||
        !ends_value(window.at(value + measured)) || !accepts(rule, text.substr(value, measured))) {
      return;
    }
    best = number;
    length = measured;
  });
  const bool generic = !sign->comma && names_secret(name, folded) && !has_any(folded, kPublicHere);
  size_t generic_length = 0;
  if (generic) {
    const size_t measured = measure(window, value, Charset::kBase64Any, kMaxValue);
    std::string_view body = text.substr(value, std::min(measured, kMaxValue));
    while (body.ends_with('.')) {
      body.remove_suffix(1);
    }
    if (measured <= kMaxValue && body.size() >= kShortestGeneric &&
        std::string_view("(@:").find(window.at(value + measured)) == std::string_view::npos &&
        body.find("//") == std::string_view::npos &&
        (looks_like_secret(body) || (is_uuid(body) && has_any(folded, kStrongWords)))) {
      generic_length = body.size();
    }
  }
  const bool any = best < assignment_rules().size() || generic_length > 0;
  if (!any || has_any(folded, kPublic)) {
    return;
  }
  if (best < assignment_rules().size()) {
    const AssignmentRule& rule = assignment_rules()[best];
    out.push_back({value, value + length, rule.id, rule.severity, 0.9F});
  } else {
    out.push_back({value, value + generic_length, "generic-secret", Severity::kMedium, 0.7F});
  }
}

}  // namespace

void find_assignments(const Window& window, Candidates& out) {
  const std::string_view text = window.text;
  size_t at = 0;
  while ((at = next_run(text, at)) < text.size()) {
    const size_t run = at;
    while (at < text.size() && is_token(text[at])) {
      ++at;
    }
    const auto value = token_begin(text, run);
    if (value && may_be_value(text.substr(*value, at - *value))) {
      try_value(window, *value, out);
    }
  }
}

void find_assignments_plainly(const Window& window, Candidates& out) {
  const std::string_view text = window.text;
  for (size_t at = 0; at < text.size(); ++at) {
    if (!is_token(text[at]) || (at > 0 && is_token(text[at - 1]))) {
      continue;
    }
    size_t end = at;
    while (end < text.size() && is_token(text[end])) {
      ++end;
    }
    const size_t run = next_run_portable(text.substr(at, end - at), 0);
    const auto value = token_begin(text, at + run);
    if (run < end - at && value && may_be_value(text.substr(*value, end - *value))) {
      try_value(window, *value, out);
    }
  }
}

}  // namespace sally::content
