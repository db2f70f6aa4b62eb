#include "cedar/syntax/ast.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.h"

namespace sally::cedar {
namespace {

constexpr uint8_t kAnyNumber = std::numeric_limits<uint8_t>::max();

struct KindRow {
  ExprKind kind;
  uint8_t fewest;  // operands
  uint8_t most;
  bool has_names;
  bool is_chain;  // folds from the left, two or more operands
};

// In the order of ExprKind.
constexpr std::array kKinds{
    KindRow{ExprKind::kBool, 0, 0, false, false},
    KindRow{ExprKind::kLong, 0, 0, false, false},
    KindRow{ExprKind::kString, 0, 0, true, false},
    KindRow{ExprKind::kEntity, 0, 0, false, false},
    KindRow{ExprKind::kVariable, 0, 0, false, false},
    KindRow{ExprKind::kNot, 1, 1, false, false},
    KindRow{ExprKind::kNegate, 1, 1, false, false},
    KindRow{ExprKind::kAnd, 2, kAnyNumber, false, true},
    KindRow{ExprKind::kOr, 2, kAnyNumber, false, true},
    KindRow{ExprKind::kAdd, 2, kAnyNumber, false, true},
    KindRow{ExprKind::kSub, 2, kAnyNumber, false, true},
    KindRow{ExprKind::kMul, 2, kAnyNumber, false, true},
    KindRow{ExprKind::kIf, 3, 3, false, false},
    KindRow{ExprKind::kEq, 2, 2, false, false},
    KindRow{ExprKind::kNotEq, 2, 2, false, false},
    KindRow{ExprKind::kLess, 2, 2, false, false},
    KindRow{ExprKind::kLessEq, 2, 2, false, false},
    KindRow{ExprKind::kGreater, 2, 2, false, false},
    KindRow{ExprKind::kGreaterEq, 2, 2, false, false},
    KindRow{ExprKind::kIn, 2, 2, false, false},
    KindRow{ExprKind::kIs, 1, 1, true, false},
    KindRow{ExprKind::kIsIn, 2, 2, true, false},
    KindRow{ExprKind::kHas, 1, 1, true, false},
    KindRow{ExprKind::kGet, 1, 1, true, false},
    KindRow{ExprKind::kLike, 1, 1, false, false},
    KindRow{ExprKind::kSet, 0, kAnyNumber, false, false},
    KindRow{ExprKind::kRecord, 0, kAnyNumber, true, false},
    KindRow{ExprKind::kContains, 2, 2, false, false},
    KindRow{ExprKind::kContainsAll, 2, 2, false, false},
    KindRow{ExprKind::kContainsAny, 2, 2, false, false},
    KindRow{ExprKind::kIsEmpty, 1, 1, false, false},
    KindRow{ExprKind::kHasTag, 2, 2, false, false},
    KindRow{ExprKind::kGetTag, 2, 2, false, false},
    KindRow{ExprKind::kCall, 0, kAnyNumber, false, false},
};

constexpr bool in_order() {
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds.at(i).kind != ExprKind(i)) {
      return false;
    }
  }
  return true;
}
static_assert(in_order());

const KindRow& row_of(ExprKind kind) {
  return kKinds.at(static_cast<size_t>(kind));
}

}  // namespace

std::string_view name_of(Variable variable) {
  constexpr std::array<std::string_view, 4> kNames{"principal", "action", "resource", "context"};
  return kNames.at(static_cast<size_t>(variable));
}

const Body::Node& Body::node(ExprId id) const {
  SALLY_CHECK(id < nodes_.size());
  return nodes_[id];
}

const Body::Node& Body::node(ExprId id, ExprKind kind) const {
  const Node& found = node(id);
  SALLY_CHECK(found.kind == kind);
  return found;
}

std::span<const ExprId> Body::operands(ExprId id) const {
  const Node& found = node(id);
  return std::span(operands_).subspan(found.first_operand, found.operand_count);
}

ExprId Body::operand(ExprId id, size_t index) const {
  const auto all = operands(id);
  SALLY_CHECK(index < all.size());
  return all[index];
}

std::span<const std::string> Body::names(ExprId id) const {
  const Node& found = node(id);
  SALLY_CHECK(row_of(found.kind).has_names);
  return std::span(names_).subspan(found.first_name, found.name_count);
}

const std::string& Body::text(ExprId id) const {
  const auto all = names(id);
  SALLY_CHECK(all.size() == 1);
  return all.front();
}

bool Body::boolean(ExprId id) const {
  return node(id, ExprKind::kBool).value != 0;
}

int64_t Body::number(ExprId id) const {
  return node(id, ExprKind::kLong).value;
}

const EntityUid& Body::entity(ExprId id) const {
  return entities_[static_cast<size_t>(node(id, ExprKind::kEntity).value)];
}

const Pattern& Body::pattern(ExprId id) const {
  return patterns_[static_cast<size_t>(node(id, ExprKind::kLike).value)];
}

Variable Body::variable(ExprId id) const {
  return static_cast<Variable>(node(id, ExprKind::kVariable).value);
}

Function Body::function(ExprId id) const {
  return static_cast<Function>(node(id, ExprKind::kCall).value);
}

