// The expressions of the text syntax. Part of parser.h, apart because it is half of it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cedar/syntax/ast.h"
#include "cedar/syntax/cursor.h"

namespace sally::cedar {

// Reads expressions at the cursor into the body. A problem of grammar ends the reading: nullopt,
// with the problem in the cursor. A problem of meaning (a reserved name, an unknown function) is
// put into the cursor too, and the reading goes on with some expression in its place.
class ExpressionParser {
 public:
  ExpressionParser(Cursor& cursor, Body& body) : cursor_(cursor), body_(body) {}

  std::optional<ExprId> parse();

  // The entity type behind `is`.
  std::optional<std::string> parse_type_name();
  struct Path {
    std::string name;  // normalised
    Span span;
  };
  // Identifiers with `::` between them; a last `::` is left for the id of an entity. Reserved words
  // are problems of meaning.
  std::optional<Path> parse_path();
  // The entity of that type, at the `::` before its id.
  std::optional<EntityUid> parse_entity_id(std::string type);

 private:
  using Maybe = std::optional<ExprId>;

  Maybe parse_nested();
  Maybe parse_if();
  Maybe parse_or();
  Maybe parse_and();
  Maybe parse_relation();
  Maybe parse_comparison(ExprId left, uint32_t begin, ExprKind kind);
  Maybe parse_has(ExprId left, uint32_t begin);
  Maybe parse_like(ExprId left, uint32_t begin);
  Maybe parse_is(ExprId left, uint32_t begin);
  Maybe parse_sum();
  Maybe parse_product();
  Maybe parse_unary();
  Maybe parse_negation();
  Maybe parse_member();
  Maybe parse_access(ExprId left, uint32_t begin);
  Maybe parse_index(ExprId left, uint32_t begin);
  Maybe parse_method(ExprId left, uint32_t begin, const Token& name);
  Maybe parse_primary();
  Maybe parse_name();
  Maybe parse_function(const Path& path);
  Maybe parse_number(bool negative);
  Maybe parse_set();
  Maybe parse_record();
  // To the closing mark, which is taken; a comma may stand before it.
  std::optional<std::vector<ExprId>> parse_list(TokenKind close, std::string_view what);
  std::optional<std::string> parse_attribute_name();

  // The problem that the expression is too deep or too large, where there is none.
  Maybe checked(Maybe added, Span span);
  Maybe add(ExprKind kind, uint32_t begin, std::span<const ExprId> operands,
            std::span<const std::string> names = {});
  Maybe no_expression(std::string hint);
  // What stands for an expression that has a problem.
  Maybe placeholder(Span span);
  void check_name(std::string_view identifier, Span span);

  Cursor& cursor_;
  Body& body_;
  uint32_t depth_ = 0;
};

}  // namespace sally::cedar
