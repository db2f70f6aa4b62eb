// HKDF-SHA-256 (RFC 5869): many keys from one.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "crypto/hmac.h"

namespace sally::crypto {

inline constexpr size_t kHkdfMostBytes = 255 * kSha256Size;

// Section 2.2: a key of 32 bytes out of `input`, whose bytes need not be evenly distributed. An
// empty `salt` counts as 32 zeros.
[[nodiscard]] Secret hkdf_extract(ByteView salt, const Secret& input);

// Section 2.3: `length` bytes out of `key` (32 evenly distributed bytes or more) for the purpose
// `info`. kUsage for more than kHkdfMostBytes.
[[nodiscard]] Result<Secret> hkdf_expand(const Secret& key, ByteView info, size_t length);

// The first 32 bytes of `hkdf_expand` under a key that is prepared already: one signature, no
// allocation.
[[nodiscard]] Sha256Digest hkdf_expand_once(const HmacKey& key, ByteView info);

}  // namespace sally::crypto
