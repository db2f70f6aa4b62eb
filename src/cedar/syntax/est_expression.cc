#include "cedar/syntax/est_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/operators.h"

namespace sally::cedar {

using formats::JsonType;
using formats::JsonValue;

namespace {

constexpr std::array<std::string_view, 1> kUnaryMembers{"arg"};
constexpr std::array<std::string_view, 2> kBinaryMembers{"left", "right"};
constexpr std::array<std::string_view, 2> kAttributeMembers{"left", "attr"};
constexpr std::array<std::string_view, 2> kLikeMembers{"left", "pattern"};
constexpr std::array<std::string_view, 3> kIsMembers{"left", "entity_type", "in"};
constexpr std::array<std::string_view, 3> kIfMembers{"if", "then", "else"};
constexpr std::array<std::string_view, 1> kLiteralMembers{"Literal"};
constexpr std::string_view kEntityEscape = "__entity";
constexpr std::array<std::string_view, 1> kExtensionEscape{"__extn"};
constexpr std::array<std::string_view, 3> kExtensionMembers{"fn", "arg", "args"};

// The only member of an object; nullopt where it is none, or has another number.
std::optional<JsonValue> only_member(const JsonValue& value) {
  return value.is_object() && value.size() == 1 ? std::optional(*value.begin()) : std::nullopt;
}

bool is_chain(ExprKind kind) {
  return kind == ExprKind::kAnd || kind == ExprKind::kOr || kind == ExprKind::kAdd ||
         kind == ExprKind::kSub || kind == ExprKind::kMul;
}

}  // namespace

std::optional<ExprId> EstExpressionReader::checked(Maybe added, const JsonValue& at) {
  if (!added) {
    return shapes_.fail(
        at, "the expression is too deep or too large",
        fmt::format("at most {} levels and {} parts", kMaxExprHeight, kMaxExprCount));
  }
  return added;
}

std::optional<ExprId> EstExpressionReader::add(ExprKind kind, const JsonValue& at,
                                               std::span<const ExprId> operands,
                                               std::span<const std::string> names) {
  return checked(body_.add(kind, EstShapes::span_of(at), operands, names), at);
}

std::optional<ExprId> EstExpressionReader::read(const JsonValue& value) {
  const auto op = only_member(value);
  if (!op) {
    return shapes_.fail(value,
                        fmt::format("expected an expression, found {}",
                                    value.is_object() ? fmt::format("{} members", value.size())
                                                      : std::string(name_of(value.type()))),
                        "an expression is an object with one member, its operator");
  }
  if (depth_ == kMaxExprHeight) {
    return checked(std::nullopt, value);
  }
  ++depth_;
  const auto read = read_operator(op->name(), *op);
  --depth_;
  return read;
}

std::optional<ExprId> EstExpressionReader::read_operator(std::string_view op,
                                                         const JsonValue& value) {
  struct Row {
    std::string_view op;
    Reader reader;
  };
  static constexpr std::array kReaders{
      Row{"Value", &EstExpressionReader::read_value},
      Row{"Var", &EstExpressionReader::read_variable},
      Row{"if-then-else", &EstExpressionReader::read_if},
      Row{".", &EstExpressionReader::read_get},
      Row{"has", &EstExpressionReader::read_has},
      Row{"is", &EstExpressionReader::read_is},
      Row{"like", &EstExpressionReader::read_like},
      Row{"Set", &EstExpressionReader::read_set},
      Row{"Record", &EstExpressionReader::read_record},
  };
  const auto* const row = std::ranges::find(kReaders, op, &Row::op);
  if (row != kReaders.end()) {
    return (this->*row->reader)(value);
  }
  if (op == "!" || op == "neg") {
    return read_unary(op == "!" ? ExprKind::kNot : ExprKind::kNegate, value);
  }
  if (const OperatorRow* const known = find_operator(op)) {
    return known->operands == 1 ? read_unary(known->kind, value)
                                : read_binary(known->kind, op, value);
  }
  if (op == "Slot") {
    return shapes_.fail(value, "a slot stands in a condition", "slots stand in the scope only");
  }
  return read_call(op, value);
}

std::optional<ExprId> EstExpressionReader::read_member(const JsonValue& object,
                                                       std::string_view name) {
  const auto found = shapes_.member(object, name);
  return found ? read(*found) : std::nullopt;
}

std::optional<ExprId> EstExpressionReader::read_unary(ExprKind kind, const JsonValue& value) {
  if (!shapes_.object(value, "an operator of one operand", kUnaryMembers)) {
    return std::nullopt;
  }
  const auto operand = read_member(value, "arg");
  return operand ? add(kind, value, std::array{*operand}) : std::nullopt;
}

// A chain comes nested on its left, as deep as it is long: that side is walked, not recursed into.
std::optional<ExprId> EstExpressionReader::read_binary(ExprKind kind, std::string_view op,
                                                       const JsonValue& value) {
  std::vector<JsonValue> levels;  // from the outermost
  std::optional<JsonValue> next = value;
  while (next) {
    if (!shapes_.object(*next, "an operator of two operands", kBinaryMembers)) {
      return std::nullopt;
    }
    levels.push_back(*next);
    const auto left = next->find("left");
    const auto inner = left ? only_member(*left) : std::nullopt;
    next = is_chain(kind) && inner && inner->name() == op ? inner : std::nullopt;
  }
  std::vector<ExprId> operands;
  const auto first = read_member(levels.back(), "left");
  if (!first) {
    return std::nullopt;
  }
  operands.push_back(*first);
  for (size_t i = levels.size(); i > 0; --i) {
    const auto operand = read_member(levels[i - 1], "right");
    if (!operand) {
      return std::nullopt;
    }
    operands.push_back(*operand);
  }
  return add(kind, value, operands);
}

std::optional<ExprId> EstExpressionReader::read_if(const JsonValue& value) {
  if (!shapes_.object(value, "`if-then-else`", kIfMembers)) {
    return std::nullopt;
  }
  std::vector<ExprId> operands;
  for (const std::string_view name : kIfMembers) {
    const auto operand = read_member(value, name);
    if (!operand) {
      return std::nullopt;
    }
    operands.push_back(*operand);
  }
  return add(ExprKind::kIf, value, operands);
}

std::optional<ExprId> EstExpressionReader::read_get(const JsonValue& value) {
  if (!shapes_.object(value, "`.`", kAttributeMembers)) {
    return std::nullopt;
  }
  const auto operand = read_member(value, "left");
  const auto name = operand ? shapes_.string_member(value, "attr") : std::nullopt;
  return name ? add(ExprKind::kGet, value, std::array{*operand}, std::array{*name}) : std::nullopt;
}

std::optional<ExprId> EstExpressionReader::read_has(const JsonValue& value) {
  if (!shapes_.object(value, "`has`", kAttributeMembers)) {
    return std::nullopt;
  }
  const auto operand = read_member(value, "left");
  const auto attribute = operand ? shapes_.member(value, "attr") : std::nullopt;
  if (!attribute) {
    return std::nullopt;
  }
  std::vector<std::string> path;
  if (attribute->is_array()) {
    for (const JsonValue part : *attribute) {
      auto name = shapes_.string(part, "the name of an attribute");
      if (!name) {
        return std::nullopt;
      }
      if (attribute->size() > 1 && !is_identifier(*name)) {
        return shapes_.fail(part, fmt::format("`{}` cannot stand in a path", printable(*name)),
                            "a path is made of identifiers; other names are asked for one by one");
      }
      path.push_back(*std::move(name));
    }
    if (path.empty()) {
      return shapes_.fail(*attribute, "an empty path of attributes");
    }
  } else {
    auto name = shapes_.string(*attribute, "the name of an attribute, or an array of them");
    if (!name) {
      return std::nullopt;
    }
    path.push_back(*std::move(name));
  }
  return add(ExprKind::kHas, value, std::array{*operand}, path);
}

std::optional<ExprId> EstExpressionReader::read_is(const JsonValue& value) {
  if (!shapes_.object(value, "`is`", kIsMembers)) {
    return std::nullopt;
  }
  const auto operand = read_member(value, "left");
  const auto type = operand ? shapes_.type_member(value, "entity_type") : std::nullopt;
  if (!type) {
    return std::nullopt;
  }
  if (!value.find("in")) {
    return add(ExprKind::kIs, value, std::array{*operand}, std::array{*type});
  }
  const auto right = read_member(value, "in");
  return right ? add(ExprKind::kIsIn, value, std::array{*operand, *right}, std::array{*type})
               : std::nullopt;
}

std::optional<ExprId> EstExpressionReader::read_like(const JsonValue& value) {
  if (!shapes_.object(value, "`like`", kLikeMembers)) {
    return std::nullopt;
  }
  const auto operand = read_member(value, "left");
  const auto parts = operand ? shapes_.member(value, "pattern") : std::nullopt;
  if (!parts) {
    return std::nullopt;
  }
  if (!parts->is_array()) {
    return shapes_.fail(*parts, "expected a pattern, an array of parts");
  }
  Pattern pattern;
  for (const JsonValue part : *parts) {
    if (part.is_string() && *part.as_string() == "Wildcard") {
      pattern += kWildcard;
      continue;
    }
    if (!shapes_.object(part, "a part of a pattern", kLiteralMembers)) {
      return std::nullopt;
    }
    const auto literal = shapes_.string_member(part, "Literal");
    if (!literal) {
      return std::nullopt;
    }
    pattern += code_points(*literal);
  }
  return checked(body_.add_like(EstShapes::span_of(value), *operand, std::move(pattern)), value);
}

std::optional<std::vector<ExprId>> EstExpressionReader::read_all(const JsonValue& list,
                                                                 Reader reader) {
  std::vector<ExprId> out;
  for (const JsonValue element : list) {
    const auto added = (this->*reader)(element);
    if (!added) {
      return std::nullopt;
    }
    out.push_back(*added);
  }
  return out;
}

std::optional<ExprId> EstExpressionReader::read_array(const JsonValue& value, Reader reader) {
  const auto elements = read_all(value, reader);
  return elements ? add(ExprKind::kSet, value, *elements) : std::nullopt;
}

std::optional<ExprId> EstExpressionReader::read_object(const JsonValue& value, Reader reader) {
  const auto values = read_all(value, reader);
  std::vector<std::string> names;
  for (const JsonValue member : value) {
    names.emplace_back(member.name());
  }
  return values ? add(ExprKind::kRecord, value, *values, names) : std::nullopt;
}

std::optional<ExprId> EstExpressionReader::read_set(const JsonValue& value) {
  if (!value.is_array()) {
    return shapes_.fail(value, fmt::format("expected an array, found {}", name_of(value.type())));
  }
  return read_array(value, &EstExpressionReader::read);
}

std::optional<ExprId> EstExpressionReader::read_record(const JsonValue& value) {
  if (!value.is_object()) {
    return shapes_.fail(value, fmt::format("expected an object, found {}", name_of(value.type())));
  }
  return read_object(value, &EstExpressionReader::read);
}

std::optional<ExprId> EstExpressionReader::read_variable(const JsonValue& value) {
  const auto name = shapes_.string(value, "the name of a variable");
  if (!name) {
    return std::nullopt;
  }
  for (const Variable variable :
       {Variable::kPrincipal, Variable::kAction, Variable::kResource, Variable::kContext}) {
    if (*name == name_of(variable)) {
      return checked(body_.add_variable(EstShapes::span_of(value), variable), value);
    }
  }
  return shapes_.fail(value, fmt::format("no variable `{}`", printable(*name)),
                      "there are `principal`, `action`, `resource` and `context`");
}

std::optional<ExprId> EstExpressionReader::read_call(std::string_view name,
                                                     const JsonValue& value) {
  const auto function = find_function(name);
  if (!function) {
    return shapes_.fail(value, fmt::format("no operator or function `{}`", printable(name)));
  }
  if (!value.is_array()) {
    return shapes_.fail(
        value, fmt::format("expected an array of arguments, found {}", name_of(value.type())));
  }
  if (row_of(*function).is_method && value.size() == 0) {
    return shapes_.fail(value, fmt::format("`{}` is a method: its array begins with what it is "
                                           "called on",
                                           name));
  }
  const auto arguments = read_all(value, &EstExpressionReader::read);
  if (!arguments) {
    return std::nullopt;
  }
  return checked(body_.add_call(*function, EstShapes::span_of(value), *arguments), value);
}

std::optional<ExprId> EstExpressionReader::read_value(const JsonValue& value) {
  if (depth_ == kMaxExprHeight) {
    return checked(std::nullopt, value);
  }
  const Span span = EstShapes::span_of(value);
  switch (value.type()) {
    case JsonType::kNull:
      return shapes_.fail(value, "`null` is no value of Cedar");
    case JsonType::kBoolean:
      return checked(body_.add_bool(span, *value.as_bool()), value);
    case JsonType::kNumber: {
      const auto number = formats::json_int64(value.raw_number());
      if (!number) {
        return shapes_.fail(value, fmt::format("`{}` is no whole number of 64 bits",
                                               printable(value.raw_number())));
      }
      return checked(body_.add_long(span, *number), value);
    }
    case JsonType::kString:
      return checked(body_.add_string(span, std::string(*value.as_string())), value);
    case JsonType::kArray:
    case JsonType::kObject:
      break;
  }
  ++depth_;
  const auto read = value.is_array() ? read_array(value, &EstExpressionReader::read_value)
                                     : read_value_object(value);
  --depth_;
  return read;
}

std::optional<ExprId> EstExpressionReader::read_value_object(const JsonValue& value) {
  if (value.find(kEntityEscape)) {
    auto uid = shapes_.entity(value);
    return uid ? checked(body_.add_entity(EstShapes::span_of(value), *std::move(uid)), value)
               : std::nullopt;
  }
  if (value.find(kExtensionEscape.front())) {
    return read_extension_value(value);
  }
  if (const auto expression = value.find("__expr")) {
    return shapes_.fail(*expression, "`__expr` is no longer a value of Cedar");
  }
  return read_object(value, &EstExpressionReader::read_value);
}

std::optional<ExprId> EstExpressionReader::read_extension_value(const JsonValue& value) {
  if (!shapes_.object(value, "an extension value", kExtensionEscape)) {
    return std::nullopt;
  }
  const JsonValue call = *value.find(kExtensionEscape.front());
  if (!shapes_.object(call, "an extension value", kExtensionMembers)) {
    return std::nullopt;
  }
  const auto name = shapes_.string_member(call, "fn");
  if (!name) {
    return std::nullopt;
  }
  const auto function = find_function(*name);
  if (!function) {
    return shapes_.fail(call, fmt::format("no function `{}`", printable(*name)));
  }
  const auto one = call.find("arg");
  const auto many = call.find("args");
  if (one.has_value() == many.has_value() || (many && !(many->is_array() && many->size() > 0))) {
    return shapes_.fail(call, "expected either `arg` or an array `args`");
  }
  std::vector<ExprId> arguments;
  if (many) {
    auto all = read_all(*many, &EstExpressionReader::read_value);
    if (!all) {
      return std::nullopt;
    }
    arguments = *std::move(all);
  } else {
    const auto argument = read_value(*one);
    if (!argument) {
      return std::nullopt;
    }
    arguments.push_back(*argument);
  }
  return checked(body_.add_call(*function, EstShapes::span_of(value), arguments), value);
}

}  // namespace sally::cedar
