// The expressions of the JSON syntax. Part of est_reader.h, apart because it is half of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/syntax/ast.h"
#include "cedar/syntax/est_shapes.h"
#include "cedar/syntax/span.h"
#include "formats/json/document.h"

namespace sally::cedar {

class EstExpressionReader {
 public:
  EstExpressionReader(Body& body, std::vector<Problem>& problems)
      : body_(body), shapes_(problems) {}

  std::optional<ExprId> read(const formats::JsonValue& value);

 private:
  using Maybe = std::optional<ExprId>;
  using JsonValue = formats::JsonValue;

  Maybe read_operator(std::string_view op, const JsonValue& value);
  Maybe read_unary(ExprKind kind, const JsonValue& value);
  Maybe read_binary(ExprKind kind, std::string_view op, const JsonValue& value);
  Maybe read_if(const JsonValue& value);
  Maybe read_get(const JsonValue& value);
  Maybe read_has(const JsonValue& value);
  Maybe read_is(const JsonValue& value);
  Maybe read_like(const JsonValue& value);
  Maybe read_set(const JsonValue& value);
  Maybe read_record(const JsonValue& value);
  Maybe read_variable(const JsonValue& value);
  Maybe read_call(std::string_view name, const JsonValue& value);
  // What stands in `Value`: data rather than expressions.
  Maybe read_value(const JsonValue& value);
  Maybe read_value_object(const JsonValue& value);
  Maybe read_extension_value(const JsonValue& value);

  using Reader = Maybe (EstExpressionReader::*)(const JsonValue&);
  // The elements or members of `list`, each read by `reader`.
  std::optional<std::vector<ExprId>> read_all(const JsonValue& list, Reader reader);
  Maybe read_array(const JsonValue& value, Reader reader);
  Maybe read_object(const JsonValue& value, Reader reader);
  // The expression in a member.
  Maybe read_member(const JsonValue& object, std::string_view name);

  Maybe add(ExprKind kind, const JsonValue& at, std::span<const ExprId> operands,
            std::span<const std::string> names = {});
  Maybe checked(Maybe added, const JsonValue& at);

  Body& body_;
  EstShapes shapes_;
  uint32_t depth_ = 0;
};

}  // namespace sally::cedar
