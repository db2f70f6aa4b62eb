// CRC-32C (Castagnoli, RFC 3720): the checksum of ring records and journal frames.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sally::ledger {

// The checksum of what `seed` is the checksum of, followed by `bytes`.
[[nodiscard]] uint32_t crc32c(ByteView bytes, uint32_t seed = 0);
// The same without the processor's instruction: what a test compares with.
[[nodiscard]] uint32_t crc32c_portable(ByteView bytes, uint32_t seed = 0);

}  // namespace sally::ledger
