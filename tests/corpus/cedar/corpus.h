// What the judges share: the files, the tally, and which files were judged.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "corpus/cedar/engine.h"
#include "corpus/cedar/tally.h"
#include "corpus/cedar/tree.h"

namespace sally::cedar {

struct Corpus {
  Tree tree;
  Tally tally;
  std::set<std::string, std::less<>> used;
  // Partial evaluation: each request with everything that may be taken away, not with two of it.
  bool every_mask = false;

  // The text of a file, which counts as judged from then on; nullptr where there is none.
  const std::string* use(const std::string& path) {
    used.emplace(path);
    return tree.find(path);
  }
};

// Each takes the files of its kind: integration tests with their twins and verdicts; folders with
// ALLOW and DENY; requests with answers; probes; what samples.json tells of.
void judge_tests(Corpus& corpus);
void judge_twins(Corpus& corpus);
void judge_examples(Corpus& corpus);
void judge_workloads(Corpus& corpus);
void judge_probes(Corpus& corpus);
void judge_samples(Corpus& corpus);

// What a request is decided by; all of it fits the schema.
struct PartialSubject {
  const PolicySet& policies;
  const Schema& schema;
  const Entities& entities;
};
// Judges partial evaluation by a recorded request: takes parts of it away, other ones in each turn.
void judge_partially(Corpus& corpus, const PartialSubject& subject, const Request& request,
                     const std::string& name, size_t turn);

}  // namespace sally::cedar
