// SipHash-2-4 with 128 bits of output: a short keyed hash, so that nobody who chooses the names
// that are counted can make them collide. (Aumasson and Bernstein, "SipHash: a fast short-input
// PRF", and the 128-bit variant of their reference implementation)
#pragma once

#include <compare>
#include <cstdint>

#include "base/bytes.h"

namespace sally::store {

// Key and output of the hash.
struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

[[nodiscard]] Hash128 siphash128(const Hash128& key, ByteView message);

}  // namespace sally::store
