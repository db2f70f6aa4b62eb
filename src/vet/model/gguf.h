// GGUF: what its counts and offsets would do to a reader, and the chat templates within.
#pragma once

#include "vet/format.h"

namespace sally::vet::model {

bool may_be_gguf(const Look& look);
Result<> examine_gguf(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::model
