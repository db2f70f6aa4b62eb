#include "cedar/eval/eval_error.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

std::string shown(const EntityName& name) {
  return printable(quoted(to_uid(name)));
}

std::string_view type_of(Function constructor) {
  return constructor == Function::kIp ? "ipaddr" : row_of(constructor).name;
}

}  // namespace

std::string describe(const EvalError& error) {
  switch (error.kind) {
    case EvalErrorKind::kType:
      return fmt::format("type error: expected {}, got {}", error.expected, name_of(error.found));
    case EvalErrorKind::kOverflow:
      return fmt::format("integer overflow while attempting to {} the values `{}` and `{}`",
                         error.operation, error.left, error.right);
    case EvalErrorKind::kNegation:
      return fmt::format("integer overflow while attempting to negate the value `{}`", error.left);
    case EvalErrorKind::kNoEntity:
      return fmt::format("entity `{}` does not exist", shown(*error.entity));
    case EvalErrorKind::kNoAttribute:
      return error.entity == nullptr
                 ? fmt::format("record does not have the attribute `{}`", printable(error.name))
                 : fmt::format("`{}` does not have the attribute `{}`", shown(*error.entity),
                               printable(error.name));
    case EvalErrorKind::kNoTag:
      return fmt::format("`{}` does not have the tag `{}`", shown(*error.entity),
                         printable(error.name));
    case EvalErrorKind::kConstructor:
      return fmt::format("`{}` is no {}: {}", printable(error.name), type_of(error.function),
                         error.expected);
    case EvalErrorKind::kCallRange:
      return fmt::format("overflow in `{}`", row_of(error.function).name);
    case EvalErrorKind::kArity:
      return fmt::format("`{}` takes {} argument{}, got {}", row_of(error.function).name,
                         row_of(error.function).arity, row_of(error.function).arity == 1 ? "" : "s",
                         error.left);
    case EvalErrorKind::kMemory:
      return "the evaluation needs more memory than its limit";
  }
  return "unknown error";
}

}  // namespace sally::cedar
