// Python: risky calls, by what names stand for and where values come from; nothing is imported.
#pragma once

#include "vet/format.h"

namespace sally::vet::code {

// `.py`, `.pyw`, and scripts whose first line names Python.
bool may_be_python(const Look& look);
Result<> examine_python(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::code
