#include "capture/subject.h"

#include <algorithm>

#include "base/encoding.h"
#include "crypto/hkdf.h"

namespace sally::capture {
namespace {

constexpr std::string_view kPrefix = "hmac-sha256:";
constexpr std::string_view kSalts = "sallyport capture salts 1";
constexpr std::string_view kContent = "sallyport capture content 1";

// Wipes what it refers to when it goes.
struct Wiped {
  crypto::Sha256Digest& digest;
  ~Wiped() { wipe(digest); }
};

}  // namespace

Result<SubjectKeyPtr> SubjectKey::derive(const SubjectTag& tag, const Secret& key) {
  TRY(const Secret salts, crypto::hkdf_expand(key, as_bytes(kSalts), crypto::kSha256Size));
  TRY(const Secret content, crypto::hkdf_expand(key, as_bytes(kContent), crypto::kAeadKeySize));
  TRY(crypto::Aead aead, crypto::Aead::make(content));
  return SubjectKeyPtr(
      std::make_shared<const SubjectKey>(tag, crypto::HmacKey(salts), std::move(aead)));
}

crypto::HmacStream SubjectKey::commit(const Ulid& id, Direction direction) const {
  // Short enough for one block of the hash.
  std::array<std::byte, 27> info;
  std::ranges::copy(as_bytes(id.str()), info.begin());
  info.back() = static_cast<std::byte>(direction);
  crypto::Sha256Digest salt = crypto::hkdf_expand_once(salts_, info);
  const Wiped wiped{salt};
  return crypto::HmacStream(salt);
}

std::string commitment_text(const crypto::Sha256Digest& digest) {
  return std::string(kPrefix) + to_base64(digest, Base64::kUrl, Padding::kNone);
}

bool opens(std::string_view commitment, const SubjectKey& key, const Ulid& id, Direction direction,
           ByteView content) {
  crypto::HmacStream stream = key.commit(id, direction);
  stream.update(content);
  return constant_time_equal(as_bytes(commitment), as_bytes(commitment_text(stream.finish())));
}

}  // namespace sally::capture
