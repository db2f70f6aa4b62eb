#include "cedar/syntax/est_reader.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/est_expression.h"
#include "formats/json/document.h"

namespace sally::cedar {
namespace {

using formats::JsonValue;

constexpr std::array<std::string_view, 6> kPolicyMembers{"effect",   "principal",  "action",
                                                         "resource", "conditions", "annotations"};
constexpr std::array<std::string_view, 3> kSetMembers{"staticPolicies", "templates",
                                                      "templateLinks"};
constexpr std::array<std::string_view, 3> kLinkMembers{"templateId", "newId", "values"};
constexpr std::array<std::string_view, 2> kSlots{"?principal", "?resource"};
constexpr std::array<std::string_view, 2> kConditionMembers{"kind", "body"};
constexpr std::array<std::string_view, 5> kScopeMembers{"op", "entity", "slot", "entity_type",
                                                        "in"};
constexpr std::array<std::string_view, 2> kInMembers{"entity", "slot"};
constexpr std::array<std::string_view, 3> kActionMembers{"op", "entity", "entities"};

// A chain of operators nests twice as deep as it is long: what is too deep is told expression by
// expression, and the document itself is read without recursion.
constexpr size_t kJsonDepth = 2 * (kMaxExprCount + kMaxExprHeight);
constexpr size_t kJsonMembers = 10'000'000;

// Reads one policy. A function that returns bool returns false where a problem was found.
class PolicyReader {
 public:
  explicit PolicyReader(std::vector<Problem>& problems)
      : shapes_(problems), expressions_(policy_.body, problems) {}

  std::optional<Policy> read(const JsonValue& value) {
    if (!shapes_.object(value, "a policy", kPolicyMembers)) {
      return std::nullopt;
    }
    policy_.span = EstShapes::span_of(value);
    bool fine = read_effect(value);
    fine = read_scope(value, "principal", policy_.principal) && fine;
    fine = read_action(value) && fine;
    fine = read_scope(value, "resource", policy_.resource) && fine;
    fine = read_conditions(value) && fine;
    fine = read_annotations(value) && fine;
    return fine ? std::optional(std::move(policy_)) : std::nullopt;
  }

 private:
  bool read_effect(const JsonValue& policy) {
    const auto effect = shapes_.string_member(policy, "effect");
    if (effect && *effect != "permit" && *effect != "forbid") {
      shapes_.fail(*policy.find("effect"),
                   fmt::format("expected `permit` or `forbid`, found `{}`", printable(*effect)));
      return false;
    }
    policy_.effect = effect == "forbid" ? Effect::kForbid : Effect::kPermit;
    return effect.has_value();
  }

  bool read_scope(const JsonValue& policy, std::string_view variable, ScopeConstraint& out) {
    using Kind = ScopeConstraint::Kind;
    const auto value = shapes_.member(policy, variable);
    if (!value || !shapes_.object(*value, "a constraint", kScopeMembers)) {
      return false;
    }
    const auto op = shapes_.string_member(*value, "op");
    if (!op) {
      return false;
    }
    out.span = EstShapes::span_of(*value);
    const std::string slot = fmt::format("?{}", variable);
    if (*op == "All" || *op == "all") {
      return true;
    }
    if (*op == "==" || *op == "in") {
      out.kind = *op == "in" ? Kind::kIn : Kind::kEq;
      return read_entity_or_slot(*value, slot, out);
    }
    if (*op == "is") {
      auto type = shapes_.type_member(*value, "entity_type");
      if (!type) {
        return false;
      }
      out.kind = Kind::kIs;
      out.type = *std::move(type);
      out.type_span = EstShapes::span_of(*value->find("entity_type"));
      const auto in = value->find("in");
      if (!in) {
        return true;
      }
      out.kind = Kind::kIsIn;
      return shapes_.object(*in, "a constraint", kInMembers) && read_entity_or_slot(*in, slot, out);
    }
    return no_operator(*value, *op);
  }

  bool no_operator(const JsonValue& constraint, std::string_view op) {
    shapes_.fail(*constraint.find("op"), fmt::format("no constraint `{}`", printable(op)),
                 "there are `All`, `==`, `in` and, but for actions, `is`");
    return false;
  }

