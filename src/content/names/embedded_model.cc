// The model file as it stands in the tree. `.incbin` and not `#embed`: the compilers' caches know
// it.
#include "content/names/model.h"

asm(".pushsection .rodata\n"
    ".balign 16\n"
    "kSallyNamesModelBegin:\n"
    ".incbin \"" SALLY_NAMES_MODEL
    "\"\n"
    "kSallyNamesModelEnd:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char kSallyNamesModelBegin[];
extern const char kSallyNamesModelEnd[];
}

namespace sally::content::names {

std::string_view embedded_model() {
  return {kSallyNamesModelBegin, kSallyNamesModelEnd};
}

}  // namespace sally::content::names
