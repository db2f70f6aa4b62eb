#include "cedar/eval/compiled_policies.h"

#include <algorithm>
#include <map>
#include <memory>

#include "base/check.h"
#include "cedar/eval/compiler.h"

namespace sally::cedar {
namespace {

using Place = IndexKey::Place;

const EntityName* name_in(Arena& arena, const EntityUid& uid) {
  const EntityName* out = nullptr;
  SALLY_CHECK(to_name(uid, arena, out));
  return out;
}

bool has_entity(ScopeConstraint::Kind kind) {
  return kind == ScopeConstraint::Kind::kEq || kind == ScopeConstraint::Kind::kIn ||
         kind == ScopeConstraint::Kind::kIsIn;
}
bool has_type(ScopeConstraint::Kind kind) {
  return kind == ScopeConstraint::Kind::kIs || kind == ScopeConstraint::Kind::kIsIn;
}

CompiledScope compile(const ScopeConstraint& from, Arena& arena) {
  CompiledScope out;
  out.kind = from.kind;
  if (has_entity(from.kind)) {
    out.entity = name_in(arena, from.entity);
  }
  if (has_type(from.kind)) {
    SALLY_CHECK(arena.copy(from.type, out.type.name));
    out.type.hash = hash_text(out.type.name, 0);
  }
  return out;
}

CompiledAction compile(const ActionConstraint& from, Arena& arena) {
  auto* names = arena.allocate<const EntityName*>(from.entities.size());
  for (size_t i = 0; i < from.entities.size(); ++i) {
    names[i] = name_in(arena, from.entities[i]);
  }
  return {from.kind, {names, from.entities.size()}};
}

// A key for a type, as FrozenTable wants it.
const EntityName* type_key(const TypeName& type, Arena& arena) {
  EntityName name;
  name.type = type.name;
  name.hash = type.hash;
  return std::construct_at(arena.allocate<EntityName>(1), name);
}

void add_choices(const CompiledScope& scope, Place entity, Place type, Arena& arena,
                 std::vector<IndexChoice>& out) {
  if (has_entity(scope.kind)) {
    out.push_back({{entity, scope.entity}});
  } else if (has_type(scope.kind)) {
    out.push_back({{type, type_key(scope.type, arena)}});
  }
}

std::vector<IndexChoice> choices_of(const CompiledPolicy& policy, Arena& arena) {
  std::vector<IndexChoice> out;
  add_choices(policy.principal, Place::kPrincipal, Place::kPrincipalType, arena, out);
  add_choices(policy.resource, Place::kResource, Place::kResourceType, arena, out);
  if (policy.action.kind != ActionConstraint::Kind::kAny) {
    IndexChoice& choice = out.emplace_back();
    for (const EntityName* name : policy.action.entities) {
      choice.push_back({Place::kAction, name});
    }
  }
  return out;
}

}  // namespace

bool CompiledScope::holds(const EntityName& name, const EntityStore& store) const {
  const auto is_type = [&] { return name.type_hash == type.hash && name.type == type.name; };
  switch (kind) {
    case ScopeConstraint::Kind::kAny:
      return true;
    case ScopeConstraint::Kind::kEq:
      return same_entity(name, *entity);
    case ScopeConstraint::Kind::kIn:
      return store.is_in(name, *entity);
    case ScopeConstraint::Kind::kIs:
      return is_type();
    case ScopeConstraint::Kind::kIsIn:
      return is_type() && store.is_in(name, *entity);
  }
  return false;
}

bool CompiledAction::holds(const EntityName& name, const EntityStore& store) const {
  switch (kind) {
    case ActionConstraint::Kind::kAny:
      return true;
    case ActionConstraint::Kind::kEq:
      return same_entity(name, *entities.front());
    case ActionConstraint::Kind::kIn:
    case ActionConstraint::Kind::kInList:
      return std::any_of(entities.begin(), entities.end(),
                         [&](const EntityName* entity) { return store.is_in(name, *entity); });
  }
  return false;
}

Result<CompiledPolicies> CompiledPolicies::create(const PolicySet& set) {
  CompiledPolicies out;
  Arena& arena = out.program_.arena;
  std::vector<std::vector<IndexChoice>> choices;
  std::map<const Policy*, uint32_t> conditions;
  for (const ActivePolicy& active : set.active()) {
    CompiledPolicy& policy = out.policies_.emplace_back();
    policy.id = active.id;
    policy.effect = active.policy->effect;
    policy.principal = compile(active.principal, arena);
    policy.action = compile(active.policy->action, arena);
    policy.resource = compile(active.resource, arena);
    // The links of a template have its conditions in common: a slot stands in a scope only.
    const auto [known, added] = conditions.try_emplace(active.policy, 0);
    if (added) {
      TRY(known->second,
          compile_conditions(active.policy->body, active.policy->conditions, out.program_));
    }
    policy.conditions = known->second;
    choices.push_back(choices_of(policy, arena));
  }
  out.index_ = PolicyIndex(choices);
  return out;
}

}  // namespace sally::cedar
