#include "cedar/explain/remedy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cedar/explain/reason.h"
#include "cedar/syntax/operators.h"

namespace sally::cedar {
namespace {

constexpr size_t kMostTests = 4;     // that would have to change
constexpr size_t kMostTold = 8;      // with what else is said of the same attributes
constexpr size_t kMostUnits = 1000;  // of one policy that are looked through for that
constexpr size_t kMostPaths = 32;    // in one test

// A part of a clause that must have this value for the clause to hold: clauses, and what `&&`
// joins in them, taken apart.
struct Unit {
  ExprId id = 0;
  bool wanted = true;
};

// Written without parentheses wherever it stands.
bool binds_tightest(ExprKind kind) {
  const OperatorRow* row = find_operator(kind);
  return row == nullptr
             ? kind == ExprKind::kGet || kind == ExprKind::kVariable || kind == ExprKind::kCall ||
                   kind == ExprKind::kBool || kind == ExprKind::kLong ||
                   kind == ExprKind::kString || kind == ExprKind::kEntity ||
                   kind == ExprKind::kSet || kind == ExprKind::kRecord
             : row->notation == Notation::kMethod;
}

class Remedy {
 public:
  Remedy(WatchedRun& run, const Policy& policy, const ExprTexts& texts)
      : run_(run), policy_(policy), body_(policy.body), texts_(texts) {}

  Result<std::vector<std::string>> to_apply();
  std::vector<std::string> not_to_apply();

 private:
  // Whether its operands all have to have the value that `unit` is to have.
  [[nodiscard]] bool is_conjunction(const Unit& unit) const {
    return body_.kind(unit.id) == (unit.wanted ? ExprKind::kAnd : ExprKind::kOr);
  }
  // Needs no parentheses beside a comparison.
  [[nodiscard]] bool is_plain(ExprId id) const {
    const ExprKind kind = body_.kind(id);
    return binds_tightest(kind) || kind == ExprKind::kAdd || kind == ExprKind::kSub ||
           kind == ExprKind::kMul;
  }
  [[nodiscard]] Unit within_nots(Unit unit) const {
    while (body_.kind(unit.id) == ExprKind::kNot) {
      unit = {body_.operand(unit.id, 0), !unit.wanted};
    }
    return unit;
  }
  [[nodiscard]] bool has(const Unit& unit) const {
    const Cell* value = run_.value(unit.id);
    return value != nullptr && value->kind == ValueKind::kBool &&
           (value->number != 0) == unit.wanted;
  }
  // The first unit that stands in the way of `whole`.
  [[nodiscard]] std::optional<Unit> obstacle(const Unit& whole) const;
  // All units of `whole`, also those that were not evaluated.
  void collect(const Unit& whole, std::vector<Unit>& out) const;
  // The longest paths in it: `context.hour`, `principal`.
  void paths(ExprId id, std::set<std::string>& out) const;
  [[nodiscard]] std::optional<std::string> text(const Unit& unit) const;
  [[nodiscard]] static bool related(const std::set<std::string>& a, const std::set<std::string>& b);

