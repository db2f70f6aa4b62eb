#include "cedar/validate/validator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/validate/level.h"
#include "cedar/validate/scope.h"
#include "cedar/validate/type_checker.h"

namespace sally::cedar {
namespace {

// Which variables the conditions of a policy mention. Environments that differ only in others are
// the same to it.
struct Mentions {
  std::array<bool, 4> variable{};

  explicit Mentions(const Body& body) {
    for (ExprId id = 0; id < body.size(); ++id) {
      if (body.kind(id) == ExprKind::kVariable) {
        variable.at(static_cast<size_t>(body.variable(id))) = true;
      }
    }
  }
  [[nodiscard]] bool of(Variable which) const { return variable.at(static_cast<size_t>(which)); }

  // Equal for environments that are the same to the policy.
  [[nodiscard]] std::array<const void*, 4> key(const Environment& environment) const {
    return {of(Variable::kPrincipal) ? environment.principal : nullptr,
            of(Variable::kAction) ? environment.action : nullptr,
            of(Variable::kResource) ? environment.resource : nullptr,
            of(Variable::kContext) ? environment.action->context.identity() : nullptr};
  }
};

class PolicyValidator {
 public:
  PolicyValidator(const Policy& policy, const Schema& schema, const ValidateOptions& options,
                  Budget& budget)
      : policy_(policy),
        schema_(schema),
        options_(options),
        budget_(budget),
        findings_(policy.id) {}

  std::vector<Finding> run() && {
    check_names();
    check_action_list();
    check_environments();
    return std::move(findings_).take();
  }

 private:
  void check_names() {
    check_constraint(policy_.principal);
    check_constraint(policy_.resource);
    for (size_t i = 0; i < policy_.action.entities.size(); ++i) {
      check_entity(policy_.action.entities[i], policy_.action.entity_spans[i]);
    }
    const Body& body = policy_.body;
    for (ExprId id = 0; id < body.size(); ++id) {
      if (body.kind(id) == ExprKind::kEntity) {
        check_entity(body.entity(id), body.span(id));
      } else if (body.kind(id) == ExprKind::kIs || body.kind(id) == ExprKind::kIsIn) {
        check_type(body.text(id), body.span(id));
      }
    }
  }

  void check_constraint(const ScopeConstraint& constraint) {
    using Kind = ScopeConstraint::Kind;
    if (constraint.kind == Kind::kIs || constraint.kind == Kind::kIsIn) {
      check_type(constraint.type, constraint.type_span);
    }
    if (constraint.kind != Kind::kAny && constraint.kind != Kind::kIs && !constraint.slot) {
      check_entity(constraint.entity, constraint.entity_span);
    }
  }

  void check_type(std::string_view name, Span span) {
    if (is_action_type(name) || schema_.find_entity_type(name) != nullptr) {
      return;
    }
    std::vector<std::string_view> candidates;
    for (const auto& [other, type] : schema_.entity_types()) {
      candidates.push_back(other);
    }
    const auto best = nearest(name, candidates);
    findings_.error(span, fmt::format("entity type `{}` is not in the schema", printable(name)),
                    best.empty() ? std::string() : fmt::format("did you mean `{}`?", best));
  }

  void check_entity(const EntityUid& uid, Span span) {
    if (is_action_type(uid.type)) {
      check_action(uid, span);
      return;
    }
    check_type(uid.type, span);
    const EntityType* const type = schema_.find_entity_type(uid.type);
    if (type != nullptr && !type->allows_id(uid.id)) {
      findings_.error(span,
                      fmt::format("`{}` has no entity `{}`", uid.type, printable(quoted(uid.id))),
                      enum_help(*type, uid.id));
    }
  }

  static std::string enum_help(const EntityType& type, std::string_view id) {
    const std::vector<std::string_view> candidates(type.enum_ids.begin(), type.enum_ids.end());
    const auto best = nearest(id, candidates);
    return best.empty() ? "the schema lists all entities of this type"
                        : fmt::format("did you mean `{}`?", printable(quoted(best)));
  }

  void check_action(const EntityUid& uid, Span span) {
    if (schema_.find_action(uid) != nullptr) {
      return;
    }
    std::vector<std::string_view> candidates;
    for (const auto& [other, action] : schema_.actions()) {
      candidates.push_back(other.id);
    }
    const auto best = nearest(uid.id, candidates);
    findings_.error(
        span, fmt::format("action `{}` is not in the schema", printable(quoted(uid))),
        best.empty() ? std::string() : fmt::format("did you mean `{}`?", printable(best)));
  }

