#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

#include "base/text.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/expression_parser.h"
#include "cedar/syntax/operators.h"

namespace sally::cedar {
namespace {

constexpr std::array kVariables{Variable::kPrincipal, Variable::kAction, Variable::kResource,
                                Variable::kContext};

std::optional<Variable> find_variable(std::string_view name) {
  const auto* const found = std::ranges::find(kVariables, name, name_of);
  return found == kVariables.end() ? std::nullopt : std::optional(*found);
}

// "did you mean", among functions or methods.
std::string suggestion(std::string_view name, bool is_method) {
  std::vector<std::string_view> known;
  for (const auto& row : function_table()) {
    if (row.is_method == is_method) {
      known.push_back(row.name);
    }
  }
  if (is_method) {
    for (const auto& row : operator_table()) {
      if (row.notation == Notation::kMethod) {
        known.push_back(row.text);
      }
    }
  }
  const std::string_view near = nearest(name, known);
  return near.empty() ? std::string() : fmt::format("did you mean `{}`?", near);
}

// The operator that is written as this method; nullptr where there is none.
const OperatorRow* find_method(std::string_view name) {
  const OperatorRow* const row = find_operator(name);
  return row != nullptr && row->notation == Notation::kMethod ? row : nullptr;
}

bool is_method_name(std::string_view name) {
  const auto function = find_function(name);
  return (function && row_of(*function).is_method) || find_method(name) != nullptr;
}

}  // namespace

std::optional<ExprId> ExpressionParser::parse_member() {
  const uint32_t begin = cursor_.peek().span.begin;
  auto left = parse_primary();
  while (left) {
    if (cursor_.accept(TokenKind::kDot)) {
      left = parse_access(*left, begin);
    } else if (cursor_.accept(TokenKind::kOpenBracket)) {
      left = parse_index(*left, begin);
    } else if (cursor_.at(TokenKind::kOpenParen)) {
      cursor_.fail(cursor_.peek().span, "only functions can be called",
                   "a call is `name(...)` or `value.name(...)`");
      return std::nullopt;
    } else {
      break;
    }
  }
  return left;
}

std::optional<ExprId> ExpressionParser::parse_access(ExprId left, uint32_t begin) {
  const Token name = cursor_.peek();
  if (!cursor_.expect(TokenKind::kIdentifier, "the name of an attribute or a method")) {
    return std::nullopt;
  }
  if (cursor_.accept(TokenKind::kOpenParen)) {
    return parse_method(left, begin, name);
  }
  check_name(cursor_.text(name), name.span);
  return add(ExprKind::kGet, begin, std::array{left}, std::array{std::string(cursor_.text(name))});
}

std::optional<ExprId> ExpressionParser::parse_index(ExprId left, uint32_t begin) {
  const Token name = cursor_.peek();
  if (!cursor_.expect(TokenKind::kString, "the name of an attribute in double quotes") ||
      !cursor_.expect(TokenKind::kCloseBracket, "`]`")) {
    return std::nullopt;
  }
  return add(ExprKind::kGet, begin, std::array{left},
             std::array{cursor_.string_value(name).value_or(std::string())});
}

std::optional<ExprId> ExpressionParser::parse_method(ExprId left, uint32_t begin,
                                                     const Token& token) {
  const std::string_view name = cursor_.text(token);
  auto operands = parse_list(TokenKind::kCloseParen, "`)`");
  if (!operands) {
    return std::nullopt;
  }
  const Span span = cursor_.span_from(begin);
  const OperatorRow* const method = find_method(name);
  operands->insert(operands->begin(), left);
  if (method != nullptr) {
    if (operands->size() != method->operands) {
      cursor_.fail(token.span,
                   fmt::format("`{}` takes {} argument{}, not {}", name, method->operands - 1,
                               method->operands == 2 ? "" : "s", operands->size() - 1));
      return placeholder(span);
    }
    return add(method->kind, begin, *operands);
  }
  const auto function = find_function(name);
  if (!function) {
    cursor_.fail(token.span, fmt::format("no method `{}`", printable(name)),
                 suggestion(name, true));
    return placeholder(span);
  }
  if (!row_of(*function).is_method) {
    cursor_.fail(token.span, fmt::format("`{}` is a function, not a method", name),
                 fmt::format("write `{}(...)`", name));
    return placeholder(span);
  }
  return checked(body_.add_call(*function, span, *operands), span);
}

std::optional<ExprId> ExpressionParser::parse_primary() {
  const Token token = cursor_.peek();
  const std::string_view text = cursor_.text(token);
  if (token.kind == TokenKind::kIdentifier) {
    if (cursor_.accept_word("true") || cursor_.accept_word("false")) {
      return checked(body_.add_bool(token.span, text == "true"), token.span);
    }
    return text == "if" ? no_expression("put `if ... then ... else ...` in parentheses")
                        : parse_name();
  }
  if (token.kind == TokenKind::kNumber) {
    return parse_number(false);
  }
  if (cursor_.accept(TokenKind::kString)) {
    auto value = cursor_.string_value(token).value_or(std::string());
    return checked(body_.add_string(token.span, std::move(value)), token.span);
  }
  if (cursor_.accept(TokenKind::kOpenParen)) {
    const auto inner = parse();
    return inner && cursor_.expect(TokenKind::kCloseParen, "`)`") ? inner : std::nullopt;
  }
  if (token.kind == TokenKind::kOpenBracket) {
    return parse_set();
  }
  if (token.kind == TokenKind::kOpenBrace) {
    return parse_record();
  }
  if (cursor_.accept(TokenKind::kSlot)) {
    cursor_.fail(token.span, fmt::format("the slot `{}` stands in a condition", printable(text)),
                 "slots stand in the scope only: `principal == ?principal`");
    return placeholder(token.span);
  }
  return no_expression({});
}

std::optional<ExprId> ExpressionParser::no_expression(std::string hint) {
  cursor_.fail_expected("an expression", std::move(hint));
  return std::nullopt;
}

std::optional<ExpressionParser::Path> ExpressionParser::parse_path() {
  Path path;
  const uint32_t begin = cursor_.peek().span.begin;
  for (;;) {
    const Token token = cursor_.peek();
    if (!cursor_.expect(TokenKind::kIdentifier, "a name")) {
      return std::nullopt;
    }
    check_name(cursor_.text(token), token.span);
    path.name += cursor_.text(token);
    if (!cursor_.at(TokenKind::kPathSeparator) || cursor_.peek(1).kind != TokenKind::kIdentifier) {
      break;
    }
    cursor_.take();
    path.name += "::";
  }
  path.span = cursor_.span_from(begin);
  return path;
}

std::optional<EntityUid> ExpressionParser::parse_entity_id(std::string type) {
  cursor_.take();
  const Token id = cursor_.peek();
  if (!cursor_.expect(TokenKind::kString, "the id of an entity in double quotes")) {
    return std::nullopt;
  }
  return EntityUid{std::move(type), cursor_.string_value(id).value_or(std::string())};
}

// A variable, an entity or the call of a function.
std::optional<ExprId> ExpressionParser::parse_name() {
  auto path = parse_path();
  if (!path) {
    return std::nullopt;
  }
  if (cursor_.accept(TokenKind::kOpenParen)) {
    return parse_function(*path);
  }
  if (cursor_.at(TokenKind::kPathSeparator)) {
    auto uid = parse_entity_id(std::move(path->name));
    if (!uid) {
      return std::nullopt;
    }
    const Span span = cursor_.span_from(path->span.begin);
    return checked(body_.add_entity(span, *std::move(uid)), span);
  }
  if (const auto variable = find_variable(path->name)) {
    return checked(body_.add_variable(path->span, *variable), path->span);
  }
  if (!is_reserved(path->name)) {
    cursor_.fail(path->span, fmt::format("no variable `{}`", printable(path->name)),
                 "there are `principal`, `action`, `resource` and `context`; a string stands in "
                 "double quotes, an entity is `Type::\"id\"`");
  }
  return placeholder(path->span);
}

std::optional<ExprId> ExpressionParser::parse_function(const Path& path) {
  const auto arguments = parse_list(TokenKind::kCloseParen, "`)`");
  if (!arguments) {
    return std::nullopt;
  }
  const Span span = cursor_.span_from(path.span.begin);
  if (is_method_name(path.name)) {
    cursor_.fail(path.span, fmt::format("`{}` is a method, not a function", path.name),
                 fmt::format("write `value.{}(...)`", path.name));
    return placeholder(span);
  }
  const auto function = find_function(path.name);
  if (!function) {
    if (!is_reserved(path.name)) {
      const bool is_variable = find_variable(path.name).has_value();
      cursor_.fail(
          path.span, fmt::format("no function `{}`", printable(path.name)),
          is_variable ? "a variable cannot be called" : suggestion(basename(path.name), false));
    }
    return placeholder(span);
  }
  return checked(body_.add_call(*function, span, *arguments), span);
}

std::optional<ExprId> ExpressionParser::parse_number(bool negative) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  const Token token = cursor_.take();
  const std::string_view digits = cursor_.text(token);
  uint64_t magnitude = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude);
  if (read.ec != std::errc() || magnitude > kLargest + (negative ? 1 : 0)) {
    cursor_.fail(token.span, fmt::format("the number `{}` is too large", printable(digits, 40)),
                 "numbers go from -9223372036854775808 to 9223372036854775807");
    return placeholder(token.span);
  }
  const uint64_t value = negative ? 0 - magnitude : magnitude;
  return checked(body_.add_long(token.span, static_cast<int64_t>(value)), token.span);
}

