#include "vet/container/member_path.h"

#include <cstddef>
#include <string>

namespace sally::vet::container {
namespace {

bool is_separator(char c) {
  return c == '/' || c == '\\';
}

// Whether walking `path` goes above where it begins.
bool goes_above(std::string_view path) {
  std::ptrdiff_t depth = 0;
  while (!path.empty()) {
    size_t end = 0;
    while (end < path.size() && !is_separator(path[end])) {
      ++end;
    }
    const std::string_view part = path.substr(0, end);
    if (part == "..") {
      if (--depth < 0) {
        return true;
      }
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
    path.remove_prefix(end < path.size() ? end + 1 : end);
  }
  return false;
}

}  // namespace

bool is_absolute(std::string_view name) {
  const bool drive = name.size() >= 2 && name[1] == ':' &&
                     ((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z'));
  return drive || (!name.empty() && is_separator(name[0]));
}

bool leads_outside(std::string_view name) {
  return is_absolute(name) || goes_above(name);
}

bool link_leads_outside(std::string_view name, std::string_view to) {
  const size_t folder = name.find_last_of("/\\");
  const std::string_view before = folder == std::string_view::npos ? "" : name.substr(0, folder);
  return is_absolute(to) || goes_above(std::string(before) + "/" + std::string(to));
}

}  // namespace sally::vet::container
