// What torch.save wrote before it wrote zip archives: five pickles (a magic number, a version, the
// machine, the object, the keys of its tensors), then the tensors. The pickles are read by the
// reader of pickles; this tells what they are.
#pragma once

#include "vet/format.h"

namespace sally::vet::container {

bool may_be_torch_legacy(const Look& look);
Result<> examine_torch_legacy(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::container
