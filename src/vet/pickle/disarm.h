// Disarm: the tensors of a pickle, written as safetensors without making anything of it.
//
// Tensors are rebuilt from calls that are known to do nothing else: torch._utils._rebuild_tensor_v2
// over the storages of a torch archive, numpy's _reconstruct with its state, joblib's arrays. All
// else is left out.
#pragma once

#include <functional>

#include "formats/input.h"

namespace sally::vet::pickle {

struct Disarmed {
  size_t tensors = 0;
  uint64_t octets = 0;  // of them
  size_t left_out = 0;  // arrays and tensors of types that safetensors does not have
};

// Reads a torch archive (a zip whose members are stored), or a pickle with arrays as numpy and
// joblib write them. `write` gets the new file, front to back. kInvalidInput where `input` is none
// of these, holds no tensor, or a tensor reaches outside of its storage: then something may have
// been written.
Result<Disarmed> disarm(const formats::Input& input,
                        const std::function<Result<>(ByteView)>& write);

}  // namespace sally::vet::pickle
