// What would let a policy apply, or keep it from applying, everything else being as it is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cedar/explain/show.h"
#include "cedar/explain/watched_run.h"

namespace sally::cedar {

// Tests, as Cedar text, that must hold for all clauses to hold: those that do not now, found one
// after the other, each tried by taking it as given; and, with them, what else the clauses say of
// the same attributes, so that the list is enough. In the order of the source. Empty where all
// clauses hold already, where more than a few tests would have to change, or where one of them
// cannot be told in a line. `run` has forgotten everything afterwards.
Result<std::vector<std::string>> needed_to_apply(WatchedRun& run, const Policy& policy,
                                                 const ExprTexts& texts);

// Of a policy that applies: one test that would keep it from it. Empty where there is more than one
// clause, or none, or where it cannot be told in a line.
std::vector<std::string> needed_not_to_apply(WatchedRun& run, const Policy& policy,
                                             const ExprTexts& texts);

}  // namespace sally::cedar