std::optional<ExprId> Body::push(ExprKind kind, Span span, int64_t value,
                                 std::span<const ExprId> operands,
                                 std::span<const std::string> names) {
  if (nodes_.size() >= kMaxExprCount || operands.size() > kMaxExprCount - operands_.size() ||
      names.size() > kMaxExprCount - names_.size()) {
    return std::nullopt;
  }
  Node added{.kind = kind, .span = span, .value = value};
  for (const ExprId operand : operands) {
    added.height = std::max(added.height, node(operand).height + 1);
  }
  if (added.height > kMaxExprHeight) {
    return std::nullopt;
  }
  added.first_operand = static_cast<uint32_t>(operands_.size());
  added.operand_count = static_cast<uint32_t>(operands.size());
  added.first_name = static_cast<uint32_t>(names_.size());
  added.name_count = static_cast<uint32_t>(names.size());
  operands_.insert(operands_.end(), operands.begin(), operands.end());
  names_.insert(names_.end(), names.begin(), names.end());
  nodes_.push_back(added);
  return size() - 1;
}

std::optional<ExprId> Body::add(ExprKind kind, Span span, std::span<const ExprId> operands,
                                std::span<const std::string> names) {
  const KindRow& row = row_of(kind);
  SALLY_CHECK(operands.size() >= row.fewest);
  SALLY_CHECK(row.most == kAnyNumber || operands.size() <= row.most);
  SALLY_CHECK(row.has_names == !names.empty() || kind == ExprKind::kRecord);
  SALLY_CHECK(kind != ExprKind::kRecord || names.size() == operands.size());
  if (!row.is_chain || node(operands.front()).kind != kind) {
    return push(kind, span, 0, operands, names);
  }
  const auto taken = this->operands(operands.front());
  std::vector<ExprId> chain(taken.begin(), taken.end());
  chain.insert(chain.end(), operands.begin() + 1, operands.end());
  return push(kind, span, 0, chain, names);
}

std::optional<ExprId> Body::add_call(Function function, Span span,
                                     std::span<const ExprId> operands) {
  return push(ExprKind::kCall, span, static_cast<int64_t>(function), operands);
}

std::optional<ExprId> Body::add_like(Span span, ExprId operand, Pattern pattern) {
  const auto id =
      push(ExprKind::kLike, span, static_cast<int64_t>(patterns_.size()), {&operand, 1});
  if (id) {
    patterns_.push_back(std::move(pattern));
  }
  return id;
}

std::optional<ExprId> Body::add_bool(Span span, bool value) {
  return push(ExprKind::kBool, span, value ? 1 : 0);
}

std::optional<ExprId> Body::add_long(Span span, int64_t value) {
  return push(ExprKind::kLong, span, value);
}

std::optional<ExprId> Body::add_string(Span span, std::string value) {
  return push(ExprKind::kString, span, 0, {}, {&value, 1});
}

std::optional<ExprId> Body::add_entity(Span span, EntityUid value) {
  const auto id = push(ExprKind::kEntity, span, static_cast<int64_t>(entities_.size()));
  if (id) {
    entities_.push_back(std::move(value));
  }
  return id;
}

std::optional<ExprId> Body::add_variable(Span span, Variable value) {
  return push(ExprKind::kVariable, span, static_cast<int64_t>(value));
}

bool same_expression(const Body& a, ExprId id_a, const Body& b, ExprId id_b) {
  const ExprKind kind = a.kind(id_a);
  const auto left = a.operands(id_a);
  const auto right = b.operands(id_b);
  if (kind != b.kind(id_b) || left.size() != right.size() || a.height(id_a) != b.height(id_b)) {
    return false;
  }
  if (row_of(kind).has_names && !std::ranges::equal(a.names(id_a), b.names(id_b))) {
    return false;
  }
  const bool same_value = (kind != ExprKind::kBool || a.boolean(id_a) == b.boolean(id_b)) &&
                          (kind != ExprKind::kLong || a.number(id_a) == b.number(id_b)) &&
                          (kind != ExprKind::kEntity || a.entity(id_a) == b.entity(id_b)) &&
                          (kind != ExprKind::kVariable || a.variable(id_a) == b.variable(id_b)) &&
                          (kind != ExprKind::kLike || a.pattern(id_a) == b.pattern(id_b)) &&
                          (kind != ExprKind::kCall || a.function(id_a) == b.function(id_b));
  return same_value && std::ranges::equal(left, right, [&](ExprId x, ExprId y) {
           return same_expression(a, x, b, y);
         });
}

namespace {

bool same_scope(const ScopeConstraint& a, const ScopeConstraint& b) {
  return a.kind == b.kind && a.slot == b.slot && a.entity == b.entity && a.type == b.type;
}

}  // namespace

const Annotation* Policy::annotation(std::string_view name) const {
  const auto found = std::ranges::find(annotations, name, &Annotation::name);
  return found == annotations.end() ? nullptr : &*found;
}

bool same_policy(const Policy& a, const Policy& b) {
  return a.effect == b.effect && same_scope(a.principal, b.principal) &&
         same_scope(a.resource, b.resource) && a.action.kind == b.action.kind &&
         a.action.entities == b.action.entities &&
         std::ranges::equal(a.annotations, b.annotations,
                            [](const Annotation& x, const Annotation& y) {
                              return x.name == y.name && x.value == y.value;
                            }) &&
         std::ranges::equal(
             a.conditions, b.conditions, [&](const Condition& x, const Condition& y) {
               return x.kind == y.kind && same_expression(a.body, x.expr, b.body, y.expr);
             });
}

}  // namespace sally::cedar
