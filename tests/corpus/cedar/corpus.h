// What the judges share: the files, the tally, and which files were judged.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "corpus/cedar/tally.h"
#include "corpus/cedar/tree.h"

namespace sally::cedar {

struct Corpus {
  Tree tree;
  Tally tally;
  std::set<std::string, std::less<>> used;

  // The text of a file, which counts as judged from then on; nullptr where there is none.
  const std::string* use(const std::string& path) {
    used.emplace(path);
    return tree.find(path);
  }
};

// Takes the policies.
void judge_twins(Corpus& corpus);

}  // namespace sally::cedar
