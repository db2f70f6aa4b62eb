// Zip archives: every member of every reading is examined, and what readers see differently is
// told. PyTorch's checkpoints, npz, Keras, skops and many others are zip archives.
#pragma once

#include "vet/format.h"

namespace sally::vet::container {

bool may_be_zip(const Look& look);
Result<> examine_zip(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::container
