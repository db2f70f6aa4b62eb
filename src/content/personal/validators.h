// Validators: whether a text of the right shape is what its type's definition asks for.
#pragma once

#include <string_view>

namespace sally::content::personal {

// What a form matched.
struct Shaped {
  std::string_view raw;      // as it stands in the text
  std::string_view compact;  // its letters, in upper case, and its digits
};

using Validator = bool (*)(const Shaped&);

// One function per type, named in recognizers.def. A function may be called for the forms of its
// rows only: it relies on the number and kind of characters that they ask for.
#define SALLY_PERSONAL(type, forms, validator, alone, in_context, ...) \
  bool validator(const Shaped& shaped);
namespace check {
#include "content/personal/recognizers.def"
}  // namespace check
#undef SALLY_PERSONAL

}  // namespace sally::content::personal
