// ActiveSet: a policy set with everything that a decision needs, compiled. Immutable, shared by all
// threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "cedar/eval/compiled_policies.h"
#include "cedar/eval/store.h"
#include "core/decision.h"
#include "policy/arguments.h"
#include "policy/loaded_policies.h"

namespace sally::policy {

// What the gate knows of itself: its models and routes are entities whether or not entities.json
// says something of them.
struct Landscape {
  std::vector<ModelId> models;
  std::vector<RouteId> routes;
};

class ActiveSet {
 public:
  // `version`: the number of its activation. kInvalidInput, with all that is wrong, where the
  // schema does not declare what the gate asks with (gate_schema.h, arguments.h), or where an
  // entity of the landscape does not fit it; where some tool has an action of its own, also where a
  // policy is about the plain one alone, and so not about that tool any more.
  static Result<std::shared_ptr<const ActiveSet>> create(LoadedPolicies loaded, uint64_t version,
                                                         const Landscape& landscape);

  [[nodiscard]] const PolicySetId& id() const { return id_; }
  [[nodiscard]] const LoadedPolicies& loaded() const { return loaded_; }
  // With those of the landscape.
  [[nodiscard]] const cedar::Entities& entities() const { return entities_; }
  [[nodiscard]] const cedar::CompiledPolicies& policies() const { return policies_; }
  [[nodiscard]] const cedar::EntityStore& store() const { return store_; }
  [[nodiscard]] const ToolActions& tools() const { return tools_; }
  // Whether this policy, by its place in `policies()`, is a forbid annotated `@hard`: one that not
  // even a broken glass opens.
  [[nodiscard]] bool is_hard(uint32_t policy) const { return hard_[policy]; }
  // Whether some permit may be about a caller without a credential, by its scope.
  [[nodiscard]] bool allows_anonymous() const { return allows_anonymous_; }

 private:
  ActiveSet() = default;

  PolicySetId id_;
  LoadedPolicies loaded_;
  cedar::Entities entities_;
  cedar::CompiledPolicies policies_;
  cedar::EntityStore store_;
  ToolActions tools_;
  std::vector<bool> hard_;  // of each policy
  bool allows_anonymous_ = false;
};
using ActiveSetPtr = std::shared_ptr<const ActiveSet>;

}  // namespace sally::policy
