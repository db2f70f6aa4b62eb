// The model file as it stands in the tree. `.incbin` and not `#embed`: the compilers' caches know
// it.
#include "content/attack/model.h"

asm(".pushsection .rodata\n"
    ".balign 16\n"
    "kSallyAttackModelBegin:\n"
    ".incbin \"" SALLY_ATTACK_MODEL
    "\"\n"
    "kSallyAttackModelEnd:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char kSallyAttackModelBegin[];
extern const char kSallyAttackModelEnd[];
}

namespace sally::content::attack {

std::string_view embedded_model() {
  return {kSallyAttackModelBegin, kSallyAttackModelEnd};
}

}  // namespace sally::content::attack
