#include "content/secrets/password_value.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"
#include "content/secrets/secret_rules.h"

namespace sally::content {
namespace {

constexpr size_t kLongest = 128;
constexpr size_t kShortest = 5;

constexpr std::string_view kSymbols = "!@#$%^&*+=?~";

// Lower case; the whole value.
constexpr std::string_view kPlaceholders[] = {
    "password", "passwd",   "pass",       "pwd",          "passwort",   "secret",     "string",
    "str",      "null",     "none",       "nil",          "true",       "false",      "undefined",
    "required", "optional", "example",    "changeme",     "change_me",  "redacted",   "hidden",
    "secure",   "unknown",  "default",    "text",         "user",       "username",   "admin",
    "root",     "test",     "token",      "invalid",      "incorrect",  "wrong",      "missing",
    "empty",    "blank",    "bytes",      "object",       "number",     "function",   "password1",
    "foo",      "bar",      "value",      "yourpassword", "mypassword", "tbd",        "todo",
    "n/a",      "yes",      "no",         "off",          "sha256",     "sha512",     "self",
    "this",     "input",    "contrasena", "senha",        "wachtwoord", "parola",     "integer",
    "boolean",  "varchar",  "encrypted",  "hashed",       "plaintext",  "placeholder"};
// Lower case; anywhere in the value.
constexpr std::string_view kFillers[] = {
    "${",     "{{",          "%(",       "<%",       "***",         "xxxx",     "your_",
    "your-",  "...",         "example",  "changeme", "placeholder", "redacted", "environ",
    "getenv", "process.env", "secrets.", "vault:",   "ref+"};
// Lower case; what a short value is that begins so: an algorithm, an encoding, a standard.
constexpr std::string_view kTechnical[] = {
    "sha", "md5",  "utf",    "base64", "base32", "aes",  "argon2",  "pbkdf2", "oauth", "rfc",
    "ipv", "x509", "bcrypt", "latin1", "tls",    "http", "version", "v1",     "v2"};
// Lower case; how a compound with a number ends: `12-character`.
constexpr std::string_view kCompounds[] = {"character", "characters", "digit", "digits", "bit",
                                           "bits",      "encoded",    "based", "byte",   "bytes",
                                           "letter",    "letters",    "day",   "days",   "char"};

std::string folded(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

struct Parts {
  bool lower = false;
  bool upper = false;
  bool digit = false;
  bool symbol_inside = false;
  bool high = false;
};

Parts parts_of(std::string_view value) {
  Parts out;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    out.lower |= is_lower(c);
    out.upper |= is_upper(c);
    out.digit |= is_digit(c);
    out.high |= is_high(c);
    out.symbol_inside |=
        i > 0 && i + 1 < value.size() && kSymbols.find(c) != std::string_view::npos;
  }
  return out;
}

// A call, an index, a path, an address, a name with dots: of a program, not of a person.
bool is_code(std::string_view value) {
  constexpr std::string_view kBegins = "/$<{[(%.,:;|)]}>";
  if (kBegins.find(value.front()) != std::string_view::npos || value.starts_with("~/") ||
      value.find("://") != std::string_view::npos || value.find("()") != std::string_view::npos) {
    return true;
  }
  bool dotted = false;
  bool other = false;
  for (size_t i = 1; i < value.size(); ++i) {
    if ((value[i] == '(' || value[i] == '[' || value[i] == '{') && is_alnum(value[i - 1])) {
      return true;
    }
    dotted |= value[i] == '.' && i + 1 < value.size() && is_letter(value[i + 1]);
    other |= !is_alnum(value[i]) && value[i] != '.' && value[i] != '_' && value[i] != '-' &&
             value[i] != '@';
  }
  return dotted && !other;
}

bool is_technical(std::string_view lower) {
  constexpr size_t kShort = 12;
  const size_t dash = lower.rfind('-');
  if (dash != std::string_view::npos &&
      std::ranges::find(kCompounds, lower.substr(dash + 1)) != std::end(kCompounds)) {
    return true;
  }
  return lower.size() <= kShort && std::ranges::any_of(kTechnical, [lower](std::string_view word) {
           return lower.starts_with(word);
         });
}

// Whether `name=` or `name:` begins at `at`.
bool assigns(std::string_view text, size_t at) {
  constexpr size_t kMaxName = 24;
  size_t end = at;
  while (end < text.size() && end - at < kMaxName && (is_alnum(text[end]) || text[end] == '_')) {
    ++end;
  }
  return end > at && end < text.size() && (text[end] == '=' || text[end] == ':');
}

// The end of the value that `token`, which has no space, begins with.
size_t cut(std::string_view token) {
  size_t end = 0;
  for (; end < token.size(); ++end) {
    const char c = token[end];
    if (c == '"' || c == '\'' || c == '`' || c == '\\' || c == '<' || c == ';' ||
        ((c == ',' || c == '&') && assigns(token, end + 1))) {
      break;
    }
  }
  while (end > 0) {
    const char last = token[end - 1];
    const std::string_view body = token.substr(0, end - 1);
    const bool closes = (last == ')' && body.find('(') == std::string_view::npos) ||
                        (last == ']' && body.find('[') == std::string_view::npos) ||
                        (last == '}' && body.find('{') == std::string_view::npos);
    if (last != '.' && last != ',' && last != ':' && !closes) {
      break;
    }
    --end;
  }
  return end;
}

}  // namespace

bool is_placeholder(std::string_view value) {
  const std::string lower = folded(value);
  if (std::ranges::find(kPlaceholders, lower) != std::end(kPlaceholders)) {
    return true;
  }
  for (const std::string_view filler : kFillers) {
    if (lower.find(filler) != std::string::npos) {
      return true;
    }
  }
  const bool bracketed = (value.starts_with('<') && value.ends_with('>')) ||
                         (value.starts_with('[') && value.ends_with(']')) ||
                         (value.starts_with('{') && value.ends_with('}')) ||
                         (value.starts_with('%') && value.ends_with('%')) ||
                         (value.starts_with('$') && value.size() > 1 && is_letter(value[1]));
  return bracketed ||
         std::ranges::all_of(value, [&](char c) { return c == value.front() || !is_alnum(c); });
}

bool is_strong_password(std::string_view value) {
  if (value.size() < kShortest || value.size() > kLongest || is_code(value) ||
      is_placeholder(value) || is_technical(folded(value))) {
    return false;
  }
  const Parts parts = parts_of(value);
  const bool letters = parts.lower || parts.upper || parts.high;
  return letters && (parts.digit || (parts.symbol_inside && parts.upper));
}

bool is_plain_password(std::string_view value) {
  constexpr size_t kShortestPlain = 6;
  return value.size() >= kShortestPlain && value.size() <= kLongest && !is_placeholder(value) &&
         !is_code(value) && value.find_first_of(" \t") == std::string_view::npos &&
         std::ranges::any_of(value, is_lower);
}

PasswordValue read_password(const Window& window, size_t at, char quote) {
  const std::string_view text = window.text;
  PasswordValue out{.begin = at, .end = at};
  if (quote != '\0') {
    size_t end = at;
    while (end < text.size() && end - at <= kLongest && text[end] != quote && text[end] != '\n') {
      ++end;
    }
    if (end < text.size() && text[end] == quote) {
      while (end > at && text[end - 1] == '\\') {
        --end;
      }
      out.end = end;
      out.quoted = true;
      out.none = end == at;
      return out;
    }
  }
  size_t end = at;
  while (end < text.size() && end - at <= kLongest && static_cast<uint8_t>(text[end]) > ' ') {
    ++end;
  }
  out.none = end - at > kLongest;
  out.end = at + cut(text.substr(at, end - at));
  out.none |= out.end == at;
  return out;
}

}  // namespace sally::content
