#include "cedar/syntax/expression_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cedar/names.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

constexpr size_t kMostUnary = 4;  // `!!!!x`

struct Operator {
  TokenKind token;
  ExprKind kind;
};

constexpr std::array kComparisons{
    Operator{TokenKind::kEq, ExprKind::kEq},
    Operator{TokenKind::kNotEq, ExprKind::kNotEq},
    Operator{TokenKind::kLess, ExprKind::kLess},
    Operator{TokenKind::kLessEq, ExprKind::kLessEq},
    Operator{TokenKind::kGreater, ExprKind::kGreater},
    Operator{TokenKind::kGreaterEq, ExprKind::kGreaterEq},
};

std::optional<ExprKind> comparison_at(const Cursor& cursor) {
  if (cursor.at_word("in")) {
    return ExprKind::kIn;
  }
  const auto* const found = std::ranges::find(kComparisons, cursor.peek().kind, &Operator::token);
  return found == kComparisons.end() ? std::nullopt : std::optional(found->kind);
}

}  // namespace

std::optional<ExprId> ExpressionParser::checked(Maybe added, Span span) {
  if (!added) {
    cursor_.fail(span, "the expression is too deep or too large",
                 fmt::format("at most {} levels and {} parts", kMaxExprHeight, kMaxExprCount));
  }
  return added;
}

std::optional<ExprId> ExpressionParser::add(ExprKind kind, uint32_t begin,
                                            std::span<const ExprId> operands,
                                            std::span<const std::string> names) {
  const Span span = cursor_.span_from(begin);
  return checked(body_.add(kind, span, operands, names), span);
}

std::optional<ExprId> ExpressionParser::placeholder(Span span) {
  return checked(body_.add_bool(span, false), span);
}

void ExpressionParser::check_name(std::string_view identifier, Span span) {
  if (is_reserved(identifier)) {
    cursor_.fail(span, fmt::format("`{}` is reserved and cannot be a name", identifier),
                 "as an attribute it can be written in quotes: `[\"...\"]`, `{\"...\": }`");
  }
}

std::optional<ExprId> ExpressionParser::parse() {
  if (depth_ == kMaxExprHeight) {
    return checked(std::nullopt, cursor_.peek().span);
  }
  ++depth_;
  const auto parsed = cursor_.at_word("if") ? parse_if() : parse_or();
  --depth_;
  return parsed;
}

std::optional<ExprId> ExpressionParser::parse_if() {
  const uint32_t begin = cursor_.take().span.begin;
  const auto condition = parse();
  if (!condition || !(cursor_.accept_word("then") || cursor_.fail_expected("`then`"))) {
    return std::nullopt;
  }
  const auto yes = parse();
  if (!yes || !(cursor_.accept_word("else") || cursor_.fail_expected("`else`"))) {
    return std::nullopt;
  }
  const auto no = parse();
  if (!no) {
    return std::nullopt;
  }
  return add(ExprKind::kIf, begin, std::array{*condition, *yes, *no});
}

std::optional<ExprId> ExpressionParser::parse_or() {
  const uint32_t begin = cursor_.peek().span.begin;
  std::vector<ExprId> operands;
  do {
    const auto operand = parse_and();
    if (!operand) {
      return std::nullopt;
    }
    operands.push_back(*operand);
  } while (cursor_.accept(TokenKind::kOr));
  return operands.size() == 1 ? operands.front() : add(ExprKind::kOr, begin, operands);
}

std::optional<ExprId> ExpressionParser::parse_and() {
  const uint32_t begin = cursor_.peek().span.begin;
  std::vector<ExprId> operands;
  do {
    const auto operand = parse_relation();
    if (!operand) {
      return std::nullopt;
    }
    operands.push_back(*operand);
  } while (cursor_.accept(TokenKind::kAnd));
  return operands.size() == 1 ? operands.front() : add(ExprKind::kAnd, begin, operands);
}

std::optional<ExprId> ExpressionParser::parse_relation() {
  const uint32_t begin = cursor_.peek().span.begin;
  const auto left = parse_sum();
  if (!left) {
    return std::nullopt;
  }
  if (const auto kind = comparison_at(cursor_)) {
    return parse_comparison(*left, begin, *kind);
  }
  if (cursor_.accept_word("has")) {
    return parse_has(*left, begin);
  }
  if (cursor_.accept_word("like")) {
    return parse_like(*left, begin);
  }
  if (cursor_.accept_word("is")) {
    return parse_is(*left, begin);
  }
  if (cursor_.at(TokenKind::kAssign)) {
    cursor_.fail(cursor_.peek().span, "`=` is no operator", "did you mean `==`?");
    return std::nullopt;
  }
  return left;
}

std::optional<ExprId> ExpressionParser::parse_comparison(ExprId left, uint32_t begin,
                                                         ExprKind kind) {
  cursor_.take();
  const auto right = parse_sum();
  if (!right) {
    return std::nullopt;
  }
  if (comparison_at(cursor_) || cursor_.at_word("has") || cursor_.at_word("like") ||
      cursor_.at_word("is")) {
    cursor_.fail(cursor_.peek().span, "comparisons do not chain",
                 "put parentheses around one of them");
    return std::nullopt;
  }
  return add(kind, begin, std::array{left, *right});
}