  WatchedRun& run_;
  const Policy& policy_;
  const Body& body_;
  const ExprTexts& texts_;
};

std::optional<Unit> Remedy::obstacle(const Unit& whole) const {
  Unit at = within_nots(whole);
  while (is_conjunction(at)) {
    const auto operands = body_.operands(at.id);
    const auto found =
        std::ranges::find_if(operands, [&](ExprId operand) { return !has({operand, at.wanted}); });
    if (found == operands.end()) {
      return std::nullopt;
    }
    at = within_nots({*found, at.wanted});
  }
  return texts_.varies(at.id) ? std::optional(at) : std::nullopt;
}

// Recursion ends at kMaxExprHeight.
void Remedy::collect(const Unit& whole, std::vector<Unit>& out) const {
  const Unit at = within_nots(whole);
  if (!is_conjunction(at)) {
    if (out.size() <= kMostUnits) {
      out.push_back(at);
    }
    return;
  }
  for (const ExprId operand : body_.operands(at.id)) {
    collect({operand, at.wanted}, out);
  }
}

void Remedy::paths(ExprId id, std::set<std::string>& out) const {
  if (out.size() > kMostPaths) {
    return;
  }
  const ExprKind kind = body_.kind(id);
  if (kind == ExprKind::kVariable || kind == ExprKind::kGet || kind == ExprKind::kHas) {
    if (auto text = texts_.whole(id)) {
      // `context has hour` and `context.hour` are about the same.
      if (const size_t has = text->find(" has "); kind == ExprKind::kHas && has != text->npos) {
        text->replace(has, 5, ".");
      }
      out.insert(*std::move(text));
      return;
    }
  }
  for (const ExprId operand : body_.operands(id)) {
    paths(operand, out);
  }
}

bool Remedy::related(const std::set<std::string>& a, const std::set<std::string>& b) {
  return b.size() > kMostPaths || std::ranges::any_of(a, [&](const std::string& x) {
           return std::ranges::any_of(
               b, [&](const std::string& y) { return x.starts_with(y) || y.starts_with(x); });
         });
}

std::optional<std::string> Remedy::text(const Unit& unit) const {
  const ExprKind kind = body_.kind(unit.id);
  const bool flips = !opposite_of(kind).empty() && is_plain(body_.operand(unit.id, 0)) &&
                     is_plain(body_.operand(unit.id, 1));
  if (unit.wanted || !flips) {
    auto out = texts_.whole(unit.id);
    if (!out.has_value() || unit.wanted) {
      return out;
    }
    return binds_tightest(kind) ? "!" + *out : fmt::format("!({})", *out);
  }
  const auto left = texts_.whole(body_.operand(unit.id, 0));
  const auto right = texts_.whole(body_.operand(unit.id, 1));
  if (!left.has_value() || !right.has_value()) {
    return std::nullopt;
  }
  return fmt::format("{} {} {}", *left, opposite_of(kind), *right);
}

Result<std::vector<std::string>> Remedy::to_apply() {
  std::map<ExprId, bool> assumed;
  std::vector<Unit> needed;
  for (;;) {
    TRY(const WatchedProgram program, compile_watched(body_, policy_.conditions, assumed));
    const ConditionsOutcome outcome = run_conditions(run_, policy_, program);
    if (outcome.apply()) {
      break;
    }
    const Condition& condition = policy_.conditions[outcome.clauses.size() - 1];
    const auto unit = obstacle({condition.expr, condition.kind == Condition::Kind::kWhen});
    if (!unit.has_value() || assumed.contains(unit->id) || needed.size() == kMostTests) {
      return std::vector<std::string>();
    }
    assumed.emplace(unit->id, unit->wanted);
    needed.push_back(*unit);
  }
  std::set<std::string> changed;
  for (const Unit& unit : needed) {
    paths(unit.id, changed);
  }
  if (changed.size() > kMostPaths) {
    return std::vector<std::string>();
  }
  std::vector<Unit> all;
  for (const Condition& condition : policy_.conditions) {
    collect({condition.expr, condition.kind == Condition::Kind::kWhen}, all);
  }
  std::vector<std::string> out;
  for (const Unit& unit : all) {
    std::set<std::string> mentioned;
    if (!assumed.contains(unit.id)) {
      paths(unit.id, mentioned);
    }
    if (!assumed.contains(unit.id) && !related(changed, mentioned)) {
      continue;
    }
    auto told = text(unit);
    if (!told.has_value() || out.size() == kMostTold || all.size() > kMostUnits) {
      return std::vector<std::string>();
    }
    if (std::ranges::find(out, *told) == out.end()) {
      out.push_back(*std::move(told));
    }
  }
  return out;
}

std::vector<std::string> Remedy::not_to_apply() {
  std::vector<std::string> out;
  if (policy_.conditions.size() != 1) {
    return out;
  }
  const Condition& condition = policy_.conditions.front();
  const Unit unit = within_nots({condition.expr, condition.kind != Condition::Kind::kWhen});
  if (!texts_.varies(unit.id)) {
    return out;
  }
  if (auto told = text(unit)) {
    out.push_back(*std::move(told));
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> needed_to_apply(WatchedRun& run, const Policy& policy,
                                                 const ExprTexts& texts) {
  return Remedy(run, policy, texts).to_apply();
}

std::vector<std::string> needed_not_to_apply(WatchedRun& run, const Policy& policy,
                                             const ExprTexts& texts) {
  return Remedy(run, policy, texts).not_to_apply();
}

}  // namespace sally::cedar
