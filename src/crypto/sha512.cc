#include "crypto/sha512.h"

#include <openssl/sha.h>

namespace sally::crypto {

Sha512Digest sha512(ByteView bytes) {
  Sha512Digest out;
  SHA512(as_u8(bytes), bytes.size(), as_u8(MutableBytes(out)));
  return out;
}

}  // namespace sally::crypto
