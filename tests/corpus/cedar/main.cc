// cedar-corpus: judges the Cedar engine against data others published.
//
//   cedar-corpus [-v] [--if-there] [--every-mask] DIR...
//
// DIR is a folder or an archive in the formats of ../shared/corpora/cedar (its README tells them).
// --every-mask judges partial evaluation with all that may be taken away from a request, not with
// two of it. Prints a line for each stratum, with -v the first failures of each, what was skipped,
// and last `N passed, N failed`. Exit status: 0 all passed; 1 one failed, or there was nothing to
// judge; 2 a DIR cannot be read; 77 (--if-there) no DIR is there.
#include <cstdio>
#include <string>
#include <vector>

#include "corpus/cedar/corpus.h"

namespace sally::cedar {
namespace {

void skip_the_rest(Corpus& corpus) {
  for (const auto& [path, text] : corpus.tree.files()) {
    if (!corpus.used.contains(path)) {
      const size_t dot = name_of_file(path).find('.');
      const std::string_view kind =
          dot == std::string_view::npos ? "" : name_of_file(path).substr(dot);
      corpus.tally.skip("files `*" + std::string(kind) + "` that no judge knows", path);
    }
  }
}

int run(const std::vector<std::string>& arguments) {
  constexpr int kSkipped = 77;
  constexpr int kUnreadable = 2;
  bool verbose = false;
  bool if_there = false;
  bool every_mask = false;
  std::vector<std::string> given;
  for (const std::string& argument : arguments) {
    if (argument == "-v") {
      verbose = true;
    } else if (argument == "--if-there") {
      if_there = true;
    } else if (argument == "--every-mask") {
      every_mask = true;
    } else {
      given.push_back(argument);
    }
  }
  Corpus corpus{.tree = {}, .tally = Tally(verbose), .used = {}, .every_mask = every_mask};
  bool any = false;
  for (const std::string& one : given) {
    if (if_there && !std::filesystem::exists(one)) {
      std::printf("skipped: there is no `%s`\n", one.c_str());
      continue;
    }
    const Result<> added = corpus.tree.add(one);
    if (!added.ok()) {
      std::fprintf(stderr, "cedar-corpus: %s\n", added.error().to_string().c_str());
      return kUnreadable;
    }
    any = true;
  }
  if (if_there && !any) {
    return kSkipped;
  }
  judge_tests(corpus);
  judge_twins(corpus);
  judge_examples(corpus);
  judge_workloads(corpus);
  judge_probes(corpus);
  judge_samples(corpus);
  skip_the_rest(corpus);
  return corpus.tally.finish();
}

}  // namespace
}  // namespace sally::cedar

int main(int argc, char** argv) {
  return sally::cedar::run({argv + 1, argv + argc});
}
