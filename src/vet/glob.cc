#include "vet/glob.h"

#include <vector>

namespace sally::vet {
namespace {

// Whether `glob` is all of `text`, or all of what stands before a `/` of it. Walks the set of
// places in the glob that what was read of the text may have come to.
bool is_all_of(std::string_view glob, std::string_view text) {
  std::vector<bool> at(glob.size() + 1, false);
  std::vector<bool> next(glob.size() + 1);
  at[0] = true;
  const auto close = [&glob](std::vector<bool>& places) {
    for (size_t i = 0; i < glob.size(); ++i) {
      if (places[i] && glob[i] == '*') {
        places[i + 1] = true;
        // `**/` may be nothing at all.
        if (i > 0 && glob[i - 1] == '*' && i + 1 < glob.size() && glob[i + 1] == '/' &&
            (i == 1 || glob[i - 2] == '/')) {
          places[i + 2] = true;
        }
      }
    }
  };
  close(at);
  for (const char c : text) {
    if (c == '/' && at[glob.size()]) {
      return true;
    }
    next.assign(glob.size() + 1, false);
    for (size_t i = 0; i < glob.size(); ++i) {
      if (!at[i]) {
        continue;
      }
      if (glob[i] == '*') {
        const bool two =
            (i > 0 && glob[i - 1] == '*') || (i + 1 < glob.size() && glob[i + 1] == '*');
        next[i] = next[i] || c != '/' || two;
      } else if (glob[i] == '?' ? c != '/' : glob[i] == c) {
        next[i + 1] = true;
      }
    }
    close(next);
    at.swap(next);
  }
  return at[glob.size()];
}

}  // namespace

bool means(std::string_view glob, std::string_view path) {
  while (glob.ends_with('/')) {
    glob.remove_suffix(1);
  }
  while (glob.starts_with("./")) {
    glob.remove_prefix(2);
  }
  if (glob.empty()) {
    return false;
  }
  if (glob.starts_with('/')) {
    return is_all_of(glob.substr(path.starts_with('/') ? 0 : 1), path);
  }
  for (std::string_view rest = path;;) {
    if (is_all_of(glob, rest)) {
      return true;
    }
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) {
      return false;
    }
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace sally::vet