  bool read_entity_or_slot(const JsonValue& value, std::string_view slot, ScopeConstraint& out) {
    const auto given = value.find("slot");
    if (!given) {
      const auto entity = shapes_.member(value, "entity");
      auto uid = entity ? shapes_.entity(*entity) : std::nullopt;
      if (!uid) {
        return false;
      }
      out.entity = *std::move(uid);
      out.entity_span = EstShapes::span_of(*entity);
      return true;
    }
    out.slot = true;
    out.entity_span = EstShapes::span_of(*given);
    const auto name = shapes_.string(*given, "the name of a slot");
    if (value.find("entity") || (name && *name != slot)) {
      shapes_.fail(*given, fmt::format("expected either `entity` or the slot `{}`", slot));
      return false;
    }
    return name.has_value();
  }

  bool read_action(const JsonValue& policy) {
    using Kind = ActionConstraint::Kind;
    ActionConstraint& out = policy_.action;
    const auto value = shapes_.member(policy, "action");
    if (!value || !shapes_.object(*value, "a constraint of the action", kActionMembers)) {
      return false;
    }
    const auto op = shapes_.string_member(*value, "op");
    if (!op) {
      return false;
    }
    out.span = EstShapes::span_of(*value);
    if (*op == "All" || *op == "all") {
      return true;
    }
    if (*op != "==" && *op != "in") {
      return no_operator(*value, *op);
    }
    out.kind = *op == "in" ? Kind::kIn : Kind::kEq;
    const auto list = out.kind == Kind::kIn ? value->find("entities") : std::nullopt;
    if (!list) {
      const auto entity = shapes_.member(*value, "entity");
      return entity && read_one_action(*entity);
    }
    if (!list->is_array() || value->find("entity")) {
      shapes_.fail(*list, "expected either `entity` or an array `entities`");
      return false;
    }
    out.kind = Kind::kInList;
    for (const JsonValue entity : *list) {
      if (!read_one_action(entity)) {
        return false;
      }
    }
    return true;
  }

  bool read_one_action(const JsonValue& value) {
    auto uid = shapes_.entity(value);
    if (!uid) {
      return false;
    }
    if (!is_action_type(uid->type)) {
      shapes_.fail(value, fmt::format("`{}` is no type of actions", printable(uid->type)),
                   "actions are of type `Action`, in any namespace");
      return false;
    }
    policy_.action.entities.push_back(*std::move(uid));
    policy_.action.entity_spans.push_back(EstShapes::span_of(value));
    return true;
  }

  bool read_conditions(const JsonValue& policy) {
    const auto list = shapes_.member(policy, "conditions");
    if (!list) {
      return false;
    }
    if (!list->is_array()) {
      shapes_.fail(*list, "expected an array of conditions");
      return false;
    }
    for (const JsonValue value : *list) {
      if (!read_condition(value)) {
        return false;
      }
    }
    return true;
  }

  bool read_condition(const JsonValue& value) {
    if (!shapes_.object(value, "a condition", kConditionMembers)) {
      return false;
    }
    const auto kind = shapes_.string_member(value, "kind");
    const auto body = shapes_.member(value, "body");
    if (!kind || !body) {
      return false;
    }
    if (*kind != "when" && *kind != "unless") {
      shapes_.fail(*value.find("kind"),
                   fmt::format("expected `when` or `unless`, found `{}`", printable(*kind)));
      return false;
    }
    const auto expression = expressions_.read(*body);
    if (!expression) {
      return false;
    }
    policy_.conditions.push_back(
        {.kind = *kind == "when" ? Condition::Kind::kWhen : Condition::Kind::kUnless,
         .expr = *expression,
         .span = EstShapes::span_of(value)});
    return true;
  }

  bool read_annotations(const JsonValue& policy) {
    const auto all = policy.find("annotations");
    if (!all) {
      return true;
    }
    if (!all->is_object()) {
      shapes_.fail(*all, "expected an object of annotations");
      return false;
    }
    for (const JsonValue value : *all) {
      Annotation added{
          .name = std::string(value.name()), .value = {}, .span = EstShapes::span_of(value)};
      if (!is_word(added.name)) {
        shapes_.fail(value, fmt::format("`{}` is no name of an annotation", printable(added.name)));
        return false;
      }
      if (!value.is_null()) {
        added.value = shapes_.string(value, "a string or `null`");
        if (!added.value) {
          return false;
        }
      }
      policy_.annotations.push_back(std::move(added));
    }
    return true;
  }

