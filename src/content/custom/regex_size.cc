#include "content/custom/regex_size.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace sally::content {
namespace {

// Behind a class that begins at `at`.
size_t class_end(std::string_view regex, size_t at) {
  ++at;
  at += regex.substr(at).starts_with('^') ? 1U : 0U;
  at += regex.substr(at).starts_with(']') ? 1U : 0U;  // stands for itself there
  while (at < regex.size() && regex[at] != ']') {
    at += regex[at] == '\\' ? 2U : 1U;
  }
  return std::min(at + 1, regex.size());
}

struct Repeat {
  size_t times = 1;
  size_t end = 0;  // behind it
};

// The `{n,m}` at `at`; once, where none stands there.
Repeat repeat_at(std::string_view regex, size_t at) {
  size_t most = 0;
  size_t i = at + 1;
  while (i < regex.size() && (regex[i] == ',' || (regex[i] >= '0' && regex[i] <= '9'))) {
    size_t number = 0;
    const char* const begin = regex.data() + i;
    const auto [end, error] = std::from_chars(begin, regex.data() + regex.size(), number);
    if (error == std::errc::result_out_of_range) {
      number = kHuge;
    }
    most = std::max(most, number);
    i += end == begin ? 1U : static_cast<size_t>(end - begin);
  }
  if (i == at + 1 || i >= regex.size() || regex[i] != '}') {
    return {1, at};
  }
  return {std::clamp<size_t>(most, 1, kHuge), i + 1};
}

// Text that is no part of the regex, or not as it looks.
bool hides_groups(std::string_view regex) {
  if (regex.find("\\Q") != std::string_view::npos) {
    return true;
  }
  for (size_t at = regex.find("(?"); at != std::string_view::npos; at = regex.find("(?", at + 1)) {
    const std::string_view flags =
        regex.substr(at + 2, regex.find_first_of(":)<=!'", at + 2) - at - 2);
    if (flags.find_first_of("#x") != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

size_t written_out(std::string_view regex) {
  if (hides_groups(regex)) {
    return kHuge;
  }
  std::vector<size_t> groups{0};  // the sizes of those that are open
  size_t last = 0;                // of the item that a repeat would be of
  const auto add = [&](size_t size) {
    last = size;
    groups.back() = std::min(kHuge, groups.back() + size);
  };
  for (size_t at = 0; at < regex.size();) {
    const char c = regex[at];
    if (c == '(') {
      groups.push_back(0);
      last = 0;
      ++at;
    } else if (c == ')') {
      const size_t size = groups.back();
      if (groups.size() > 1) {
        groups.pop_back();
        add(size);
      }
      ++at;
    } else if (c == '{') {
      const Repeat repeat = repeat_at(regex, at);
      if (repeat.end == at) {
        add(1);
        ++at;
        continue;
      }
      // Once it is counted already. One repeat may stand behind another.
      const size_t more = std::min(kHuge, last * (repeat.times - 1));
      groups.back() = std::min(kHuge, groups.back() + more);
      last = std::min(kHuge, last + more);
      at = repeat.end;
    } else if (c == '[') {
      add(1);
      at = class_end(regex, at);
    } else if (c == '\\') {
      add(1);
      at += 2;
    } else {
      add(c == '|' || c == '?' || c == '*' || c == '+' ? 0 : 1);
      ++at;
    }
  }
  size_t all = 0;
  for (const size_t size : groups) {  // those that are not closed too
    all = std::min(kHuge, all + size);
  }
  return all;
}

}  // namespace sally::content
