// Running the cases that users write of their policies (cedar/cases/case_file.h).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/policy_folder.h"
#include "cedar/cases/case_file.h"
#include "cedar/eval/authorizer.h"
#include "cedar/explain/explain.h"

namespace sally::app {

struct CaseResult {
  std::string file;
  uint32_t line = 0;
  std::string name;
  bool passed = false;
  cedar::CaseExpectation expected;
  // What became of the request; none where there was none to decide.
  std::optional<cedar::Answer> got;
  // Why there was none, or what is wrong with the expectation.
  std::string message;
  std::optional<cedar::Explanation> why;  // of a case that failed
};

struct CaseResults {
  std::vector<CaseResult> cases;
  // Policies and links that determined no decision, in the order of the set.
  std::vector<std::string> not_covered;

  [[nodiscard]] size_t failed() const;
};

// All cases of the folder whose name, or whose file's, has `filter` in it. What is wrong with a
// file of cases is shown on the console. kUsage where there is no such case, or a file of them is
// refused.
Result<CaseResults> run_policy_cases(const World& world, const PolicyFolder& folder,
                                     const std::string& filter);

}  // namespace sally::app
