#include "crypto/hkdf.h"

#include <algorithm>
#include <array>
#include <string>

namespace sally::crypto {

Secret hkdf_extract(ByteView salt, const Secret& input) {
  Sha256Digest key = HmacKey(Secret(as_text(salt))).sign(as_bytes(input.reveal()));
  Secret out(as_text(key));
  wipe(key);
  return out;
}

Result<Secret> hkdf_expand(const Secret& key, ByteView info, size_t length) {
  if (length > kHkdfMostBytes) {
    return Error(ErrorKind::kUsage, "more key bytes than hkdf can give");
  }
  const HmacKey hmac(key);
  std::string out;
  out.reserve(length + kSha256Size);
  Sha256Digest block{};
  for (unsigned counter = 1; out.size() < length; ++counter) {
    HmacStream stream = hmac.begin();
    if (counter > 1) {
      stream.update(block);
    }
    stream.update(info);
    const std::byte last{static_cast<uint8_t>(counter)};
    stream.update(ByteView(&last, 1));
    block = stream.finish();
    out.append(as_text(block));
  }
  wipe(block);
  wipe(std::as_writable_bytes(std::span(out)).subspan(length));
  out.resize(length);
  return Secret::take(std::move(out));
}

Sha256Digest hkdf_expand_once(const HmacKey& key, ByteView info) {
  HmacStream stream = key.begin();
  stream.update(info);
  constexpr std::byte kFirst{1};
  stream.update(ByteView(&kFirst, 1));
  return stream.finish();
}

}  // namespace sally::crypto
