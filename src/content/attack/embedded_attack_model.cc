// The model file as it stands in the tree.
#include "content/attack/model.h"
#include "content/model_file.h"

SALLY_EMBED(kSallyAttackModelBegin, kSallyAttackModelEnd, SALLY_ATTACK_MODEL)

namespace sally::content::attack {

std::string_view embedded_model() {
  return {kSallyAttackModelBegin, kSallyAttackModelEnd};
}

}  // namespace sally::content::attack
