// Subjects: whose content it is, and what one subject's key is good for.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"
#include "core/content_recorder.h"
#include "core/finding.h"
#include "crypto/aead.h"
#include "crypto/hmac.h"

namespace sally::capture {

// What a subject is called on disk: a keyed digest, so that a name cannot be guessed from it.
using SubjectTag = std::array<std::byte, 32>;

enum class SubjectKind : uint8_t {
  kPrincipal,  // an API key's public id, or `anonymous`
  kEndUser,    // the value of the configured field
};

// Everything that depends on one subject. Immutable; shared by all threads; wiped when it goes.
//
//   salt of a body = HKDF-Expand(HKDF-Expand(key, "sallyport capture salts 1"), id | direction)
//   commitment     = HMAC-SHA-256(salt, bytes of the body)
//   stored content = AES-256-GCM(HKDF-Expand(key, "sallyport capture content 1"), bytes)
//
// Without `key` a commitment is a random number to everybody, also to who has the content.
class SubjectKey {
 public:
  static Result<std::shared_ptr<const SubjectKey>> derive(const SubjectTag& tag, const Secret& key);

  [[nodiscard]] const SubjectTag& tag() const { return tag_; }
  // Begins the commitment to one body.
  [[nodiscard]] crypto::HmacStream commit(const Ulid& id, Direction direction) const;
  // Seals and opens stored content.
  [[nodiscard]] const crypto::Aead& content() const { return content_; }

  SubjectKey(const SubjectTag& tag, crypto::HmacKey salts, crypto::Aead content)
      : tag_(tag), salts_(std::move(salts)), content_(std::move(content)) {}

 private:
  SubjectTag tag_;
  crypto::HmacKey salts_;
  crypto::Aead content_;
};
using SubjectKeyPtr = std::shared_ptr<const SubjectKey>;

// As it stands in an event: `hmac-sha256:` and 43 characters of base64url.
[[nodiscard]] std::string commitment_text(const crypto::Sha256Digest& digest);

// Whether `commitment` (an event's text) is the one to `content`, for who has the subject's key.
[[nodiscard]] bool opens(std::string_view commitment, const SubjectKey& key, const Ulid& id,
                         Direction direction, ByteView content);

}  // namespace sally::capture
