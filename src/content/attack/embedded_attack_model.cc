// The model file and the list of known attacks as they stand in the tree.
#include "content/attack/known.h"
#include "content/attack/model.h"
#include "content/model_file.h"

SALLY_EMBED(kSallyAttackModelBegin, kSallyAttackModelEnd, SALLY_ATTACK_MODEL)
SALLY_EMBED(kSallyKnownAttacksBegin, kSallyKnownAttacksEnd, SALLY_KNOWN_ATTACKS)

namespace sally::content::attack {

std::string_view embedded_model() {
  return {kSallyAttackModelBegin, kSallyAttackModelEnd};
}

std::string_view embedded_known() {
  return {kSallyKnownAttacksBegin, kSallyKnownAttacksEnd};
}

}  // namespace sally::content::attack
