// A signed token in compact form (RFC 7515, section 7.1), taken apart and not yet believed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "identity/token/token_result.h"

namespace sally::identity {

inline constexpr size_t kMaxTokenText = size_t{16} << 10;

// Nothing here was verified. Of the header only what is named below is read: addresses of keys and
// certificates that it may carry (`jku`, `x5u`, `x5c`) have no way out of it, and a key (`jwk`)
// only by its text, for a proof that is nothing without one (identity/proof/dpop.h).
class CompactJws {
 public:
  // Strict: three parts of unpadded base64url with zero trailing bits, a header that is one JSON
  // object without duplicate members, `alg` a string. A payload may be empty, a signature may not.
  // Refused: more than `max_text` bytes, JWE and JSON serialisation, `crit`, `b64`, `zip`.
  // `text` outlives the result.
  static TokenResult<CompactJws> parse(std::string_view text, size_t max_text = kMaxTokenText);

  // As the header says it, of any form.
  [[nodiscard]] const std::string& algorithm() const { return algorithm_; }
  [[nodiscard]] const std::optional<std::string>& key_id() const { return key_id_; }
  [[nodiscard]] const std::optional<std::string>& type() const { return type_; }
  // Whether the header says this type: a media type below `application/`, which may be left out
  // (RFC 7515, section 4.1.9), upper and lower case alike.
  [[nodiscard]] bool has_type(std::string_view subtype) const;
  [[nodiscard]] const std::optional<std::string>& content_type() const { return content_type_; }

  // What is signed: the first two parts and the dot between them, as they were written.
  [[nodiscard]] std::string_view signing_input() const { return signing_input_; }
  // Strict JSON, an object without duplicate members.
  [[nodiscard]] std::string_view header() const { return as_text(header_); }
  [[nodiscard]] std::string_view payload() const { return as_text(payload_); }
  [[nodiscard]] ByteView signature() const { return signature_; }

 private:
  CompactJws() = default;
  TokenResult<> read_header(std::string_view json);

  std::string algorithm_;
  std::optional<std::string> key_id_;
  std::optional<std::string> type_;
  std::optional<std::string> content_type_;
  std::string_view signing_input_;
  Bytes header_;
  Bytes payload_;
  Bytes signature_;
};

}  // namespace sally::identity