std::optional<ExprId> ExpressionParser::parse_has(ExprId left, uint32_t begin) {
  std::vector<std::string> path;
  if (cursor_.at(TokenKind::kString)) {
    path.push_back(cursor_.string_value(cursor_.take()).value_or(std::string()));
  } else {
    do {
      const Token name = cursor_.peek();
      if (!cursor_.expect(TokenKind::kIdentifier, "the name of an attribute")) {
        return std::nullopt;
      }
      check_name(cursor_.text(name), name.span);
      path.emplace_back(cursor_.text(name));
    } while (cursor_.accept(TokenKind::kDot));
  }
  return add(ExprKind::kHas, begin, std::array{left}, path);
}

std::optional<ExprId> ExpressionParser::parse_like(ExprId left, uint32_t begin) {
  const Token token = cursor_.peek();
  if (!cursor_.expect(TokenKind::kString, "a pattern in double quotes")) {
    return std::nullopt;
  }
  BadEscape bad;
  const std::string_view raw = cursor_.text(token);
  auto pattern = unescape_pattern(raw.substr(1, raw.size() - 2), bad);
  if (!pattern) {
    Problem problem = escape_problem(raw, {token.kind, {0, 0}}, bad);
    problem.span.begin += token.span.begin;
    problem.span.end += token.span.begin;
    cursor_.fail(problem.span, std::move(problem.message), std::move(problem.help));
    pattern.emplace();
  }
  const Span span = cursor_.span_from(begin);
  return checked(body_.add_like(span, left, *std::move(pattern)), span);
}

std::optional<ExprId> ExpressionParser::parse_is(ExprId left, uint32_t begin) {
  const auto type = parse_type_name();
  if (!type) {
    return std::nullopt;
  }
  if (!cursor_.accept_word("in")) {
    return add(ExprKind::kIs, begin, std::array{left}, std::array{*type});
  }
  const auto right = parse_sum();
  if (!right) {
    return std::nullopt;
  }
  return add(ExprKind::kIsIn, begin, std::array{left, *right}, std::array{*type});
}

std::optional<std::string> ExpressionParser::parse_type_name() {
  if (cursor_.at(TokenKind::kString)) {
    cursor_.fail_expected("the name of an entity type", "try it without the quotes");
    return std::nullopt;
  }
  const auto path = parse_path();
  if (!path) {
    return std::nullopt;
  }
  if (cursor_.at(TokenKind::kPathSeparator)) {
    cursor_.fail(cursor_.peek().span, "expected the name of an entity type, found an entity",
                 "`==` asks for one entity");
    return std::nullopt;
  }
  return path->name;
}

// Chains of one operator become one node; another operator begins a new one around it.
std::optional<ExprId> ExpressionParser::parse_sum() {
  const uint32_t begin = cursor_.peek().span.begin;
  auto left = parse_product();
  while (left && (cursor_.at(TokenKind::kPlus) || cursor_.at(TokenKind::kMinus))) {
    const TokenKind sign = cursor_.peek().kind;
    std::vector<ExprId> operands{*left};
    while (cursor_.accept(sign)) {
      const auto operand = parse_product();
      if (!operand) {
        return std::nullopt;
      }
      operands.push_back(*operand);
    }
    left = add(sign == TokenKind::kPlus ? ExprKind::kAdd : ExprKind::kSub, begin, operands);
  }
  return left;
}

std::optional<ExprId> ExpressionParser::parse_product() {
  const uint32_t begin = cursor_.peek().span.begin;
  std::vector<ExprId> operands;
  do {
    const auto operand = parse_unary();
    if (!operand) {
      return std::nullopt;
    }
    operands.push_back(*operand);
  } while (cursor_.accept(TokenKind::kStar));
  if (cursor_.at(TokenKind::kSlash) || cursor_.at(TokenKind::kPercent)) {
    cursor_.fail(cursor_.peek().span,
                 fmt::format("`{}` is no operator", cursor_.text(cursor_.peek())),
                 "there is no division");
    return std::nullopt;
  }
  return operands.size() == 1 ? operands.front() : add(ExprKind::kMul, begin, operands);
}

std::optional<ExprId> ExpressionParser::parse_unary() {
  if (cursor_.at(TokenKind::kMinus)) {
    return parse_negation();
  }
  std::vector<uint32_t> begins;
  while (cursor_.at(TokenKind::kNot)) {
    begins.push_back(cursor_.take().span.begin);
    if (begins.size() > kMostUnary) {
      cursor_.fail(cursor_.span_from(begins.front()), "too many `!` in a row",
                   fmt::format("at most {}", kMostUnary));
      return std::nullopt;
    }
  }
  auto operand = parse_member();
  while (operand && !begins.empty()) {
    operand = add(ExprKind::kNot, begins.back(), std::array{*operand});
    begins.pop_back();
  }
  return operand;
}

// The `-` right before a number is part of it, where nothing is asked of the number.
std::optional<ExprId> ExpressionParser::parse_negation() {
  std::vector<uint32_t> begins;
  while (cursor_.at(TokenKind::kMinus)) {
    begins.push_back(cursor_.take().span.begin);
    if (begins.size() > kMostUnary) {
      cursor_.fail(cursor_.span_from(begins.front()), "too many `-` in a row",
                   fmt::format("at most {}", kMostUnary));
      return std::nullopt;
    }
  }
  const TokenKind behind = cursor_.peek(1).kind;
  const bool is_literal = cursor_.at(TokenKind::kNumber) && behind != TokenKind::kDot &&
                          behind != TokenKind::kOpenBracket && behind != TokenKind::kOpenParen;
  auto operand = is_literal ? parse_number(true) : parse_member();
  if (is_literal) {
    begins.pop_back();
  }
  while (operand && !begins.empty()) {
    operand = add(ExprKind::kNegate, begins.back(), std::array{*operand});
    begins.pop_back();
  }
  return operand;
}

}  // namespace sally::cedar
