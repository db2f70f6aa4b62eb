// safetensors: a header of JSON with the place of each tensor, then the tensors. Holds no program;
// what may be wrong is the layout, and what stands in its metadata.
// https://github.com/huggingface/safetensors#format
#pragma once

#include "vet/format.h"

namespace sally::vet::model {

bool may_be_safetensors(const Look& look);
Result<> examine_safetensors(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
