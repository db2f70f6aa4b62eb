#include "content/personal/wallet.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/encoding.h"
#include "content/personal/checksum.h"
#include "content/personal/keccak.h"
#include "crypto/hash.h"

namespace sally::content::personal {
namespace {

// 25 octets: a version, 20 of a hash, the first four of its double SHA-256.
constexpr size_t kBase58Octets = 25;
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

bool is_base58check(std::string_view token) {
  std::array<std::byte, kBase58Octets> octets{};
  for (const char c : token) {
    const size_t digit = kBase58.find(c);
    if (digit == std::string_view::npos) {
      return false;
    }
    auto carry = static_cast<unsigned>(digit);
    for (size_t i = octets.size(); i-- > 0;) {
      carry += static_cast<unsigned>(octets[i]) * 58;
      octets[i] = static_cast<std::byte>(carry & 0xFFU);
      carry >>= 8U;
    }
    if (carry != 0) {
      return false;
    }
  }
  // Bitcoin, Litecoin, Dogecoin, Dash, Tron: addresses of keys and of scripts.
  constexpr uint8_t kVersions[] = {0x00, 0x05, 0x30, 0x32, 0x1E, 0x16, 0x4C, 0x10, 0x41};
  if (std::ranges::find(kVersions, static_cast<uint8_t>(octets[0])) == std::end(kVersions)) {
    return false;
  }
  const ByteView all(octets);
  const auto digest = crypto::sha256(ByteView(crypto::sha256(all.first(kBase58Octets - 4))));
  return std::equal(digest.begin(), digest.begin() + 4, octets.end() - 4);
}

// BIP 173 (constant 1) and BIP 350 (constant 0x2BC830A3).
bool is_bech32(std::string_view token) {
  constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  constexpr std::array<uint32_t, 5> kGenerator{0x3B6A57B2U, 0x26508E6DU, 0x1EA119FAU, 0x3D4233DDU,
                                               0x2A1462B3U};
  const size_t separator = token.rfind('1');
  if (separator == std::string_view::npos || separator < 2 || token.size() - separator < 7) {
    return false;
  }
  uint32_t state = 1;
  const auto take = [&state, &kGenerator](uint32_t value) {
    const uint32_t top = state >> 25U;
    state = (state & 0x1FFFFFFU) << 5U ^ value;
    for (size_t i = 0; i < kGenerator.size(); ++i) {
      state ^= (top >> i & 1U) != 0 ? kGenerator[i] : 0;
    }
  };
  for (size_t i = 0; i < separator; ++i) {
    take(static_cast<uint32_t>(to_lower(token[i])) >> 5U);
  }
  take(0);
  for (size_t i = 0; i < separator; ++i) {
    take(static_cast<uint32_t>(to_lower(token[i])) & 31U);
  }
  for (const char c : token.substr(separator + 1)) {
    const size_t digit = kAlphabet.find(to_lower(c));
    if (digit == std::string_view::npos) {
      return false;
    }
    take(static_cast<uint32_t>(digit));
  }
  return state == 1 || state == 0x2BC830A3U;
}

float ethereum_score(std::string_view hex) {
  std::string lower(hex);
  bool uppers = false;
  bool lowers = false;
  for (char& c : lower) {
    const bool letter = !is_digit(c);
    if (letter && !((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
      return 0;
    }
    uppers = uppers || is_upper(c);
    lowers = lowers || (letter && !is_upper(c));
    c = to_lower(c);
  }
  if (!uppers || !lowers) {
    constexpr float kOneCase = 0.7F;
    return all_same(lower) ? 0 : kOneCase;
  }
  // EIP-55: a letter is in upper case where the digest of the whole has a digit of 8 or more.
  const auto digest = keccak256(lower);
  for (size_t i = 0; i < hex.size(); ++i) {
    const unsigned half = digest[i / 2] >> (i % 2 == 0 ? 4U : 0U) & 15U;
    if (!is_digit(hex[i]) && is_upper(hex[i]) != (half >= 8)) {
      return 0;
    }
  }
  return 1;
}

}  // namespace

float wallet_score(std::string_view token) {
  if (token.size() == 42 && token[0] == '0' && (token[1] == 'x' || token[1] == 'X')) {
    return ethereum_score(token.substr(2));
  }
  constexpr auto kPrefixes =
      std::to_array<std::string_view>({"bc1", "tb1", "ltc1", "addr1", "cosmos1", "BC1"});
  if (std::ranges::any_of(kPrefixes,
                          [token](std::string_view p) { return token.starts_with(p); })) {
    return token.size() <= 110 && is_bech32(token) ? 1.0F : 0.0F;
  }
  if (token.size() >= 26 && token.size() <= 35 &&
      std::string_view("13LMDA9X7T").find(token[0]) != std::string_view::npos) {
    return is_base58check(token) ? 1.0F : 0.0F;
  }
  return 0;
}

}  // namespace sally::content::personal
