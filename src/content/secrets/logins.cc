// Pairs of a user and a password, headers, URLs and options of commands.
#include <algorithm>
#include <span>

#include "base/encoding.h"
#include "content/secrets/assignment_rules.h"
#include "content/secrets/cue_readers.h"

namespace sally::content::internal {
namespace {

constexpr size_t kMaxClose = 6;  // quotes, brackets, stars and spaces behind the name

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
  const std::string_view token = window.text.substr(at, end - at);
  if (token.size() < kShortestToken || token.size() > kMaxToken || is_placeholder(token) ||
      window.at(end) == '(') {
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

// Whether one of these programs is named shortly before.
bool is_behind(const Window& window, const Cue& cue, std::span<const std::string_view> programs) {
  constexpr size_t kCommand = 100;
  const size_t begin = cue.begin - std::min(cue.begin, kCommand);
  const std::string_view command = window.text.substr(begin, cue.begin - begin);
  return std::ranges::any_of(programs, [command](std::string_view program) {
    return command.find(program) != std::string_view::npos;
  });
}

}  // namespace

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
    if (!read.none && is_strong_password(window.text.substr(read.begin, read.end - read.begin)) &&
        std::ranges::any_of(window.text.substr(at, end - at), is_letter) &&
        std::ranges::count(window.text.substr(value, read.end - value), ':') < 2) {
      report(read, "password-in-prose", 0.75F, out);
    }
    return;
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
  if (sign == std::string_view::npos || sign - begin < kShortestPassword || sign + 1 >= end) {
    return;
  }
  const std::string_view password = window.text.substr(begin, sign - begin);
  if (!is_placeholder(password) && password != user && password.front() != '$' &&
      password.front() != '{' && password.front() != '%') {
    report({.begin = begin, .end = sign}, "url-password", 0.9F, out);
  }
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
  if (!value.none && is_strong_password(window.text.substr(value.begin, value.end - value.begin))) {
    report(value, "command-line-password", 0.85F, out);
  }
}

void read_bearer(const Window& window, const Cue& cue, Candidates& out) {
  read_token(window, cue.end, Token::kSecret, out);
}

}  // namespace sally::content::internal
