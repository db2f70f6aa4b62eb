#include "corpus/jose/mac_keys.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "base/encoding.h"
#include "formats/json/document.h"

namespace sally::identity {
namespace {

struct MacRow {
  std::string_view name;
  const EVP_MD* (*digest)();
  size_t size;
};
constexpr MacRow kMacs[] = {
    {"HS256", EVP_sha256, 32}, {"HS384", EVP_sha384, 48}, {"HS512", EVP_sha512, 64}};

const MacRow* row_of(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(kMacs, [name](const MacRow& row) { return row.name == name; });
  return found == std::end(kMacs) ? nullptr : found;
}

Error refused(std::string what) {
  return Error(ErrorKind::kInvalidInput, std::move(what));
}

}  // namespace

Result<MacKeys> MacKeys::parse(std::string_view json) {
  TRY(const auto document, formats::JsonDocument::parse(json));
  TRY(const auto list, document.root().member("keys"));
  std::vector<Key> keys;
  for (const formats::JsonValue one : list) {
    TRY(const std::string_view type, one.string("kty"));
    TRY(const std::string_view id, one.string("kid"));
    TRY(const std::string_view algorithm, one.string("alg"));
    TRY(const std::string_view use, one.string("use"));
    TRY(const std::string_view text, one.string("k"));
    const auto secret = from_base64(text, Base64::kUrl, Padding::kNone);
    const MacRow* row = row_of(algorithm);
    if (type != "oct" || use != "sig" || row == nullptr || !secret || secret->size() < row->size) {
      return refused("no key for HMAC");
    }
    if (std::ranges::any_of(keys, [id](const Key& other) { return other.id == id; })) {
      return refused("a key id stands twice");
    }
    keys.push_back({std::string(id), std::string(algorithm), Secret(as_text(*secret))});
  }
  return MacKeys(std::move(keys));
}

bool MacKeys::verifies(const CompactJws& jws) const {
  const auto key = std::ranges::find_if(keys_, [&jws](const Key& one) {
    return jws.key_id() == one.id && jws.algorithm() == one.algorithm;
  });
  if (key == keys_.end()) {
    return false;
  }
  const ByteView secret = as_bytes(key->secret.reveal());
  const ByteView message = as_bytes(jws.signing_input());
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (HMAC(row_of(key->algorithm)->digest(), secret.data(), static_cast<int>(secret.size()),
           as_u8(message), message.size(), as_u8(MutableBytes(digest)), &size) == nullptr) {
    return false;
  }
  digest.resize(size);
  return constant_time_equal(digest, jws.signature());
}

}  // namespace sally::identity
