#include "vet/model/paths.h"

#include <algorithm>

#include "base/encoding.h"

namespace sally::vet::model {

std::string_view leads_out(std::string_view path) {
  if (path.find("://") != std::string_view::npos) {
    return "is a URL";
  }
  if (path.find('\0') != std::string_view::npos) {
    return "has an octet 0 in it";
  }
  const bool drive =
      path.size() > 1 && path[1] == ':' && to_lower(path[0]) >= 'a' && to_lower(path[0]) <= 'z';
  if (path.starts_with('/') || path.starts_with('\\') || path.starts_with('~') || drive) {
    return "is absolute";
  }
  size_t at = 0;
  while (at <= path.size()) {
    const size_t end = std::min(path.find_first_of("/\\", at), path.size());
    if (path.substr(at, end - at) == "..") {
      return "climbs out of its folder";
    }
    at = end + 1;
  }
  return {};
}

bool is_lfs_pointer(std::string_view head) {
  return head.starts_with("version https://git-lfs.github.com/spec/");
}

}  // namespace sally::vet::model
