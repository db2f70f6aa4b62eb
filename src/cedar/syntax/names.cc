#include "cedar/syntax/names.h"

#include <algorithm>
#include <array>

namespace sally::cedar {
namespace {

constexpr std::array<std::string_view, 10> kReserved{"true", "false", "if",   "then", "else",
                                                     "in",   "is",    "like", "has",  "__cedar"};
constexpr std::string_view kSeparator = "::";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

bool is_identifier(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_reserved(std::string_view identifier) {
  return std::ranges::find(kReserved, identifier) != kReserved.end();
}

bool is_type_name(std::string_view text) {
  for (;;) {
    const size_t end = text.find(kSeparator);
    const std::string_view part = text.substr(0, end);
    if (!is_identifier(part) || is_reserved(part)) {
      return false;
    }
    if (end == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(end + kSeparator.size());
  }
}

std::string_view basename(std::string_view type_name) {
  const size_t last = type_name.rfind(kSeparator);
  return last == std::string_view::npos ? type_name : type_name.substr(last + kSeparator.size());
}

bool is_action_type(std::string_view type_name) {
  return basename(type_name) == "Action";
}

}  // namespace sally::cedar
