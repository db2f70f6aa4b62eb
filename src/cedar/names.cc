#include "cedar/names.h"

#include <algorithm>
#include <array>

namespace sally::cedar {
namespace {

constexpr std::array<std::string_view, 10> kReserved{"true", "false", "if",   "then", "else",
                                                     "in",   "is",    "like", "has",  "__cedar"};

constexpr bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_word(char c) {
  return is_word_start(c) || (c >= '0' && c <= '9');
}

}  // namespace

bool is_identifier(std::string_view text) {
  return !text.empty() && is_word_start(text.front()) &&
         std::all_of(text.begin(), text.end(), is_word) &&
         std::find(kReserved.begin(), kReserved.end(), text) == kReserved.end();
}

bool is_type_name(std::string_view text) {
  for (;;) {
    const size_t end = text.find("::");
    if (!is_identifier(text.substr(0, end))) {
      return false;
    }
    if (end == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(end + 2);
  }
}

}  // namespace sally::cedar
