#include "content/secrets/secret_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/encoding.h"

namespace sally::content {
namespace {

constexpr SecretRule kRules[] = {
#define SALLY_SECRET(id, prefix, charset, min, max, check, over, severity, what) \
  {id, prefix, Charset::charset, min, max, BodyCheck::check, Over::over, Severity::severity, what},
#include "content/secrets/secret_rules.def"
#undef SALLY_SECRET
};

constexpr bool rules_fit() {
  for (const SecretRule& rule : kRules) {
    if (rule.min == 0 || rule.min > rule.max || rule.prefix.size() < 2 ||
        rule.prefix.size() + rule.max > kMaxSecret) {
      return false;
    }
  }
  return true;
}
static_assert(rules_fit(), "secret_rules.def: 0 < min <= max, prefix of 2, prefix + max <= 512");

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_alnum(char c) {
  return is_digit(c) || is_upper(c) || is_lower(c);
}
constexpr bool is_word(char c) {
  return is_alnum(c) || c == '_';
}

constexpr bool belongs(Charset charset, char c) {
  switch (charset) {
    case Charset::kHex:
      return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    case Charset::kBase32:
      return is_upper(c) || (c >= '2' && c <= '7');
    case Charset::kUpperAlnum:
      return is_upper(c) || is_digit(c);
    case Charset::kUpperDash:
      return is_upper(c) || is_digit(c) || c == '-';
    case Charset::kLowerAlnum:
      return is_lower(c) || is_digit(c);
    case Charset::kAlnum:
      return is_alnum(c);
    case Charset::kAlnumDash:
      return is_alnum(c) || c == '-';
    case Charset::kAlnumSlash:
      return is_alnum(c) || c == '/';
    case Charset::kWord:
      return is_word(c);
    case Charset::kWordDash:
      return is_word(c) || c == '-';
    case Charset::kWordDotDash:
      return is_word(c) || c == '-' || c == '.';
    case Charset::kWordColonDash:
      return is_word(c) || c == '-' || c == ':';
    case Charset::kBase64:
      return is_alnum(c) || c == '+' || c == '/' || c == '=';
    case Charset::kBase64Any:
      return is_word(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '.';
    case Charset::kTilde:
      return is_word(c) || c == '-' || c == '.' || c == '~';
    case Charset::kPercent:
      return is_word(c) || c == '-' || c == '%';
    case Charset::kPath:
      return is_word(c) || c == '-' || c == '.' || c == '/' || c == '@';
    case Charset::kUrl:
      return is_word(c) || std::string_view("-./@?&=%:~+").find(c) != std::string_view::npos;
    case Charset::kVisible:
      return c > ' ' && c <= '~' &&
             std::string_view("\"'`\\()[]{}<>,;").find(c) == std::string_view::npos;
    case Charset::kPemBody:
      return is_alnum(c) || c == '+' || c == '/' || c == '=' || c == '\n' || c == '\r' ||
             c == ' ' || c == '\\';
  }
  return false;
}

// Bit i: the character belongs to charset i.
constexpr std::array<uint32_t, 256> make_classes() {
  std::array<uint32_t, 256> classes{};
  for (size_t c = 0; c < classes.size(); ++c) {
    for (size_t charset = 0; charset < kCharsets; ++charset) {
      if (belongs(static_cast<Charset>(charset), static_cast<char>(c))) {
        classes[c] |= 1U << charset;
      }
    }
  }
  return classes;
}
constexpr std::array<uint32_t, 256> kClasses = make_classes();
static_assert(kCharsets <= 32);

constexpr size_t kFewestDistinct = 8;  // different characters, in something random
constexpr size_t kLongestRun = 5;      // of one character, in something random
constexpr size_t kPemDistinct = 14;  // in the beginning of a key's encoding, which has runs of `A`

size_t distinct(std::string_view text) {
  std::array<bool, 256> seen{};
  size_t count = 0;
  for (const char c : text) {
    bool& here = seen[static_cast<uint8_t>(c)];
    count += here ? 0 : 1;
    here = true;
  }
  return count;
}

// Words that documentation fills keys with. Lower case.
constexpr std::string_view kFillers[] = {"example",   "placeholder", "your",  "xxxx",
                                         "changeme",  "redacted",    "dummy", "insert",
                                         "secretkey", "apikey"};

bool has_filler(std::string_view body) {
  return std::any_of(std::begin(kFillers), std::end(kFillers), [&](std::string_view word) {
    return std::search(body.begin(), body.end(), word.begin(), word.end(),
                       [](char a, char b) { return to_lower(a) == b; }) != body.end();
  });
}

// `header.payload.signature`, of which the first two characters are the prefix's. A payload that
// is a JSON object begins as the header does.
bool looks_like_jwt(std::string_view body, bool over) {
  const size_t payload = body.find('.');
  if (payload == std::string_view::npos || !body.substr(payload + 1).starts_with("ey")) {
    return false;
  }
  const size_t signature = body.find('.', payload + 1);
  if (signature == std::string_view::npos) {
    return over;
  }
  return body.find('.', signature + 1) == std::string_view::npos && body.size() - signature > 10;
}

constexpr size_t kSallyChecksum = 6;

bool sally_checksum_holds(const SecretRule& rule, std::string_view body) {
  std::string text(rule.prefix);
  text += body.substr(0, body.size() - kSallyChecksum);
  const uint32_t sum = crc32(as_bytes(text));
  const std::array bytes = {
      static_cast<std::byte>(sum >> 24), static_cast<std::byte>(sum >> 16 & 0xFF),
      static_cast<std::byte>(sum >> 8 & 0xFF), static_cast<std::byte>(sum & 0xFF)};
  return to_base62(bytes, kSallyChecksum) == body.substr(body.size() - kSallyChecksum);
}

constexpr size_t kFewestDistinctShort = 5;  // in something short behind a telling prefix

bool has_run(std::string_view text, size_t length) {
  for (size_t i = 0, run = 0; i < text.size(); ++i) {
    run = i > 0 && text[i] == text[i - 1] ? run + 1 : 1;
    if (run >= length) {
      return true;
    }
  }
  return false;
}

bool not_filler(std::string_view body) {
  return distinct(body) >= kFewestDistinctShort && !has_run(body, kLongestRun) && !has_filler(body);
}

bool is_mixed(std::string_view body) {
  const auto digits = std::ranges::count_if(body, is_digit);
  const auto others = std::ranges::count_if(body, [](char c) { return !is_alnum(c); });
  constexpr int kFewestDigits = 2;
  constexpr size_t kPerSeparator = 6;
  return digits >= kFewestDigits && static_cast<size_t>(digits) < body.size() &&
         static_cast<size_t>(others) * kPerSeparator <= body.size() && looks_random(body);
}

bool is_numbered(std::string_view body) {
  constexpr size_t kFewestDigits = 5;
  const size_t colon = body.find(':');
  return colon != std::string_view::npos && colon >= kFewestDigits &&
         std::ranges::all_of(body.substr(0, colon), is_digit) &&
         looks_random(body.substr(colon + 1));
}

// `sc_name.part.acc-account.secret`, of which the beginning is the prefix's.
bool looks_like_authress(std::string_view body) {
  const size_t second = body.find('.');
  const size_t third = second == std::string_view::npos ? second : body.find('.', second + 1);
  if (third == std::string_view::npos) {
    return false;
  }
  const std::string_view account = body.substr(third + 1);
  return (account.starts_with("acc-") || account.starts_with("acc_")) &&
         account.find('.') != std::string_view::npos && looks_random(body);
}

constexpr std::string_view kCharsetNames[] = {
    "hex",         "base32",      "upper alnum", "upper alnum -", "lower alnum",
    "alnum",       "alnum -",     "alnum /",     "alnum _",       "alnum _ -",
    "alnum _ - .", "alnum _ - :", "base64",      "any base64 .",  "alnum _ - . ~",
    "alnum % _ -", "path",        "URL",         "visible",       "PEM body"};
static_assert(std::size(kCharsetNames) == kCharsets);
constexpr std::string_view kCheckNames[] = {"random",
                                            "letters and digits",
                                            "number : random",
                                            "random, inside words",
                                            "parts, digits first",
                                            "parts of Authress",
                                            "varied a little",
                                            "varied",
                                            "parts of a JWT",
                                            "checksum"};
static_assert(std::size(kCheckNames) == static_cast<size_t>(BodyCheck::kSally) + 1);

}  // namespace

std::string_view name_of(Charset charset) {
  return kCharsetNames[static_cast<size_t>(charset)];
}

bool is_in(Charset charset, char c) {
  return (kClasses[static_cast<uint8_t>(c)] >> static_cast<unsigned>(charset) & 1U) != 0;
}

std::span<const SecretRule> secret_rules() {
  return kRules;
}

bool looks_random(std::string_view body) {
  size_t run = 1;
  size_t longest = 1;
  size_t steps = 0;  // neighbours that are equal or next to one another in the alphabet
  for (size_t i = 1; i < body.size(); ++i) {
    const int step = body[i] - body[i - 1];
    run = step == 0 ? run + 1 : 1;
    longest = std::max(longest, run);
    steps += step >= -1 && step <= 1 ? 1 : 0;
  }
  return distinct(body) >= kFewestDistinct && longest < kLongestRun && steps * 2 < body.size() &&
         !has_filler(body);
}

bool accepts(const SecretRule& rule, std::string_view body, bool over) {
  switch (rule.check) {
    case BodyCheck::kRandom:
    case BodyCheck::kTail:
      return looks_random(body);
    case BodyCheck::kMixed:
      return is_mixed(body);
    case BodyCheck::kNumbered:
      return is_numbered(body);
    case BodyCheck::kParts:
      return is_digit(body.front()) && body.find('-') != std::string_view::npos && not_filler(body);
    case BodyCheck::kAuthress:
      return looks_like_authress(body);
    case BodyCheck::kNotFiller:
      return not_filler(body);
    case BodyCheck::kPem:
      return distinct(body) >= kPemDistinct && !has_filler(body);
    case BodyCheck::kJwt:
      return looks_like_jwt(body, over) && looks_random(body);
    case BodyCheck::kSally:
      return sally_checksum_holds(rule, body);
  }
  return false;
}

bool begins_inside_words(const SecretRule& rule) {
  return rule.check == BodyCheck::kTail || rule.check == BodyCheck::kParts;
}

bool may_begin(char second_last, char last) {
  if (!is_word(last)) {
    return true;
  }
  return second_last == '\\' && (last == 'n' || last == 'r' || last == 't');
}

bool may_end(char next) {
  return !is_word(next);
}

bool holds_prefixed(std::string_view text, size_t begin, size_t end) {
  // Where the rules stand whose prefix begins with an octet.
  static const auto kByFirst = [] {
    std::array<std::vector<const SecretRule*>, 256> out;
    for (const SecretRule& rule : kRules) {
      out[static_cast<uint8_t>(rule.prefix[0])].push_back(&rule);
    }
    return out;
  }();
  for (size_t at = begin; at < end; ++at) {
    if (!may_begin(at >= 2 ? text[at - 2] : '\0', at >= 1 ? text[at - 1] : '\0')) {
      continue;
    }
    const std::string_view rest = text.substr(at, end - at);
    for (const SecretRule* const rule : kByFirst[static_cast<uint8_t>(rest[0])]) {
      if (!rest.starts_with(rule->prefix)) {
        continue;
      }
      const std::string_view body = rest.substr(rule->prefix.size());
      size_t length = 0;
      while (length < body.size() && length <= rule->max && is_in(rule->charset, body[length])) {
        ++length;
      }
      if (length >= rule->min && (length <= rule->max || rule->over == Over::kFinding)) {
        return true;
      }
    }
  }
  return false;
}

std::string secret_rules_reference() {
  std::string out =
      "| rule | prefix | body | check | severity | what |\n"
      "| --- | --- | --- | --- | --- | --- |\n";
  for (const SecretRule& rule : kRules) {
    out += fmt::format("| `{}` | `{}` | {} of {}{} | {} | {} | {} |\n", rule.id, rule.prefix,
                       rule.min == rule.max ? fmt::format("{}", rule.min)
                                            : fmt::format("{} to {}", rule.min, rule.max),
                       name_of(rule.charset), rule.over == Over::kFinding ? ", or more" : "",
                       kCheckNames[static_cast<size_t>(rule.check)], name_of(rule.severity),
                       rule.what);
  }
  return out;
}

}  // namespace sally::content
