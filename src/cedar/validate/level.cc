#include "cedar/validate/level.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cedar/validate/members.h"

namespace sally::cedar {
namespace {

bool is_in(ScopeConstraint::Kind kind) {
  return kind == ScopeConstraint::Kind::kIn || kind == ScopeConstraint::Kind::kIsIn;
}

// Kinds that need the data of an entity on their left.
bool needs_data(ExprKind kind) {
  return kind == ExprKind::kGet || kind == ExprKind::kIn || kind == ExprKind::kIsIn ||
         kind == ExprKind::kHasTag || kind == ExprKind::kGetTag;
}

// Both members recurse as deep as expressions are high.
class LevelChecker {
 public:
  LevelChecker(const Schema& schema, const Body& body, const TypeChecker& checker,
               const Environment& environment, uint32_t level, Findings& findings)
      : schema_(schema),
        body_(body),
        checker_(checker),
        environment_(environment),
        level_(level),
        findings_(findings) {}

  // An entity is looked into that lies `reach` others away.
  void look(Span span, uint32_t reach) {
    if (reach + 1 > level_) {
      findings_.error(span,
                      fmt::format("this looks {} {} deep, and the level is {}", reach + 1,
                                  reach == 0 ? "entity" : "entities", level_),
                      "what is needed more often can be put into the context");
    }
  }

  // Whatever is looked into within the expression. What the type checker did not look at will never
  // be evaluated.
  void check(ExprId id) {
    if (checker_.type_of(id) == nullptr) {
      return;
    }
    if (body_.kind(id) == ExprKind::kHas) {
      check_has(id);
      return;
    }
    const auto operands = body_.operands(id);
    if (!needs_data(body_.kind(id))) {
      std::ranges::for_each(operands, [this](ExprId operand) { check(operand); });
      return;
    }
    const bool evaluated = operands.size() == 1 || checker_.type_of(operands[1]) != nullptr;
    if (is_entity(operands[0]) && evaluated) {
      look(body_.span(id), reach(operands[0], {}));
    } else {
      check(operands[0]);
    }
    std::ranges::for_each(operands.subspan(1), [this](ExprId operand) { check(operand); });
  }

 private:
  [[nodiscard]] bool is_entity(ExprId id) const {
    const Type* const type = checker_.type_of(id);
    return type != nullptr && type->is_entity();
  }

  void check_has(ExprId id) {
    const ExprId start = body_.operand(id, 0);
    const auto names = body_.names(id);
    std::optional<Type> object = *checker_.type_of(start);
    if (!object->is_entity()) {
      check(start);
    }
    // How far it is to the last entity on the path, and the attributes from there on.
    std::optional<uint32_t> last;
    std::vector<std::string> path;
    for (size_t i = 0; i < names.size() && object; ++i) {
      if (object->is_entity()) {
        std::ranges::reverse(path);
        const uint32_t here = last ? *last + 1 : reach(start, path);
        look(body_.span(id), here);
        last = here;
        path.clear();
      }
      path.push_back(names[i]);
      const auto found = find_attribute(schema_, *object, names[i]);
      object = found ? std::optional(found->type) : std::nullopt;
    }
  }

  // How many entities are looked into to get the one at the end of `path`, the attributes (last one
  // first) to take of the records that `id` gives.
  uint32_t reach(ExprId id, std::vector<std::string> path) {
    if (checker_.type_of(id) == nullptr) {
      return 0;
    }
    const ExprKind kind = body_.kind(id);
    if (kind == ExprKind::kEntity && body_.entity(id) != environment_.action->uid) {
      findings_.error(body_.span(id), "an entity that is named in the policy cannot be looked into",
                      "its data is not fetched for a request that does not name it");
    }
    if (kind == ExprKind::kIf) {
      check(body_.operand(id, 0));
      return std::max(reach(body_.operand(id, 1), path), reach(body_.operand(id, 2), path));
    }
    if (kind == ExprKind::kGetTag) {
      check(body_.operand(id, 1));
      return 1 + reach(body_.operand(id, 0), {});
    }
    if (kind == ExprKind::kGet) {
      if (is_entity(body_.operand(id, 0))) {
        return 1 + reach(body_.operand(id, 0), {});
      }
      path.push_back(body_.text(id));
      return reach(body_.operand(id, 0), std::move(path));
    }
    // Else a variable: nothing but these gives an entity.
    return kind == ExprKind::kRecord ? reach_in_record(id, std::move(path)) : 0;
  }

  uint32_t reach_in_record(ExprId id, std::vector<std::string> path) {
    const std::string name = path.empty() ? std::string() : path.back();
    if (!path.empty()) {
      path.pop_back();
    }
    uint32_t found = 0;
    for (size_t i = 0; i < body_.names(id).size(); ++i) {
      if (body_.names(id)[i] == name) {
        found = reach(body_.operand(id, i), path);
      } else {
        check(body_.operand(id, i));
      }
    }
    return found;
  }

  const Schema& schema_;
  const Body& body_;
  const TypeChecker& checker_;
  const Environment& environment_;
  const uint32_t level_;
  Findings& findings_;
};

}  // namespace

void check_level(const Schema& schema, const Policy& policy, const TypeChecker& checker,
                 const Environment& environment, uint32_t level, Findings& findings) {
  LevelChecker levels(schema, policy.body, checker, environment, level, findings);
  if (is_in(policy.principal.kind)) {
    levels.look(policy.principal.span, 0);
  }
  if (policy.action.kind == ActionConstraint::Kind::kIn ||
      policy.action.kind == ActionConstraint::Kind::kInList) {
    levels.look(policy.action.span, 0);
  }
  if (is_in(policy.resource.kind)) {
    levels.look(policy.resource.span, 0);
  }
  for (const Condition& condition : policy.conditions) {
    levels.check(condition.expr);
  }
}

}  // namespace sally::cedar
