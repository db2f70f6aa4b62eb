#include "gateway/protocol/json_path.h"

#include <charconv>

namespace sally::gateway {
namespace {

// Whether a key that a peer chose reads as a plain name. What might be a credential does not: long
// words, many digits, all in upper case.
bool is_plain_name(std::string_view key) {
  constexpr size_t kLongest = 32;
  constexpr size_t kMostDigits = 4;
  constexpr size_t kLongestUpper = 15;
  if (key.empty() || key.size() > kLongest) {
    return false;
  }
  size_t digits = 0;
  bool lower = false;
  for (const char c : key) {
    const bool is_lower = c >= 'a' && c <= 'z';
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_lower && !is_digit && !(c >= 'A' && c <= 'Z') && c != '_' && c != '-' && c != '$') {
      return false;
    }
    lower = lower || is_lower;
    digits += is_digit ? 1 : 0;
  }
  return digits <= kMostDigits && (lower || key.size() <= kLongestUpper);
}

}  // namespace

void JsonPath::render(std::string& out, size_t from, Last last) const {
  const size_t end = levels_.size() - (last == Last::kWithout && !levels_.empty() ? 1 : 0);
  const size_t start = out.size();
  for (size_t i = from; i < end; ++i) {
    const Level& level = levels_[i];
    if (level.object) {
      if (out.size() > start) {
        out += '.';
      }
      if (level.is_word || is_plain_name(level.key)) {
        out += level.key;
      } else {
        out += '*';
      }
      continue;
    }
    char digits[12];
    const auto [stop, error] = std::to_chars(digits, digits + sizeof digits, level.index);
    out += '[';
    out.append(digits, stop);
    out += ']';
  }
}

}  // namespace sally::gateway
