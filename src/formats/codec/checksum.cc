#include "formats/codec/checksum.h"

#include <zlib.h>

namespace sally::formats {

uint32_t crc32_of(ByteView octets, uint32_t before) {
  return static_cast<uint32_t>(crc32_z(before, as_u8(octets), octets.size()));
}

}  // namespace sally::formats
