#include "content/anonymise/keys.h"

#include <string>

#include "crypto/hkdf.h"

namespace sally::content::anonymise {

Result<Keys> Keys::derive(const Secret& root, std::string_view tenant) {
  constexpr size_t kKey = 32;
  if (root.size() != kKey) {
    return Error(ErrorKind::kUsage, "the key of the replacements has not 32 bytes");
  }
  const auto key_for = [&](std::string_view purpose) {
    std::string info = "sallyport anonymise: ";
    info += purpose;
    info += '\0';
    info += tenant;
    return crypto::hkdf_expand(root, as_bytes(info), kKey);
  };
  TRY(const Secret hash, key_for("hash"));
  TRY(const Secret synthetic, key_for("synthetic"));
  TRY(const Secret tweaks, key_for("tweaks"));
  TRY(const Secret format, key_for("format"));
  TRY(crypto::Ff1 digits, crypto::Ff1::make(format, 10));
  TRY(crypto::Ff1 letters, crypto::Ff1::make(format, 36));
  return Keys{crypto::HmacKey(hash), crypto::HmacKey(synthetic), crypto::HmacKey(tweaks),
              std::move(digits), std::move(letters)};
}

}  // namespace sally::content::anonymise
