#include "cedar/syntax/normal_form.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "cedar/syntax/copy.h"

namespace sally::cedar {
namespace {

class Normalizer {
 public:
  Normalizer(const Body& from, Body& to) : from_(from), to_(to) {}

  std::optional<ExprId> copy(ExprId id) {
    std::vector<ExprId> operands;
    for (const ExprId operand : from_.operands(id)) {
      const auto copied = copy(operand);
      if (!copied) {
        return std::nullopt;
      }
      operands.push_back(*copied);
    }
    if (from_.kind(id) == ExprKind::kRecord) {
      return copy_record(id, operands);
    }
    if (from_.kind(id) == ExprKind::kHas) {
      return copy_has(id, operands.front());
    }
    return copy_node(from_, id, to_, operands);
  }

 private:
  std::optional<ExprId> copy_record(ExprId id, std::span<const ExprId> values) {
    const auto names = from_.names(id);
    std::vector<size_t> order(names.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](size_t i) { return std::string_view(names[i]); });
    std::vector<std::string> sorted_names;
    std::vector<ExprId> sorted_values;
    for (const size_t i : order) {
      sorted_names.push_back(names[i]);
      sorted_values.push_back(values[i]);
    }
    return to_.add(ExprKind::kRecord, from_.span(id), sorted_values, sorted_names);
  }

  std::optional<ExprId> copy_has(ExprId id, ExprId operand) {
    const Span span = from_.span(id);
    std::vector<ExprId> steps;
    std::optional<ExprId> inner = operand;
    for (const std::string& name : from_.names(id)) {
      const auto step =
          inner ? to_.add(ExprKind::kHas, span, std::array{*inner}, {&name, 1}) : std::nullopt;
      if (!step) {
        return std::nullopt;
      }
      steps.push_back(*step);
      inner = to_.add(ExprKind::kGet, span, std::array{*inner}, {&name, 1});
    }
    return steps.size() == 1 ? steps.front() : to_.add(ExprKind::kAnd, span, steps);
  }

  const Body& from_;
  Body& to_;
};

}  // namespace

std::optional<Policy> normal_form(const Policy& policy) {
  Policy out = policy;
  out.body = Body();
  Normalizer normalizer(policy.body, out.body);
  for (Condition& condition : out.conditions) {
    const auto copied = normalizer.copy(condition.expr);
    if (!copied) {
      return std::nullopt;
    }
    condition.expr = *copied;
  }
  std::ranges::sort(out.annotations, {}, &Annotation::name);
  for (Annotation& annotation : out.annotations) {
    annotation.value = annotation.value.value_or(std::string());
  }
  if (out.action.kind == ActionConstraint::Kind::kInList && out.action.entities.size() == 1) {
    out.action.kind = ActionConstraint::Kind::kIn;
  }
  return out;
}

bool same_normal_form(const Policy& a, const Policy& b) {
  const auto left = normal_form(a);
  const auto right = normal_form(b);
  return left && right && same_policy(*left, *right);
}

}  // namespace sally::cedar
