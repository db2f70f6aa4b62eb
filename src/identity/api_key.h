// ApiKey: the text form of an API key.
//
//   sally_ <43 base62 characters: 256 random bits> <6 base62 characters: CRC-32 of all before>
//
// The prefix lets secret scanners find a leaked key; the checksum lets them, and us, tell a key
// from something that looks like one without a look-up.
#pragma once

#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace sally::identity {

inline constexpr std::string_view kApiKeyPrefix = "sally_";
inline constexpr size_t kApiKeyRandom = 43;
inline constexpr size_t kApiKeyChecksum = 6;
inline constexpr size_t kApiKeySize = kApiKeyPrefix.size() + kApiKeyRandom + kApiKeyChecksum;

// A fresh key.
[[nodiscard]] Secret make_api_key(Random& random);

// Whether `text` has the form of a key, checksum included. kUnauthenticated with what is wrong; no
// part of `text` is in the message. Hostile input: any octets, any length; constant work.
[[nodiscard]] Result<> check_api_key(std::string_view text);

}  // namespace sally::identity
