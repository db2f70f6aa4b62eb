#include "cedar/explain/reason.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

struct Words {
  std::string_view yes;
  std::string_view no;

  [[nodiscard]] std::string_view of(bool value) const { return value ? yes : no; }
};

struct KindRow {
  ExprKind kind;
  Words words;
  std::string_view opposite;
};
// Tests of two operands.
constexpr std::array kKinds{
    KindRow{ExprKind::kEq, {"is", "is not"}, "!="},
    KindRow{ExprKind::kNotEq, {"is not", "is"}, "=="},
    KindRow{ExprKind::kLess, {"is below", "is not below"}, ">="},
    KindRow{ExprKind::kLessEq, {"is at most", "is above"}, ">"},
    KindRow{ExprKind::kGreater, {"is above", "is not above"}, "<="},
    KindRow{ExprKind::kGreaterEq, {"is at least", "is below"}, "<"},
    KindRow{ExprKind::kIn, {"is in", "is not in"}, {}},
    KindRow{ExprKind::kIsIn, {"is in", "is not in"}, {}},
    KindRow{ExprKind::kContains, {"contains", "does not contain"}, {}},
    KindRow{ExprKind::kContainsAll, {"contains all of", "does not contain all of"}, {}},
    KindRow{ExprKind::kContainsAny, {"contains one of", "contains none of"}, {}},
    KindRow{ExprKind::kHasTag, {"has the tag", "does not have the tag"}, {}},
};

struct FunctionWords {
  Function function;
  Words words;
};
constexpr std::array kFunctions{
    FunctionWords{Function::kLessThan, {"is below", "is not below"}},
    FunctionWords{Function::kLessThanOrEqual, {"is at most", "is above"}},
    FunctionWords{Function::kGreaterThan, {"is above", "is not above"}},
    FunctionWords{Function::kGreaterThanOrEqual, {"is at least", "is below"}},
    FunctionWords{Function::kIsInRange, {"is in the range", "is not in the range"}},
    FunctionWords{Function::kIsIpv4, {"is an IPv4 address", "is no IPv4 address"}},
    FunctionWords{Function::kIsIpv6, {"is an IPv6 address", "is no IPv6 address"}},
    FunctionWords{Function::kIsLoopback, {"is a loopback address", "is no loopback address"}},
    FunctionWords{Function::kIsMulticast, {"is a multicast address", "is no multicast address"}},
};

const KindRow* row_of(ExprKind kind) {
  const auto* const row = std::ranges::find(kKinds, kind, &KindRow::kind);
  return row == kKinds.end() ? nullptr : row;
}

// Writes one sentence.
class Sentence {
 public:
  Sentence(const Body& body, const ExprTexts& texts, const WatchedRun& run, size_t limit)
      : body_(body), texts_(texts), run_(run), limit_(limit) {}

  std::string of(ExprId id, bool value);

 private:
  // What it is called, and its value where that is not what it says.
  std::string operand(ExprId id) {
    const Cell* value = run_.value(id);
    std::string out = texts_(id);
    return texts_.varies(id) && value != nullptr ? out + " " + show(*value, limit_) : out;
  }
  std::string relation(ExprId id, std::string_view words) {
    const auto operands = body_.operands(id);
    return operands.size() == 2
               ? fmt::format("{} {} {}", operand(operands[0]), words, operand(operands[1]))
               : fmt::format("{} {}", operand(operands[0]), words);
  }
  std::string has(ExprId id, bool value);
  std::string is_of_type(ExprId id, bool value) {
    return fmt::format("{} {} {}", operand(body_.operand(id, 0)),
                       value ? "is of type" : "is not of type", printable(body_.text(id), limit_));
  }

  const Body& body_;
  const ExprTexts& texts_;
  const WatchedRun& run_;
  const size_t limit_;
};

std::string Sentence::has(ExprId id, bool value) {
  const ExprId holder = body_.operand(id, 0);
  const Cell* cell = run_.value(holder);
  // Of a record what it has would be the whole of it.
  const bool shown = cell != nullptr && cell->kind == ValueKind::kEntity;
  return fmt::format("{} has {}`{}`", shown ? operand(holder) : texts_(holder), value ? "" : "no ",
                     printable(fmt::format("{}", fmt::join(body_.names(id), ".")), limit_));
}

std::string Sentence::of(ExprId id, bool value) {
  const ExprKind kind = body_.kind(id);
  // The second operand is not evaluated where the type is another.
  if (kind == ExprKind::kIsIn && run_.value(body_.operand(id, 1)) == nullptr) {
    return is_of_type(id, value);
  }
  if (const KindRow* row = row_of(kind)) {
    return relation(id, row->words.of(value));
  }
  if (kind == ExprKind::kIs) {
    return is_of_type(id, value);
  }
  if (kind == ExprKind::kHas) {
    return has(id, value);
  }
  if (kind == ExprKind::kLike) {
    return fmt::format("{} {} {}", operand(body_.operand(id, 0)), value ? "is like" : "is not like",
                       printable(quoted(body_.pattern(id)), limit_));
  }
  if (kind == ExprKind::kIsEmpty) {
    return relation(id, value ? "is empty" : "is not empty");
  }
  if (kind == ExprKind::kCall && !body_.operands(id).empty()) {
    const auto* const row =
        std::ranges::find(kFunctions, body_.function(id), &FunctionWords::function);
    if (row != kFunctions.end()) {
      return relation(id, row->words.of(value));
    }
  }
  return fmt::format("{} is {}", texts_(id), value);
}

}  // namespace

std::string reason_of(const Body& body, const ExprTexts& texts, const WatchedRun& run, ExprId id,
                      size_t limit) {
  const Cell* value = run.value(id);
  SALLY_CHECK(value != nullptr && value->kind == ValueKind::kBool);
  return Sentence(body, texts, run, limit).of(id, value->number != 0);
}

std::string reason_of(Variable variable, const ScopeConstraint& constraint, const EntityUid& uid,
                      bool holds, size_t limit) {
  using Kind = ScopeConstraint::Kind;
  const std::string subject = fmt::format("{} {}", name_of(variable), show(uid, limit));
  if (constraint.kind == Kind::kAny) {
    return {};
  }
  if (constraint.kind == Kind::kIs ||
      (constraint.kind == Kind::kIsIn && uid.type != constraint.type)) {
    return fmt::format("{} {} {}", subject, holds ? "is of type" : "is not of type",
                       printable(constraint.type, limit));
  }
  const Words words =
      constraint.kind == Kind::kEq ? Words{"is", "is not"} : Words{"is in", "is not in"};
  return fmt::format("{} {} {}", subject, words.of(holds), show(constraint.entity, limit));
}

std::string reason_of(const ActionConstraint& constraint, const EntityUid& uid, bool holds,
                      size_t limit) {
  using Kind = ActionConstraint::Kind;
  if (constraint.kind == Kind::kAny) {
    return {};
  }
  const Words words =
      constraint.kind == Kind::kEq ? Words{"is", "is not"} : Words{"is in", "is not in"};
  const std::string_view variable = "action ";
  std::string wanted = show(constraint, limit);
  wanted.erase(0, wanted.find(' ', variable.size()) + 1);
  return fmt::format("{}{} {} {}", variable, show(uid, limit), words.of(holds), wanted);
}

std::string_view opposite_of(ExprKind kind) {
  const KindRow* row = row_of(kind);
  return row == nullptr ? std::string_view() : row->opposite;
}

}  // namespace sally::cedar
