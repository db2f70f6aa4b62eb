// Addresses of crypto-currencies.
#pragma once

#include <string_view>

namespace sally::content::personal {

// How sure it is that `token` (letters and digits) is an address: 1 where a checksum proves it
// (Base58Check, BIP 173 and BIP 350, EIP-55), less for an Ethereum address in one case; 0
// otherwise.
[[nodiscard]] float wallet_score(std::string_view token);

}  // namespace sally::content::personal
