// Whether 32 bytes can be anybody's Ed25519 key: OpenSSL takes any and lets nothing verify, or,
// under a point of small order, much too much.
#pragma once

#include "crypto/ed25519.h"

namespace sally::crypto {

enum class PointFault : uint8_t {
  kNone,
  kNoPoint,     // not canonical (RFC 8032, section 5.1.3), or on no point of the curve
  kSmallOrder,  // one of the eight points under which a signature fits many messages
};

[[nodiscard]] PointFault check_point(const Ed25519PublicKey& key);

}  // namespace sally::crypto
