// 7z archives: every member is examined.
#pragma once

#include "vet/format.h"

namespace sally::vet::container {

bool may_be_seven_zip(const Look& look);
Result<> examine_seven_zip(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::container
