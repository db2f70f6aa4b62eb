// NumPy's .npy: an array of objects is a pickle behind a header, and is examined as one.
#pragma once

#include "vet/format.h"

namespace sally::vet::container {

bool may_be_npy(const Look& look);
Result<> examine_npy(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::container
