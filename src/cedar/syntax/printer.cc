#include "cedar/syntax/printer.h"

#include <fmt/format.h>

#include "base/check.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/operators.h"

namespace sally::cedar {
namespace {

// How tightly an expression holds together, from the grammar.
enum class Binding : uint8_t { kIf, kOr, kAnd, kRelation, kSum, kProduct, kUnary, kMember };

Binding binding_of(const Body& body, ExprId id) {
  switch (body.kind(id)) {
    case ExprKind::kIf:
      return Binding::kIf;
    case ExprKind::kOr:
      return Binding::kOr;
    case ExprKind::kAnd:
      return Binding::kAnd;
    case ExprKind::kIs:
    case ExprKind::kIsIn:
    case ExprKind::kHas:
    case ExprKind::kLike:
      return Binding::kRelation;
    case ExprKind::kAdd:
    case ExprKind::kSub:
      return Binding::kSum;
    case ExprKind::kMul:
      return Binding::kProduct;
    case ExprKind::kNot:
    case ExprKind::kNegate:
      return Binding::kUnary;
    case ExprKind::kLong:
      return body.number(id) < 0 ? Binding::kUnary : Binding::kMember;
    case ExprKind::kEq:
    case ExprKind::kNotEq:
    case ExprKind::kLess:
    case ExprKind::kLessEq:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEq:
    case ExprKind::kIn:
      return Binding::kRelation;
    case ExprKind::kBool:
    case ExprKind::kString:
    case ExprKind::kEntity:
    case ExprKind::kVariable:
    case ExprKind::kGet:
    case ExprKind::kSet:
    case ExprKind::kRecord:
    case ExprKind::kCall:
    case ExprKind::kContains:
    case ExprKind::kContainsAll:
    case ExprKind::kContainsAny:
    case ExprKind::kIsEmpty:
    case ExprKind::kHasTag:
    case ExprKind::kGetTag:
      return Binding::kMember;
  }
  SALLY_CHECK(false);
}

// What the operands of an infix operator bind at least.
struct Operands {
  Binding first;
  Binding others;
};
Operands operands_of(Binding infix) {
  switch (infix) {
    case Binding::kOr:
      return {Binding::kAnd, Binding::kAnd};
    case Binding::kAnd:
      return {Binding::kRelation, Binding::kRelation};
    case Binding::kSum:
      return {Binding::kSum, Binding::kProduct};
    case Binding::kProduct:
      return {Binding::kProduct, Binding::kUnary};
    case Binding::kIf:
    case Binding::kRelation:
    case Binding::kUnary:
    case Binding::kMember:
      return {Binding::kSum, Binding::kSum};
  }
  SALLY_CHECK(false);
}

constexpr uint32_t kMostUnary = 4;  // `!!!!x`

class Printer {
 public:
  Printer(const Body& body, std::string& out) : body_(body), out_(out) {}

  void print(ExprId id) {
    switch (body_.kind(id)) {
      case ExprKind::kBool:
        out_ += body_.boolean(id) ? "true" : "false";
        return;
      case ExprKind::kLong:
        out_ += fmt::format("{}", body_.number(id));
        return;
      case ExprKind::kString:
        out_ += quoted(std::string_view(body_.text(id)));
        return;
      case ExprKind::kEntity:
        out_ += quoted(body_.entity(id));
        return;
      case ExprKind::kVariable:
        out_ += name_of(body_.variable(id));
        return;
      case ExprKind::kNot:
      case ExprKind::kNegate:
        return print_unary(id);
      case ExprKind::kIf:
        return print_if(id);
      case ExprKind::kIs:
      case ExprKind::kIsIn:
        return print_is(id);
      case ExprKind::kHas:
        return print_has(id);
      case ExprKind::kGet:
        return print_get(id);
      case ExprKind::kLike:
        print_operand(body_.operand(id, 0), Binding::kSum);
        out_ += " like " + quoted(body_.pattern(id));
        return;
      case ExprKind::kSet:
        return print_list('[', body_.operands(id), ']');
      case ExprKind::kRecord:
        return print_record(id);
      case ExprKind::kCall:
        return print_call(id);
      case ExprKind::kAnd:
      case ExprKind::kOr:
      case ExprKind::kAdd:
      case ExprKind::kSub:
      case ExprKind::kMul:
      case ExprKind::kEq:
      case ExprKind::kNotEq:
      case ExprKind::kLess:
      case ExprKind::kLessEq:
      case ExprKind::kGreater:
      case ExprKind::kGreaterEq:
      case ExprKind::kIn:
        return print_infix(id, find_operator(body_.kind(id))->text);
      case ExprKind::kContains:
      case ExprKind::kContainsAll:
      case ExprKind::kContainsAny:
      case ExprKind::kIsEmpty:
      case ExprKind::kHasTag:
      case ExprKind::kGetTag:
        return print_method(id, find_operator(body_.kind(id))->text);
    }
  }

 private:
  // In parentheses where it binds less than `least`.
  void print_operand(ExprId id, Binding least) {
    if (binding_of(body_, id) >= least) {
      print(id);
    } else {
      print_in_parens(id);
    }
  }

  void print_in_parens(ExprId id) {
    out_ += '(';
    print(id);
    out_ += ')';
  }

  void print_infix(ExprId id, std::string_view sign) {
    const auto least = operands_of(binding_of(body_, id));
    const auto operands = body_.operands(id);
    print_operand(operands.front(), least.first);
    for (const ExprId operand : operands.subspan(1)) {
      out_ += fmt::format(" {} ", sign);
      print_operand(operand, least.others);
    }
  }

