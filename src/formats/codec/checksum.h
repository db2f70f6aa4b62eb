// The CRC-32 of zip and gzip, at the speed of zlib.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sally::formats {

// Of what had `before` (0: nothing) followed by `octets`.
uint32_t crc32_of(ByteView octets, uint32_t before = 0);

}  // namespace sally::formats
