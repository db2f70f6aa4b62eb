#include "vet/format.h"

#include <array>

#include "vet/model/safetensors.h"

namespace sally::vet {

std::span<const Format> formats_read() {
  static constexpr std::array kFormats = {
      Format{"safetensors", model::may_be_safetensors, model::examine_safetensors},
  };
  return kFormats;
}

}  // namespace sally::vet
