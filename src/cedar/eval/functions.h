// The extension functions, on cells.
#pragma once

#include <span>

#include "cedar/eval/arena.h"
#include "cedar/eval/cell.h"
#include "cedar/eval/eval_error.h"
#include "cedar/syntax/functions.h"

namespace sally::cedar {

// A function that makes an extension value of a string.
[[nodiscard]] bool is_constructor(Function function);

// A function whose result is an extension value: what data may call.
[[nodiscard]] bool gives_extension_value(Function function);

// The result in `out`, or false and why in `error`. Memory for the result is from `arena`.
[[nodiscard]] bool call(Function function, std::span<const Cell> arguments, Arena& arena, Cell& out,
                        EvalError& error);

}  // namespace sally::cedar
