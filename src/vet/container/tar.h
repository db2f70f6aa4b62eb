// Tar archives: every member is examined; names and links that lead outside are told. PyTorch's
// oldest checkpoints, NeMo's models and layers of container images are tar archives.
#pragma once

#include "vet/format.h"

namespace sally::vet::container {

bool may_be_tar(const Look& look);
Result<> examine_tar(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::container
