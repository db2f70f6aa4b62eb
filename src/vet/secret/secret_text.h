// Secrets in texts of any kind.
#pragma once

#include "vet/format.h"

namespace sally::vet::secret {

// UTF-8 without NUL, not too large.
bool may_be_text(const Look& look);
// Reports what Services::secrets finds, but for what is allowed on its line (`sallyport:allow`,
// `gitleaks:allow`).
Result<> examine_secrets(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::secret
