// RSA moduli that no verifier should trust, told by their remainders alone.
#pragma once

#include <cstdint>
#include <functional>

namespace sally::crypto {

enum class ModulusFault : uint8_t {
  kNone,
  kSmallFactor,  // 2, or an odd prime up to 167, divides it
  kRoca,         // the fingerprint of CVE-2017-15361
};

// `remainder(p)` is the modulus modulo p. The flawed generator made primes k*M + (65537^a mod M),
// M the product of the first primes; so every such modulus is a power of 65537 modulo each of them
// (Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, section 2). A modulus of another
// origin looks so by chance once in about 2^28.
[[nodiscard]] ModulusFault check_modulus(const std::function<uint64_t(uint64_t)>& remainder);

}  // namespace sally::crypto
