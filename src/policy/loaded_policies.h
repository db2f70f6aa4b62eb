// LoadedPolicies: the texts of a policy folder, read, validated and ready to be compiled.
//
//   TRY(const PolicyTexts texts, read_policy_texts("policies"));
//   TRY(const LoadedPolicies loaded, LoadedPolicies::from_files(texts));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/entities/entities.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"
#include "cedar/syntax/span.h"
#include "cedar/validate/finding.h"
#include "policy/policy_texts.h"

namespace sally::policy {

// The annotation of a forbid that holds even where a grant breaks the glass.
inline constexpr std::string_view kHard = "hard";
// A warning for each permit that has it: it says nothing there.
[[nodiscard]] std::vector<cedar::Finding> odd_annotations(const cedar::PolicySet& policies);

// One thing that is wrong with the texts, or odd about them.
struct PolicyProblem {
  bool is_error = true;     // else a warning: the texts are taken all the same
  std::string file;         // as the bundle names it
  cedar::Position at = {};  // line 1, column 1 where the problem is the whole file
  std::string policy;       // the id of the policy it is about; empty: none
  std::string message;
  std::string hint;   // may be empty
  std::string shown;  // for people, several lines, with the line it stands in

  // `models.cedar:3:7: message`.
  [[nodiscard]] std::string to_string() const;
};

// Valid as a whole: what exists fits its schema, strictly. Publish it as
// `shared_ptr<const LoadedPolicies>`.
struct LoadedPolicies {
  std::string hash;  // of the bundle that these texts make
  cedar::Schema schema;
  // A policy of a text has the id that its annotation `@id` says, or else `models.cedar#0`, counted
  // in its file from 0; policies and links of a JSON set have those of the set. Each has its
  // source, which is called as the file is.
  cedar::PolicySet policies;
  cedar::Entities entities;  // of `entities.json`, and the actions of the schema

  // kInvalidInput with every problem in the message where there is one; a missing schema is one.
  // The cases are not read.
  static Result<LoadedPolicies> from_files(const PolicyTexts& files);
  // The same; `problems` gets what is wrong, and the warnings.
  static Result<LoadedPolicies> from_files(const PolicyTexts& files,
                                           std::vector<PolicyProblem>& problems);
};

}  // namespace sally::policy
