// What the extension functions take and give.
#pragma once

#include <span>
#include <string_view>

#include "cedar/schema/type.h"
#include "cedar/syntax/functions.h"

namespace sally::cedar {

struct Signature {
  std::span<const Type> parameters;  // with the receiver of a method first
  const Type& result;
};
[[nodiscard]] Signature signature_of(Function function);

// What is wrong with `text` as the argument of a constructor (`ip`, `decimal` ...); empty where
// nothing is.
[[nodiscard]] std::string_view problem_of_argument(Function constructor, std::string_view text);

}  // namespace sally::cedar