std::optional<ExprId> ExpressionParser::parse_set() {
  const uint32_t begin = cursor_.take().span.begin;
  const auto elements = parse_list(TokenKind::kCloseBracket, "`]`");
  if (!elements) {
    return std::nullopt;
  }
  return add(ExprKind::kSet, begin, *elements);
}

std::optional<std::vector<ExprId>> ExpressionParser::parse_list(TokenKind close,
                                                                std::string_view what) {
  std::vector<ExprId> out;
  while (!cursor_.accept(close)) {
    const auto element = parse();
    if (!element) {
      return std::nullopt;
    }
    out.push_back(*element);
    if (!cursor_.accept(TokenKind::kComma) && !cursor_.at(close)) {
      cursor_.fail_expected(fmt::format("`,` or {}", what));
      return std::nullopt;
    }
  }
  return out;
}

std::optional<std::string> ExpressionParser::parse_attribute_name() {
  const Token token = cursor_.peek();
  if (cursor_.accept(TokenKind::kString)) {
    return cursor_.string_value(token).value_or(std::string());
  }
  if (!cursor_.expect(TokenKind::kIdentifier, "the name of an attribute")) {
    return std::nullopt;
  }
  check_name(cursor_.text(token), token.span);
  return std::string(cursor_.text(token));
}

std::optional<ExprId> ExpressionParser::parse_record() {
  const uint32_t begin = cursor_.take().span.begin;
  std::vector<std::string> names;
  std::set<std::string> seen;
  std::vector<ExprId> values;
  while (!cursor_.accept(TokenKind::kCloseBrace)) {
    const Span name_span = cursor_.peek().span;
    auto name = parse_attribute_name();
    if (!name || !cursor_.expect(TokenKind::kColon, "`:`")) {
      return std::nullopt;
    }
    const auto value = parse();
    if (!value) {
      return std::nullopt;
    }
    if (!seen.insert(*name).second) {
      cursor_.fail(name_span, fmt::format("the record has two attributes `{}`", printable(*name)));
    }
    names.push_back(*std::move(name));
    values.push_back(*value);
    if (!cursor_.accept(TokenKind::kComma) && !cursor_.at(TokenKind::kCloseBrace)) {
      cursor_.fail_expected("`,` or `}`");
      return std::nullopt;
    }
  }
  return add(ExprKind::kRecord, begin, values, names);
}

}  // namespace sally::cedar
