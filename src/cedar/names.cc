#include "cedar/names.h"

#include <algorithm>
#include <array>

namespace sally::cedar {
namespace {

constexpr std::array<std::string_view, 10> kReserved{"true", "false", "if",   "then", "else",
                                                     "in",   "is",    "like", "has",  "__cedar"};

constexpr bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool continues_word(char c) {
  return starts_word(c) || (c >= '0' && c <= '9');
}

}  // namespace

bool is_reserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

bool is_word(std::string_view text) {
  return !text.empty() && starts_word(text.front()) &&
         std::all_of(text.begin(), text.end(), continues_word);
}

bool is_identifier(std::string_view text) {
  return is_word(text) && !is_reserved(text);
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

std::string_view basename(std::string_view type_name) {
  const size_t last = type_name.rfind("::");
  return last == std::string_view::npos ? type_name : type_name.substr(last + 2);
}

bool is_action_type(std::string_view type_name) {
  return basename(type_name) == "Action";
}

}  // namespace sally::cedar
