#include "vet/format.h"

#include <array>

#include "vet/container/stream.h"
#include "vet/model/safetensors.h"

namespace sally::vet {

std::span<const Format> formats_read() {
  static constexpr std::array kFormats = {
      Format{"compressed", container::may_be_compressed, container::examine_compressed},
      Format{"zfile", container::may_be_zfile, container::examine_zfile},
      Format{"safetensors", model::may_be_safetensors, model::examine_safetensors},
  };
  return kFormats;
}

}  // namespace sally::vet
