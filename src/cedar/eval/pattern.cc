#include "cedar/eval/pattern.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {

LikePattern LikePattern::compile(const Pattern& pattern, Arena& arena) {
  std::vector<std::string> literals(1);
  for (const char32_t code : pattern) {
    if (code != kWildcard) {
      append_utf8(literals.back(), code);
    } else if (literals.size() == 1 || !literals.back().empty()) {
      literals.emplace_back();  // of wildcards in a row one counts
    }
  }
  auto* out = arena.allocate<std::string_view>(literals.size());
  for (size_t i = 0; i < literals.size(); ++i) {
    SALLY_CHECK(arena.copy(literals[i], *std::construct_at(out + i)));
  }
  return {{out, literals.size()}};
}

bool LikePattern::matches(std::string_view text) const {
  const std::string_view first = literals.front();
  const std::string_view last = literals.back();
  if (literals.size() == 1) {
    return text == first;
  }
  if (text.size() < first.size() + last.size() || !text.starts_with(first) ||
      !text.ends_with(last)) {
    return false;
  }
  text.remove_prefix(first.size());
  text.remove_suffix(last.size());
  for (const std::string_view literal : literals.subspan(1, literals.size() - 2)) {
    if (text.size() < literal.size()) {
      return false;
    }
    // Linear in the text whatever the literal is, which std::string_view::find is not.
    const void* found = ::memmem(text.data(), text.size(), literal.data(), literal.size());
    if (found == nullptr) {
      return false;
    }
    text.remove_prefix(static_cast<size_t>(static_cast<const char*>(found) - text.data()) +
                       literal.size());
  }
  return true;
}

}  // namespace sally::cedar
