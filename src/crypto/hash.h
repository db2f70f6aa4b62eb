// SHA-256 (FIPS 180-4).
#pragma once

#include <array>

#include "base/bytes.h"

namespace sally::crypto {

inline constexpr size_t kSha256Size = 32;
using Sha256Digest = std::array<std::byte, kSha256Size>;

// The digest of `bytes`. Cannot fail; allocates nothing.
[[nodiscard]] Sha256Digest sha256(ByteView bytes);
// The digest of `first` followed by `second`, which need not lie beside one another.
[[nodiscard]] Sha256Digest sha256(ByteView first, ByteView second);

}  // namespace sally::crypto
