#include "policy/active_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "cedar/validate/conformance.h"
#include "crypto/hash.h"
#include "policy/gate_schema.h"
#include "policy/question.h"

namespace sally::policy {
namespace {

using cedar::Entity;
using cedar::EntityUid;
using cedar::ScopeConstraint;

Result<cedar::Entities> with_landscape(const cedar::Entities& entities,
                                       const Landscape& landscape) {
  std::vector<Entity> all(entities.all().begin(), entities.all().end());
  const auto add = [&](std::string_view type, const std::string& id) {
    EntityUid uid{std::string(type), id};
    if (entities.find(uid) == nullptr) {
      Entity& entity = all.emplace_back();
      entity.uid = std::move(uid);
    }
  };
  for (const ModelId& model : landscape.models) {
    add(kModel, model.str());
  }
  for (const RouteId& route : landscape.routes) {
    add(kRoute, route.str());
  }
  return cedar::Entities::create(std::move(all));
}

// The head of a SHA-256 over all of them: two states are the same where this is.
uint64_t version_of(const cedar::Entities& entities) {
  std::string text;
  for (const Entity& entity : entities.all()) {
    text += cedar::Value::entity(entity.uid).to_string();
    text += ' ';
    text += entity.attributes.to_string();
    text += entity.tags.to_string();
    for (const EntityUid& parent : entity.parents) {
      text += ' ';
      text += cedar::Value::entity(parent).to_string();
    }
    text += '\n';
  }
  const crypto::Sha256Digest digest = crypto::sha256(as_bytes(text));
  uint64_t out = 0;
  for (size_t i = 0; i < sizeof out; ++i) {
    out = out << 8 | static_cast<uint64_t>(digest[i]);
  }
  return out;
}

// A policy about the plain action says nothing of tools that have their own: most likely it was
// written before they had.
Result<> check_tool_policies(const cedar::PolicySet& policies) {
  const EntityUid plain{std::string(kAction), std::string(kToolCall)};
  for (const cedar::ActivePolicy& policy : policies.active()) {
    const cedar::ActionConstraint& action = policy.policy->action;
    if (action.kind == cedar::ActionConstraint::Kind::kEq && action.entities.front() == plain) {
      return Error(
          ErrorKind::kInvalidInput,
          fmt::format(
              "policy `{}` is about `action == {}`, and so about no tool that has an action "
              "of its own",
              policy.id, cedar::Value::entity(plain).to_string()),
          fmt::format("write `action in {}`", cedar::Value::entity(plain).to_string()));
    }
  }
  return ok();
}

bool about_anonymous(const ScopeConstraint& scope, const cedar::Entities& entities) {
  const EntityUid caller{std::string(kAnonymous), std::string(kAnonymousId)};
  const bool of_type = scope.type == kAnonymous;
  switch (scope.kind) {
    case ScopeConstraint::Kind::kAny:
      return true;
    case ScopeConstraint::Kind::kIs:
      return of_type;
    case ScopeConstraint::Kind::kEq:
      return scope.entity == caller;
    case ScopeConstraint::Kind::kIn:
      return entities.is_in(caller, scope.entity);
    case ScopeConstraint::Kind::kIsIn:
      return of_type && entities.is_in(caller, scope.entity);
  }
  return true;
}

}  // namespace

Result<std::shared_ptr<const ActiveSet>> ActiveSet::create(LoadedPolicies loaded, uint64_t version,
                                                           const Landscape& landscape) {
  TRY_OK(check_gate_schema(loaded.schema));
  std::shared_ptr<ActiveSet> out(new ActiveSet());
  out->loaded_ = std::move(loaded);
  const LoadedPolicies& texts = out->loaded_;
  TRY(out->entities_, with_landscape(texts.entities, landscape));
  TRY_OK(check_gate_entities(out->entities_));
  TRY(out->tools_, ToolActions::of(texts.schema));
  if (!out->tools_.empty()) {
    TRY_OK(check_tool_policies(texts.policies));
  }
  if (const auto wrong = cedar::validate_entities(texts.schema, out->entities_); !wrong.empty()) {
    return wrong.front().in("the entities do not fit the schema");
  }
  TRY(out->policies_, cedar::CompiledPolicies::create(texts.policies));
  out->store_ = cedar::EntityStore::create(out->entities_);
  const auto hash = from_hex(texts.hash);
  if (!hash || hash->size() != out->id_.hash.size()) {
    return Error(ErrorKind::kInternal, "the hash of a policy set is none");
  }
  out->id_.version = version;
  std::ranges::copy(*hash, out->id_.hash.begin());
  out->id_.entities = version_of(out->entities_);
  const auto active = texts.policies.active();
  for (const cedar::ActivePolicy& policy : active) {
    out->hard_.push_back(policy.policy->effect == cedar::Effect::kForbid &&
                         policy.policy->annotation(kHard) != nullptr);
  }
  out->allows_anonymous_ = std::ranges::any_of(active, [&](const cedar::ActivePolicy& policy) {
    return policy.policy->effect == cedar::Effect::kPermit &&
           about_anonymous(policy.principal, out->entities_);
  });
  return std::shared_ptr<const ActiveSet>(std::move(out));
}

}  // namespace sally::policy
