#include "vet/code/secret_name.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"

namespace sally::vet::code {
namespace {

std::string folded(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c == '-' ? '_' : to_lower(c); });
  return out;
}

}  // namespace

bool names_secret(std::string_view name) {
  constexpr std::array<std::string_view, 12> kEnds = {
      "password",   "passwd",     "secret",      "token",      "api_key",       "apikey",
      "access_key", "secret_key", "private_key", "auth_token", "client_secret", "credential"};
  const std::string lower = folded(name);
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return lower.ends_with(end); });
}

bool is_literal_secret(std::string_view value) {
  constexpr size_t kShortest = 6;
  constexpr std::array<std::string_view, 20> kPlaceholders = {
      "changeme", "change_me", "your",    "example",  "placeholder", "dummy",  "xxxx",
      "todo",     "none",      "null",    "true",     "false",       "secret", "password",
      "token",    "test",      "default", "redacted", "replace",     "****"};
  if (value.size() < kShortest || value.find_first_of("$<{/ ") != std::string_view::npos) {
    return false;
  }
  if (std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  const std::string lower = folded(value);
  return std::ranges::none_of(
      kPlaceholders, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace sally::vet::code