  // A run of one sign, as long as the grammar lets it be. A number behind `-` would become a
  // negative literal.
  void print_unary(ExprId id) {
    const ExprKind kind = body_.kind(id);
    for (uint32_t signs = 1;; ++signs) {
      out_ += kind == ExprKind::kNot ? '!' : '-';
      id = body_.operand(id, 0);
      if (body_.kind(id) != kind) {
        break;
      }
      if (signs == kMostUnary) {
        print_in_parens(id);
        return;
      }
    }
    if (kind == ExprKind::kNegate && body_.kind(id) == ExprKind::kLong) {
      print_in_parens(id);
    } else {
      print_operand(id, Binding::kMember);
    }
  }

  void print_if(ExprId id) {
    out_ += "if ";
    print(body_.operand(id, 0));
    out_ += " then ";
    print(body_.operand(id, 1));
    out_ += " else ";
    print(body_.operand(id, 2));
  }

  void print_is(ExprId id) {
    print_operand(body_.operand(id, 0), Binding::kSum);
    out_ += " is " + body_.text(id);
    if (body_.kind(id) == ExprKind::kIsIn) {
      out_ += " in ";
      print_operand(body_.operand(id, 1), Binding::kSum);
    }
  }

  void print_has(ExprId id) {
    print_operand(body_.operand(id, 0), Binding::kSum);
    out_ += " has ";
    const auto path = body_.names(id);
    if (path.size() == 1) {
      print_name(path.front());
      return;
    }
    std::string_view between;
    for (const std::string& name : path) {
      out_ += between;
      out_ += name;
      between = ".";
    }
  }

  void print_get(ExprId id) {
    print_operand(body_.operand(id, 0), Binding::kMember);
    const std::string& name = body_.text(id);
    out_ += is_identifier(name) ? "." + name : fmt::format("[{}]", quoted(std::string_view(name)));
  }

  void print_name(const std::string& name) {
    out_ += is_identifier(name) ? name : quoted(std::string_view(name));
  }

  void print_list(char open, std::span<const ExprId> elements, char close) {
    out_ += open;
    std::string_view between;
    for (const ExprId element : elements) {
      out_ += between;
      print(element);
      between = ", ";
    }
    out_ += close;
  }

  void print_record(ExprId id) {
    const auto names = body_.names(id);
    const auto values = body_.operands(id);
    out_ += '{';
    for (size_t i = 0; i < names.size(); ++i) {
      out_ += i == 0 ? "" : ", ";
      print_name(names[i]);
      out_ += ": ";
      print(values[i]);
    }
    out_ += '}';
  }

  void print_method(ExprId id, std::string_view name) {
    print_operand(body_.operand(id, 0), Binding::kMember);
    out_ += '.';
    out_ += name;
    print_list('(', body_.operands(id).subspan(1), ')');
  }

  void print_call(ExprId id) {
    const FunctionRow& row = row_of(body_.function(id));
    if (row.is_method) {
      print_method(id, row.name);
      return;
    }
    out_ += row.name;
    print_list('(', body_.operands(id), ')');
  }

  const Body& body_;
  std::string& out_;
};

std::string scope_text(std::string_view variable, const ScopeConstraint& constraint) {
  using Kind = ScopeConstraint::Kind;
  const std::string entity =
      constraint.slot ? fmt::format("?{}", variable) : quoted(constraint.entity);
  switch (constraint.kind) {
    case Kind::kAny:
      return std::string(variable);
    case Kind::kEq:
      return fmt::format("{} == {}", variable, entity);
    case Kind::kIn:
      return fmt::format("{} in {}", variable, entity);
    case Kind::kIs:
      return fmt::format("{} is {}", variable, constraint.type);
    case Kind::kIsIn:
      return fmt::format("{} is {} in {}", variable, constraint.type, entity);
  }
  SALLY_CHECK(false);
}

std::string action_text(const ActionConstraint& constraint) {
  using Kind = ActionConstraint::Kind;
  std::string list;
  for (const EntityUid& entity : constraint.entities) {
    list += list.empty() ? "" : ", ";
    list += quoted(entity);
  }
  switch (constraint.kind) {
    case Kind::kAny:
      return "action";
    case Kind::kEq:
      return fmt::format("action == {}", list);
    case Kind::kIn:
      return fmt::format("action in {}", list);
    case Kind::kInList:
      return fmt::format("action in [{}]", list);
  }
  SALLY_CHECK(false);
}

}  // namespace

std::string to_cedar(const Body& body, ExprId id) {
  std::string out;
  Printer(body, out).print(id);
  return out;
}

std::string to_cedar(const Policy& policy) {
  std::string out;
  for (const Annotation& annotation : policy.annotations) {
    out += annotation.value ? fmt::format("@{}({})\n", annotation.name,
                                          quoted(std::string_view(*annotation.value)))
                            : fmt::format("@{}\n", annotation.name);
  }
  out += fmt::format("{} ({}, {}, {})", policy.effect == Effect::kPermit ? "permit" : "forbid",
                     scope_text("principal", policy.principal), action_text(policy.action),
                     scope_text("resource", policy.resource));
  for (const Condition& condition : policy.conditions) {
    out += condition.kind == Condition::Kind::kWhen ? "\nwhen { " : "\nunless { ";
    Printer(policy.body, out).print(condition.expr);
    out += " }";
  }
  return out + ";\n";
}

std::string to_cedar(const PolicySet& set) {
  std::string out;
  for (const auto list : {set.policies(), set.templates()}) {
    for (const Policy& policy : list) {
      out += out.empty() ? "" : "\n";
      out += to_cedar(policy);
    }
  }
  return out;
}

}  // namespace sally::cedar
