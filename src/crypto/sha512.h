// SHA-512 (FIPS 180-4). What this project makes uses SHA-256; this one is for who asks for it.
#pragma once

#include <array>

#include "base/bytes.h"

namespace sally::crypto {

inline constexpr size_t kSha512Size = 64;
using Sha512Digest = std::array<std::byte, kSha512Size>;

// The digest of `bytes`. Cannot fail; allocates nothing.
[[nodiscard]] Sha512Digest sha512(ByteView bytes);

}  // namespace sally::crypto
