// TorchScript: the code that an archive of torch.jit carries. It is no Python: what it can do is
// what PyTorch's operators do, and of these some read and write files.
// torch.load(weights_only=True) of old versions runs it (CVE-2025-32434).
#pragma once

#include <string_view>

#include "vet/examination.h"

namespace sally::vet::container {

// Reports the operators in `code` that reach out of the model; `name` is the member's.
void examine_torchscript(std::string_view code, std::string_view name, Examination& examination);

}  // namespace sally::vet::container
