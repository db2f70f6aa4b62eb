// Program: expressions compiled for a stack machine. Operands are evaluated from the left; what an
// instruction takes and gives stands beside it: [taken -> given].
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cedar/eval/arena.h"
#include "cedar/eval/cell.h"
#include "cedar/eval/pattern.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

enum class OpCode : uint8_t {
  kConstant,     // [0 -> 1] constants[a]
  kVariable,     // [0 -> 1] Variable a
  kNot,          // [1 -> 1]
  kNegate,       // [1 -> 1]
  kJumpIfFalse,  // [1 -> 1 or 0] false stays and jumps to a; true is taken
  kJumpIfTrue,   // [1 -> 1 or 0] the other way round
  kBool,         // [1 -> 1] an error where it is no bool
  kBranch,       // [1 -> 0] jumps to a where false
  kJump,         // [0 -> 0] to a
  kAdd,          // [2 -> 1] as all that follow up to kGetTag but where it says otherwise
  kSub,
  kMul,
  kEq,
  kNotEq,
  kLess,
  kLessEq,
  kGreater,
  kGreaterEq,
  kIn,
  kContains,
  kContainsAll,
  kContainsAny,
  kHasTag,
  kGetTag,
  kIsEmpty,     // [1 -> 1]
  kIs,          // [1 -> 1] types[a]
  kJumpUnless,  // [1 -> 1] types[a]: an entity of another type becomes false and jumps to b
  kHas,         // [1 -> 1] names[a], of b names
  kGet,         // [1 -> 1] names[a]
  kLike,        // [1 -> 1] patterns[a]
  kSet,         // [a -> 1]
  kRecord,      // [b -> 1] shapes[a], of b fields
  kCall,        // [a -> 1] Function b
  kRequire,     // [1 -> 0] a condition: where the value is not a (0, 1) the policy does not apply
  kEnd,         // the policy applies; or [1 -> ] the value of an expression
  kTell,        // [1 -> 1] expression a has this value: for who watches
};

struct Op {
  OpCode code;
  uint32_t a = 0;
  uint32_t b = 0;
};

// A field of a record that is built: its name, and which operand it is.
struct ShapeField {
  std::string_view name;
  uint32_t operand;
};

struct TypeName {
  std::string_view name;
  uint64_t hash;
};

// What the instructions point to. All texts are in `arena`.
struct Program {
  Arena arena = Arena::growing();
  std::vector<Op> ops;
  std::vector<Cell> constants;
  std::vector<std::string_view> names;
  std::vector<TypeName> types;
  std::vector<ShapeField> shapes;  // of one record together, sorted by name
  std::vector<LikePattern> patterns;
  uint32_t stack = 0;  // the most values that any of it holds at once
};

}  // namespace sally::cedar
