#include "cedar/validate/type_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "cedar/validate/members.h"

namespace sally::cedar {
namespace {

bool is(const std::optional<Type>& type, TypeKind kind) {
  return type && type->kind() == kind;
}

bool overlap(std::span<const std::string> a, std::span<const std::string> b) {
  return std::ranges::any_of(
      a, [&](const std::string& name) { return std::ranges::binary_search(b, name); });
}

std::vector<Capability> intersect(std::vector<Capability> a, std::vector<Capability> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  std::vector<Capability> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both;
}

}  // namespace

// What is known while this lives.
class TypeChecker::Assumed {
 public:
  explicit Assumed(TypeChecker& checker) : known_(checker.known_) {}
  Assumed(const Assumed&) = delete;
  Assumed& operator=(const Assumed&) = delete;
  ~Assumed() {
    for (const Capability& capability : added_) {
      const auto found = known_.find(capability);
      if (--found->second == 0) {
        known_.erase(found);
      }
    }
  }
  void add(const Capabilities& capabilities) {
    for (const Capability& capability : capabilities) {
      ++known_[capability];
      added_.push_back(capability);
    }
  }

 private:
  std::map<Capability, uint32_t>& known_;
  Capabilities added_;
};

TypeChecker::TypeChecker(const Schema& schema, const Policy& policy, Mode mode, Findings& findings,
                         Budget& budget)
    : schema_(schema),
      policy_(policy),
      body_(policy.body),
      mode_(mode),
      findings_(findings),
      budget_(budget),
      shapes_(policy.body) {}

TypeKind TypeChecker::check(const Environment& environment) {
  environment_ = environment;
  types_.assign(body_.size(), std::nullopt);
  const auto& conditions = policy_.conditions;
  if (conditions.empty()) {
    return TypeKind::kTrue;
  }
  const Typed all = of_and(conditions.size(), [&](size_t i) {
    Typed typed = expect_bool(conditions[i].expr);
    return conditions[i].kind == Condition::Kind::kUnless ? of_not(std::move(typed)) : typed;
  });
  return all.type ? all.type->kind() : TypeKind::kBool;
}

const Type* TypeChecker::type_of(ExprId id) const {
  return types_[id] ? &*types_[id] : nullptr;
}

// Recurses as deep as expressions are high: kMaxExprHeight.
TypeChecker::Typed TypeChecker::infer(ExprId id) {
  if (!budget_.spend(1)) {
    findings_.error(policy_.span, "this policy takes too long to validate against the schema",
                    "name the principal, the action or the resource in its scope");
    return {};
  }
  Typed typed = infer_new(id);
  types_[id] = typed.type;
  return typed;
}

TypeChecker::Typed TypeChecker::infer_new(ExprId id) {
  switch (body_.kind(id)) {
    case ExprKind::kBool:
      return {Type::singleton(body_.boolean(id)), {}};
    case ExprKind::kLong:
      return {Type::integer(), {}};
    case ExprKind::kString:
      return {Type::string(), {}};
    case ExprKind::kEntity:
      return of_entity(id);
    case ExprKind::kVariable:
      return of_variable(body_.variable(id));
    case ExprKind::kNot:
      return of_not(expect_bool(body_.operand(id, 0)));
    case ExprKind::kAnd:
      return of_and(body_.operands(id).size(),
                    [&](size_t i) { return expect_bool(body_.operand(id, i)); });
    case ExprKind::kOr:
      return of_or(id);
    case ExprKind::kIf:
      return of_if(id);
    case ExprKind::kNegate:
    case ExprKind::kAdd:
    case ExprKind::kSub:
    case ExprKind::kMul:
      return of_arithmetic(id);
    case ExprKind::kEq:
      return of_equality(id);
    case ExprKind::kNotEq:
      return of_not(of_equality(id));
    case ExprKind::kLess:
    case ExprKind::kLessEq:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEq:
      return of_order(id);
    case ExprKind::kIn:
      return of_in(body_.operand(id, 0), body_.operand(id, 1));
    case ExprKind::kIs:
      return of_is(id);
    case ExprKind::kIsIn:
      return of_and(2, [&](size_t i) {
        return i == 0 ? of_is(id) : of_in(body_.operand(id, 0), body_.operand(id, 1));
      });
    case ExprKind::kHas:
      return of_has(id);
    case ExprKind::kGet:
      return of_get(id);
    case ExprKind::kLike:
      return of_like(id);
    case ExprKind::kSet:
      return of_set(id);
    case ExprKind::kRecord:
      return of_record(id);
    case ExprKind::kContains:
    case ExprKind::kContainsAll:
    case ExprKind::kContainsAny:
      return of_contains(id);
    case ExprKind::kIsEmpty:
      return of_is_empty(id);
    case ExprKind::kHasTag:
    case ExprKind::kGetTag:
      return of_tag(id);
    case ExprKind::kCall:
      return of_call(id);
  }
  return {};
}

// One that is not declared was found already: see Validator.
TypeChecker::Typed TypeChecker::of_entity(ExprId id) const {
  const EntityUid& uid = body_.entity(id);
  if (schema_.find_entity_type(uid.type) == nullptr && schema_.find_action(uid) == nullptr) {
    return {};
  }
  return {Type::entity(uid.type), {}};
}

TypeChecker::Typed TypeChecker::of_variable(Variable variable) const {
  switch (variable) {
    case Variable::kPrincipal:
      return {Type::entity(environment_.principal->name), {}};
    case Variable::kAction:
      return {Type::entity(environment_.action->uid.type), {}};
    case Variable::kResource:
      return {Type::entity(environment_.resource->name), {}};
    case Variable::kContext:
      return {environment_.action->context, {}};
  }
  return {};
}

// `operand` gives the type of the n-th operand, which is of Bool; called in order, and no more
// after one that is False.
TypeChecker::Typed TypeChecker::of_and(size_t count, const std::function<Typed(size_t)>& operand) {
  Assumed assumed(*this);
  Typed left = operand(0);
  assumed.add(left.capabilities);
  for (size_t i = 1; i < count && !is(left.type, TypeKind::kFalse); ++i) {
    Typed right = operand(i);
    if (is(right.type, TypeKind::kFalse)) {
      return {Type::singleton(false), {}};
    }
    if (!left.type || !right.type) {
      left.type = std::nullopt;
    } else if (is(left.type, TypeKind::kTrue)) {
      left.type = right.type;
    } else if (!is(right.type, TypeKind::kTrue)) {
      left.type = Type::boolean();
    }
    assumed.add(right.capabilities);
    left.capabilities.insert(left.capabilities.end(), right.capabilities.begin(),
                             right.capabilities.end());
  }
  return left;
}

TypeChecker::Typed TypeChecker::of_or(ExprId id) {
  Typed left = expect_bool(body_.operand(id, 0));
  for (const ExprId next : body_.operands(id).subspan(1)) {
    if (is(left.type, TypeKind::kTrue)) {
      break;
    }
    Typed right = expect_bool(next);
    if (!left.type || !right.type) {
      left = {};
    } else if (is(left.type, TypeKind::kFalse) || is(right.type, TypeKind::kTrue)) {
      left = std::move(right);
    } else if (!is(right.type, TypeKind::kFalse)) {
      left = {Type::boolean(), intersect(std::move(left.capabilities), right.capabilities)};
    }
  }
  return left;
}

TypeChecker::Typed TypeChecker::of_if(ExprId id) {
  const ExprId then_id = body_.operand(id, 1);
  const ExprId else_id = body_.operand(id, 2);
  const Typed test = expect_bool(body_.operand(id, 0));
  if (is(test.type, TypeKind::kFalse)) {
    return infer(else_id);
  }
  Typed when_true;
  {
    Assumed assumed(*this);
    assumed.add(test.capabilities);
    when_true = infer(then_id);
  }
  when_true.capabilities.insert(when_true.capabilities.end(), test.capabilities.begin(),
                                test.capabilities.end());
  if (is(test.type, TypeKind::kTrue)) {
    return when_true;
  }
  const Typed when_false = infer(else_id);
  if (!test.type || !when_true.type || !when_false.type) {
    return {};
  }
  return {join(body_.span(id), *when_true.type, *when_false.type,
               "the two branches of an `if` must have the same type"),
          intersect(std::move(when_true.capabilities), when_false.capabilities)};
}

TypeChecker::Typed TypeChecker::of_not(Typed operand) {
  if (is(operand.type, TypeKind::kTrue) || is(operand.type, TypeKind::kFalse)) {
    return {Type::singleton(is(operand.type, TypeKind::kFalse)), {}};
  }
  return {std::move(operand.type), {}};
}

TypeChecker::Typed TypeChecker::of_arithmetic(ExprId id) {
  for (const ExprId operand : body_.operands(id)) {
    expect(operand, Type::integer());
  }
  return {Type::integer(), {}};
}

TypeChecker::Typed TypeChecker::of_equality(ExprId id) {
  const ExprId left = body_.operand(id, 0);
  const ExprId right = body_.operand(id, 1);
  const Typed a = infer(left);
  const Typed b = infer(right);
  if (const auto equal = fixed_equality(left, right)) {
    return {Type::singleton(*equal), {}};
  }
  if (is(a.type, TypeKind::kEntity) && is(b.type, TypeKind::kEntity) &&
      !overlap(a.type->entity_types(), b.type->entity_types())) {
    return {Type::singleton(false), {}};
  }
  if (!comparable(id, a.type, b.type, "only values of the same type can be equal")) {
    return {};
  }
  return {Type::boolean(), {}};
}

TypeChecker::Typed TypeChecker::of_order(ExprId id) {
  const auto is_ordered = [](const Type& type) {
    return type.kind() == TypeKind::kLong || type.kind() == TypeKind::kNever ||
           type.is_extension(ExtensionType::kDatetime) ||
           type.is_extension(ExtensionType::kDuration);
  };
  std::optional<Type> first;
  for (const ExprId operand : body_.operands(id)) {
    const Typed typed = infer(operand);
    if (!typed.type) {
      continue;
    }
    if (!is_ordered(*typed.type)) {
      expected(operand, *typed.type, "`Long`, `datetime` or `duration`");
    } else if (first && *first != *typed.type) {
      expected(operand, *typed.type, quote(*first));
    } else {
      first = typed.type;
    }
  }
  return {Type::boolean(), {}};
}

TypeChecker::Typed TypeChecker::of_in(ExprId left, ExprId right) {
  const Typed member = expect(left, Type::any_entity());
  const Typed group = infer(right);
  if (!group.type) {
    return {Type::boolean(), {}};
  }
  const Type set_of_entities = Type::set(Type::any_entity());
  if (!group.type->is_entity() && !is_subtype(*group.type, set_of_entities, mode_)) {
    expected(right, *group.type, "an entity or a set of entities");
    return {};
  }
  if (!member.type) {
    return {Type::boolean(), {}};
  }
  if (const auto fixed = fixed_membership(left, right)) {
    return {Type::singleton(*fixed), {}};
  }
  const Type& kind = group.type->is_entity() ? *group.type : group.type->element();
  return {may_be_in(schema_, *member.type, kind) ? Type::boolean() : Type::singleton(false), {}};
}

TypeChecker::Typed TypeChecker::of_is(ExprId id) {
  const Typed object = expect(body_.operand(id, 0), Type::any_entity());
  if (!is(object.type, TypeKind::kEntity)) {
    return {Type::boolean(), {}};
  }
  const auto types = object.type->entity_types();
  if (std::ranges::find(types, body_.text(id)) == types.end()) {
    return {Type::singleton(false), {}};
  }
  return {types.size() == 1 ? Type::singleton(true) : Type::boolean(), {}};
}

TypeChecker::Typed TypeChecker::expect(ExprId id, const Type& wanted) {
  Typed typed = infer(id);
  if (typed.type && !is_subtype(*typed.type, wanted, mode_)) {
    expected(id, *typed.type, wanted.kind() == TypeKind::kAnyEntity ? "an entity" : quote(wanted));
    return {};
  }
  return typed;
}

void TypeChecker::expected(ExprId id, const Type& found, std::string_view wanted) {
  findings_.error(body_.span(id), fmt::format("expected {}, found {}", wanted, quote(found)));
}

std::optional<Type> TypeChecker::join(Span span, const Type& a, const Type& b,
                                      std::string_view rule) {
  budget_.spend(uint64_t{a.weight()} + b.weight());
  auto bound = least_upper_bound(a, b, mode_);
  if (!bound) {
    findings_.error(span, fmt::format("{} and {} do not go together", quote(a), quote(b)),
                    std::string(rule));
  }
  return bound;
}

bool TypeChecker::comparable(ExprId id, const std::optional<Type>& a, const std::optional<Type>& b,
                             std::string_view rule) {
  return mode_ == Mode::kPermissive || !a || !b || join(body_.span(id), *a, *b, rule).has_value();
}

bool TypeChecker::known(const Capability& capability) const {
  return known_.contains(capability);
}

const EntityUid* TypeChecker::fixed_entity(ExprId id) const {
  if (body_.kind(id) == ExprKind::kEntity) {
    return &body_.entity(id);
  }
  const bool is_action =
      body_.kind(id) == ExprKind::kVariable && body_.variable(id) == Variable::kAction;
  return is_action ? &environment_.action->uid : nullptr;
}

// The literal that `true || false && true` and its like are: the reference's parser folds them.
std::optional<bool> TypeChecker::folded(ExprId id) const {
  const ExprKind kind = body_.kind(id);
  if (kind == ExprKind::kBool) {
    return body_.boolean(id);
  }
  if (kind != ExprKind::kAnd && kind != ExprKind::kOr) {
    return std::nullopt;
  }
  const bool is_and = kind == ExprKind::kAnd;
  bool out = is_and;
  for (const ExprId operand : body_.operands(id)) {
    const auto value = folded(operand);
    if (!value.has_value()) {
      return std::nullopt;
    }
    out = is_and ? out && *value : out || *value;
  }
  return out;
}

// Whether two expressions that are the same in every request are equal.
std::optional<bool> TypeChecker::fixed_equality(ExprId a, ExprId b) const {
  const auto is_literal = [&](ExprId id) {
    return folded(id).has_value() || body_.kind(id) == ExprKind::kLong ||
           body_.kind(id) == ExprKind::kString;
  };
  const EntityUid* const left = fixed_entity(a);
  const EntityUid* const right = fixed_entity(b);
  if ((left == nullptr && !is_literal(a)) || (right == nullptr && !is_literal(b))) {
    return std::nullopt;
  }
  if (left != nullptr && right != nullptr) {
    return *left == *right;
  }
  if (const auto value = folded(a); value.has_value() || folded(b).has_value()) {
    return value == folded(b);
  }
  return left == nullptr && right == nullptr && shapes_.of(a) == shapes_.of(b);
}

// What an action is in is known from the schema.
std::optional<bool> TypeChecker::fixed_membership(ExprId left, ExprId right) const {
  const auto groups = body_.kind(right) == ExprKind::kSet ? body_.operands(right)
                                                          : std::span<const ExprId>(&right, 1);
  if (groups.empty()) {
    return false;
  }
  const EntityUid* const uid = fixed_entity(left);
  const Action* const action = uid == nullptr ? nullptr : schema_.find_action(*uid);
  if (action == nullptr) {
    return std::nullopt;
  }
  bool found = false;
  for (const ExprId id : groups) {
    const EntityUid* const group = fixed_entity(id);
    if (group == nullptr) {
      return std::nullopt;
    }
    found = found || *group == *uid || std::ranges::binary_search(action->ancestors, *group);
  }
  return found;
}

}  // namespace sally::cedar
