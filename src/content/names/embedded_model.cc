// The model file as it stands in the tree.
#include "content/model_file.h"
#include "content/names/model.h"

SALLY_EMBED(kSallyNamesModelBegin, kSallyNamesModelEnd, SALLY_NAMES_MODEL)

namespace sally::content::names {

std::string_view embedded_model() {
  return {kSallyNamesModelBegin, kSallyNamesModelEnd};
}

}  // namespace sally::content::names
