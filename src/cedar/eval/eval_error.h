// EvalError: why an expression has no value. Holds views only, so that failing allocates nothing;
// the text is made when somebody asks for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cedar/eval/cell.h"
#include "cedar/syntax/functions.h"

namespace sally::cedar {

enum class EvalErrorKind : uint8_t {
  kType,         // `expected`, found `kind`
  kOverflow,     // `operation` of `left` and `right`
  kNegation,     // of `left`
  kNoEntity,     // `entity`
  kNoAttribute,  // `name`; of `entity`, or, where that is null, of a record
  kNoTag,        // `name` of `entity`
  kConstructor,  // `function` of `name`: `expected` says what is wrong
  kCallRange,    // `function`: the result is beyond 64 bits
  kArity,        // `function` of `left` arguments
  kMemory,       // the limit of the scratch memory
};

// Views into the policies, the entities and the request.
struct EvalError {
  EvalErrorKind kind = EvalErrorKind::kMemory;
  ValueKind found = ValueKind::kBool;
  Function function = Function::kIp;
  std::string_view expected;
  std::string_view operation;  // add, subtract, multiply
  const EntityName* entity = nullptr;
  std::string_view name;
  int64_t left = 0;
  int64_t right = 0;
};

// Lower case, one line, values in backticks.
[[nodiscard]] std::string describe(const EvalError& error);

}  // namespace sally::cedar
