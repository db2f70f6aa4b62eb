#include "app/secret_search.h"

namespace sally::app {

std::vector<vet::FoundSecret> ContentSecretSearch::find(std::string_view text) const {
  std::vector<content::FoundSecret> found;
  finder_.find(text, found);
  std::vector<vet::FoundSecret> out;
  out.reserve(found.size());
  for (const content::FoundSecret& one : found) {
    out.push_back(
        {.offset = one.begin,
         .length = one.end - one.begin,
         .kind = one.rule,
         .sure = one.told_by == content::ToldBy::kShape && one.severity >= Severity::kHigh});
  }
  return out;
}

}  // namespace sally::app