  EstShapes shapes_;
  Policy policy_;
  EstExpressionReader expressions_;
};

class SetReader {
 public:
  SetReader(std::shared_ptr<const Source> source, size_t most_problems)
      : source_(std::move(source)), most_problems_(most_problems), shapes_(problems_) {}

  ParseResult<PolicySet> read(const JsonValue& root) {
    if (root.find("effect")) {
      add_policy("policy0", root, Place::kAny);
    } else if (shapes_.object(root, "a policy set", kSetMembers)) {
      if (root.size() == 0) {
        shapes_.fail(root, "neither a policy nor a policy set",
                     "a policy has an `effect`, a set has `staticPolicies`");
      }
      read_policies(root, "staticPolicies", Place::kPolicy);
      read_policies(root, "templates", Place::kTemplate);
      read_links(root);
    }
    if (!problems_.empty()) {
      return std::move(problems_);
    }
    return std::move(set_);
  }

 private:
  enum class Place : uint8_t { kAny, kPolicy, kTemplate };

  bool enough() const { return problems_.size() >= most_problems_; }

  void add_policy(std::string id, const JsonValue& value, Place place) {
    auto policy = PolicyReader(problems_).read(value);
    if (!policy) {
      return;
    }
    if (place != Place::kAny && policy->is_template() != (place == Place::kTemplate)) {
      shapes_.fail(value, policy->is_template() ? "a template among the static policies"
                                                : "a template without a slot");
      return;
    }
    policy->id = std::move(id);
    policy->source = source_;
    take(value, set_.add(*std::move(policy)));
  }

  void read_policies(const JsonValue& root, std::string_view name, Place place) {
    const auto policies = root.find(name);
    if (!policies) {
      return;
    }
    if (!policies->is_object()) {
      shapes_.fail(*policies, "expected an object of policies by their ids");
      return;
    }
    for (const JsonValue value : *policies) {
      if (!enough()) {
        add_policy(std::string(value.name()), value, place);
      }
    }
  }

  void read_links(const JsonValue& root) {
    const auto links = root.find("templateLinks");
    if (!links) {
      return;
    }
    if (!links->is_array()) {
      shapes_.fail(*links, "expected an array of links");
      return;
    }
    for (const JsonValue value : *links) {
      if (!enough() && shapes_.object(value, "a link", kLinkMembers)) {
        read_link(value);
      }
    }
  }

  void read_link(const JsonValue& value) {
    auto template_id = shapes_.string_member(value, "templateId");
    auto id = shapes_.string_member(value, "newId");
    const auto values = shapes_.member(value, "values");
    if (!template_id || !id || !values || !shapes_.object(*values, "the values of slots", kSlots)) {
      return;
    }
    Link link{.id = *std::move(id),
              .template_id = *std::move(template_id),
              .principal = {},
              .resource = {}};
    for (const JsonValue given : *values) {
      auto uid = shapes_.entity(given);
      if (!uid) {
        return;
      }
      (given.name() == kSlots.front() ? link.principal : link.resource) = std::move(uid);
    }
    // A template that was refused would make its links look wrong.
    if (problems_.empty()) {
      take(value, set_.add_link(std::move(link)));
    }
  }

  void take(const JsonValue& at, const Result<>& added) {
    if (!added.ok()) {
      shapes_.fail(at, added.error().message(), added.error().hint());
    }
  }

  std::shared_ptr<const Source> source_;
  size_t most_problems_;
  std::vector<Problem> problems_;
  EstShapes shapes_;
  PolicySet set_;
};

}  // namespace

ParseResult<PolicySet> read_policies_json(std::shared_ptr<const Source> source,
                                          const ParseLimits& limits) {
  const auto document = formats::JsonDocument::parse(
      source->text,
      {.bytes = limits.bytes, .depth = kJsonDepth, .members = kJsonMembers, .nul_in_names = true});
  if (!document.ok()) {
    return std::vector<Problem>{{{}, document.error().message(), document.error().hint()}};
  }
  return SetReader(std::move(source), limits.problems).read(document->root());
}

ParseResult<PolicySet> read_policies_json(std::string_view json, const ParseLimits& limits) {
  return read_policies_json(std::make_shared<const Source>(Source{"<json>", std::string(json)}),
                            limits);
}

}  // namespace sally::cedar