  // The list of actions in the scope is a set like any other.
  void check_action_list() {
    const auto& entities = policy_.action.entities;
    if (policy_.action.kind != ActionConstraint::Kind::kInList || options_.mode != Mode::kStrict) {
      return;
    }
    if (entities.empty()) {
      findings_.error(policy_.action.span, "an empty list of actions", "leave out the `in []`");
    }
    for (size_t i = 1; i < entities.size(); ++i) {
      if (entities[i].type != entities.front().type) {
        findings_.error(policy_.action.entity_spans[i],
                        fmt::format("`{}` and `{}` do not go together", entities.front().type,
                                    entities[i].type),
                        "the elements of a set must have the same type");
      }
    }
  }

  void check_environments() {
    TypeChecker checker(schema_, policy_, options_.mode, findings_, budget_);
    const Mentions mentions(policy_.body);
    std::set<std::array<const void*, 4>> seen;
    bool applies = false;
    bool possible = false;
    for_each_environment(
        schema_, policy_.principal, policy_.action, policy_.resource,
        [&](const Environment& environment) {
          applies = true;
          if (!budget_.spend(1) || !seen.insert(mentions.key(environment)).second) {
            return !budget_.exhausted();
          }
          const size_t before = findings_.errors();
          possible |= checker.check(environment) != TypeKind::kFalse;
          if (options_.level && findings_.errors() == before) {
            check_level(schema_, policy_, checker, environment, *options_.level, findings_);
          }
          return !budget_.exhausted();
        });
    if (budget_.exhausted()) {
      findings_.error(policy_.span, "this policy takes too long to validate against the schema",
                      "name the principal, the action or the resource in its scope");
    } else if (!applies) {
      findings_.error(policy_.span, "no action of the schema applies to this scope",
                      "see `appliesTo` of the actions in the schema");
    } else if (!possible) {
      findings_.warn(policy_.span, "this policy never applies",
                     "its conditions are false for every request that fits the schema");
    }
  }

  const Policy& policy_;
  const Schema& schema_;
  const ValidateOptions& options_;
  Budget& budget_;
  Findings findings_;
};

// What only the values of the slots can show.
class LinkValidator {
 public:
  LinkValidator(const Schema& schema, const Link& link, const Policy& policy)
      : schema_(schema), policy_(policy), findings_(link.id) {}

  std::vector<Finding> run(ScopeConstraint principal, ScopeConstraint resource,
                           const Link& link) && {
    check_value("?principal", link.principal);
    check_value("?resource", link.resource);
    bool applies = false;
    for_each_environment(schema_, principal, policy_.action, resource, [&](const Environment&) {
      applies = true;
      return false;
    });
    if (!applies) {
      findings_.error(policy_.span, "no action of the schema applies to this link",
                      "its template may fit others: look at the types of its values");
    }
    return std::move(findings_).take();
  }

 private:
  void check_value(std::string_view slot, const std::optional<EntityUid>& value) {
    if (!value || is_action_type(value->type)) {
      return;
    }
    const EntityType* const type = schema_.find_entity_type(value->type);
    if (type == nullptr) {
      findings_.error(policy_.span, fmt::format("the entity type `{}` of `{}` is not in the schema",
                                                printable(value->type), slot));
    } else if (!type->allows_id(value->id)) {
      findings_.warn(policy_.span, fmt::format("`{}` of `{}` is no entity of its type",
                                               printable(quoted(*value)), slot));
    }
  }

  const Schema& schema_;
  const Policy& policy_;
  Findings findings_;
};

void append(std::vector<Finding>& all, std::vector<Finding> more) {
  std::ranges::move(more, std::back_inserter(all));
}

}  // namespace

std::vector<Finding> validate(const Policy& policy, const Schema& schema,
                              const ValidateOptions& options) {
  Budget budget(options.steps);
  return PolicyValidator(policy, schema, options, budget).run();
}

std::vector<Finding> validate(const PolicySet& policies, const Schema& schema,
                              const ValidateOptions& options) {
  Budget budget(options.steps);
  std::vector<Finding> findings;
  for (const auto list : {policies.policies(), policies.templates()}) {
    for (const Policy& policy : list) {
      append(findings, PolicyValidator(policy, schema, options, budget).run());
    }
  }
  const auto active = policies.active();
  for (const Link& link : policies.links()) {
    const auto found = std::ranges::find(active, link.id, &ActivePolicy::id);
    append(
        findings,
        LinkValidator(schema, link, *found->policy).run(found->principal, found->resource, link));
  }
  return findings;
}

bool has_errors(const std::vector<Finding>& findings) {
  return std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::kError; });
}

}  // namespace sally::cedar
