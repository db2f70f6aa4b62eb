// Policy folders: everything that decides, side by side.
//
//   schema.cedarschema, or schema.cedarschema.json    may be missing
//   entities.json                                     may be missing
//   *.cedar, *.cedar.json                             policies, taken in the order of their names
//   cases/*.case                                      tests of them
//
// Other files, and names that begin with a dot, are left alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "cedar/entities/entities.h"
#include "cedar/eval/request.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"

namespace sally::app {

// Files by what they hold.
struct PolicyPaths {
  std::vector<std::string> policies;
  std::vector<std::string> cases;
  std::string schema;    // empty: none
  std::string entities;  // empty: none
};

// What the words behind a command stand for: files, of which those named `*.case` are cases and the
// others policies, and at most one folder. Without words the folder that the
// configuration names, or without one `policies` where it would stand (see find_config). kUsage
// where there are no policies, or a folder cannot be read.
Result<PolicyPaths> find_policies(const World& world, const PolicySource& source);

// Policies and what they are about, read. What is wrong with a text was shown on the console.
struct PolicyFolder {
  PolicyPaths paths;
  cedar::PolicySet policies;
  std::optional<cedar::Schema> schema;
  cedar::Entities entities;  // with the actions of the schema

  [[nodiscard]] const cedar::Schema* known() const {
    return schema.has_value() ? &*schema : nullptr;
  }
};
Result<PolicyFolder> read_policy_folder(const World& world, const PolicySource& source);

// What does not fit the schema would be decided all the same, and wrongly. Findings go to the
// console; kUsage where there is one. Without a schema everything fits.
Result<> check_entities(const World& world, const PolicyFolder& folder);
Result<> check_request(const PolicyFolder& folder, const cedar::Request& request);

// All that one request is decided by; where there is a schema, everything fits it.
struct PolicyQuestion {
  PolicyFolder folder;
  cedar::Request request;
};
Result<PolicyQuestion> read_policy_question(const World& world,
                                            const PolicyRequestOptions& options);

}  // namespace sally::app
