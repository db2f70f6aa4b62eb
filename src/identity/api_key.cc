#include "identity/api_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/encoding.h"

namespace sally::identity {
namespace {

constexpr size_t kRandomBytes = 32;

constexpr bool is_base62(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The checksum of `text`, as it stands at the end of a key.
std::array<char, kApiKeyChecksum> checksum_of(std::string_view text) {
  constexpr std::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  uint32_t rest = crc32(as_bytes(text));
  std::array<char, kApiKeyChecksum> out;
  for (size_t i = out.size(); i-- > 0;) {
    out[i] = kDigits[rest % kDigits.size()];
    rest /= static_cast<uint32_t>(kDigits.size());
  }
  return out;
}

Error no_key(std::string message, std::string hint) {
  return Error(ErrorKind::kUnauthenticated, std::move(message), std::move(hint));
}

}  // namespace

Secret make_api_key(Random& random) {
  std::array<std::byte, kRandomBytes> bytes;
  random.fill(bytes);
  const Secret digits = Secret::take(to_base62(bytes, kApiKeyRandom));
  wipe(bytes);
  std::string text;
  text.reserve(kApiKeySize);  // so that no copy is left behind by growing
  text += kApiKeyPrefix;
  text += digits.reveal();
  const auto checksum = checksum_of(text);
  text.append(checksum.data(), checksum.size());
  return Secret::take(std::move(text));
}

Result<> check_api_key(std::string_view text) {
  if (!text.starts_with(kApiKeyPrefix)) {
    return no_key("the credential is not one of this gate's API keys",
                  "send the key that begins with `sally_`, not the provider's own");
  }
  if (text.size() != kApiKeySize) {
    return no_key(
        fmt::format("the API key has {} characters instead of {}", text.size(), kApiKeySize),
        "copy the whole key, without quotes or line ends");
  }
  if (!std::all_of(text.begin() + kApiKeyPrefix.size(), text.end(), is_base62)) {
    return no_key("the API key has a character that no key has",
                  "after `sally_` come letters and digits only");
  }
  const std::string_view body = text.substr(0, kApiKeySize - kApiKeyChecksum);
  const auto checksum = checksum_of(body);
  if (text.substr(body.size()) != std::string_view(checksum.data(), checksum.size())) {
    return no_key("the API key is mistyped: its checksum does not match",
                  "copy the whole key again");
  }
  return ok();
}

}  // namespace sally::identity
