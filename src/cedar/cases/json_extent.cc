#include "cedar/cases/json_extent.h"

namespace sally::cedar {
namespace {

size_t string_end(std::string_view text, size_t begin) {
  for (size_t at = begin + 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

}  // namespace

size_t json_end(std::string_view text, size_t begin) {
  if (begin >= text.size()) {
    return text.size();
  }
  if (text[begin] == '"') {
    return string_end(text, begin);
  }
  if (text[begin] != '{' && text[begin] != '[') {
    const size_t end = text.find_first_of(" \t\r\n,]}", begin);
    return end == std::string_view::npos ? text.size() : end;
  }
  size_t depth = 0;
  for (size_t at = begin; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at;
    }
  }
  return text.size();
}

}  // namespace sally::cedar
