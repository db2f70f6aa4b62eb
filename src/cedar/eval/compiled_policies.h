// CompiledPolicies: a policy set in the form that is evaluated, with its index. Immutable,
// published as `shared_ptr<const CompiledPolicies>`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/eval/index.h"
#include "cedar/eval/program.h"
#include "cedar/eval/store.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

// What the scope asks of principal or resource.
struct CompiledScope {
  ScopeConstraint::Kind kind = ScopeConstraint::Kind::kAny;
  const EntityName* entity = nullptr;
  TypeName type;

  [[nodiscard]] bool holds(const EntityName& name, const EntityStore& store) const;
};

struct CompiledAction {
  ActionConstraint::Kind kind = ActionConstraint::Kind::kAny;
  std::span<const EntityName* const> entities;

  [[nodiscard]] bool holds(const EntityName& name, const EntityStore& store) const;
};

struct CompiledPolicy {
  std::string id;
  Effect effect = Effect::kPermit;
  CompiledScope principal;
  CompiledAction action;
  CompiledScope resource;
  uint32_t conditions = 0;  // where their instructions begin
};

class CompiledPolicies {
 public:
  CompiledPolicies() = default;
  // Static policies and links; what is left in templates takes no part. The set may go afterwards.
  // kTooLarge beyond 2^30 instructions.
  static Result<CompiledPolicies> create(const PolicySet& set);
  CompiledPolicies(CompiledPolicies&&) noexcept = default;
  CompiledPolicies& operator=(CompiledPolicies&&) noexcept = default;

  // In the order of PolicySet::active(); an index in a verdict counts here.
  [[nodiscard]] std::span<const CompiledPolicy> policies() const { return policies_; }
  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] const PolicyIndex& index() const { return index_; }

 private:
  Program program_;
  std::vector<CompiledPolicy> policies_;
  PolicyIndex index_;
};

}  // namespace sally::cedar
