// The authorities of a SPIFFE trust domain, as an operator or a SPIFFE server hands them over.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sally::identity {

inline constexpr size_t kMaxTrustBundle = size_t{4} << 20;

// PEM of the authorities in `text`: PEM itself, or a SPIFFE bundle in JSON (SPIFFE Trust Domain and
// Bundle, section 4), of which the keys for X.509-SVIDs are taken and those for anything else left
// alone. Certificates are not looked into. kInvalidInput: no strict JSON of this form, a key for
// X.509-SVIDs without exactly one certificate in `x5c`, or none for them at all: a bundle that
// trusts nobody is taken for a mistake. kTooLarge.
[[nodiscard]] Result<std::string> read_trust_bundle(std::string_view text);

}  // namespace sally::identity
