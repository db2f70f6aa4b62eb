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

// The digest of what comes piece by piece.
class Sha256 {
 public:
  Sha256();
  void add(ByteView bytes);
  // The digest of all that was added; nothing is added after it.
  [[nodiscard]] Sha256Digest finish();

 private:
  static constexpr size_t kState = 112;  // SHA256_CTX, which no other room knows
  alignas(8) std::array<std::byte, kState> state_;
};

}  // namespace sally::crypto
