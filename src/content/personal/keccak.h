// Keccak-256 as Ethereum uses it (the padding before FIPS 202), of at most 135 octets.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sally::content::personal {

[[nodiscard]] std::array<uint8_t, 32> keccak256(std::string_view text);

}  // namespace sally::content::personal
