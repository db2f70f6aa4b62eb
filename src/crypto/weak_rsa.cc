#include "crypto/weak_rsa.h"

#include <array>

namespace sally::crypto {
namespace {

constexpr uint64_t kGenerator = 65'537;
// The odd primes that divide M for the smallest of the flawed keys, so that M of each size holds
// them.
constexpr std::array<uint64_t, 38> kPrimes = {
    3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
    73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

// Whether `value` is a power of the generator modulo `prime`.
bool is_power(uint64_t value, uint64_t prime) {
  uint64_t power = 1;
  do {
    if (power == value) {
      return true;
    }
    power = power * kGenerator % prime;
  } while (power != 1);
  return false;
}

}  // namespace

ModulusFault check_modulus(const std::function<uint64_t(uint64_t)>& remainder) {
  bool roca = true;
  if (remainder(2) == 0) {
    return ModulusFault::kSmallFactor;
  }
  for (const uint64_t prime : kPrimes) {
    const uint64_t value = remainder(prime);
    if (value == 0) {
      return ModulusFault::kSmallFactor;
    }
    roca = roca && is_power(value, prime);
  }
  return roca ? ModulusFault::kRoca : ModulusFault::kNone;
}

}  // namespace sally::crypto
