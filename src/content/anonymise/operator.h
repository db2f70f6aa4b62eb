// Operator: what is done with a value that was found. Names and settings are Presidio's where it
// has the operator.
//
//   redact     nothing stands in its place
//   replace    `new_value`, or `<TYPE>`
//   mask       `masking_char` for `chars_to_mask` characters, from the begin or `from_end`
//   hash       HMAC-SHA-256 under the tenant's key, in hex: nobody else can guess values. With
//              `hash_type` `sha256` or `sha512`: that of `salt` and the value
//   encrypt    AES-CBC under `key`, `base64url(IV | ciphertext)`; `decrypt` is its inverse
//   keep       the value, also called `annotate`
//   block      the text does not go out at all
//   token      a placeholder (placeholder.h), which an answer gets the value back for
//   fpe        format-preserving encryption; a token where the value has no such form. Restored
//   synthetic  a made-up value of the type; restored where `restore` says so
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/aes_cbc.h"

namespace sally::content::anonymise {

struct Redact {};
struct Replace {
  std::optional<std::string> text;
};
struct Mask {
  std::string character = "*";
  size_t count = 0;  // characters: code points
  bool from_end = false;
};
struct Hash {
  enum class Kind : uint8_t { kKeyed, kSha256, kSha512 };
  Kind kind = Kind::kKeyed;
  std::string salt;
};
struct Encrypt {
  std::shared_ptr<const crypto::AesCbc> key;
};
struct Decrypt {
  std::shared_ptr<const crypto::AesCbc> key;
};
struct Keep {};
struct Block {};
struct Token {};
struct FormatPreserving {};
struct Synthetic {
  bool restore = false;
};

using Operator = std::variant<Redact, Replace, Mask, Hash, Encrypt, Decrypt, Keep, Block, Token,
                              FormatPreserving, Synthetic>;

// `redact`, `replace`, `mask`... Stable.
[[nodiscard]] std::string_view name_of(const Operator& op);

// An operator as configuration and requests write it. A setting that the operator does not have is
// an error, so that none is believed to be in force.
struct OperatorSettings {
  std::string_view name;
  std::optional<std::string_view> new_value;
  std::optional<std::string_view> masking_char;  // one character
  std::optional<int64_t> chars_to_mask;          // below 0 counts as 0
  std::optional<bool> from_end;
  std::optional<std::string_view> hash_type;  // `hmac`, `sha256`, `sha512`
  std::optional<std::string_view> salt;
  std::optional<std::string_view> key;  // 16, 24 or 32 octets
  std::optional<bool> restore;
};
// kInvalidInput with a hint.
[[nodiscard]] Result<Operator> make_operator(const OperatorSettings& settings);

// Which operator a type gets. Immutable once in use: every thread may ask.
class OperatorTable {
 public:
  // For every type without one of its own.
  explicit OperatorTable(Operator fallback = Replace{}) : fallback_(std::move(fallback)) {}

  void set(std::string_view type, Operator op) {
    by_type_.insert_or_assign(std::string(type), std::move(op));
  }
  [[nodiscard]] const Operator& of(std::string_view type) const {
    const auto found = by_type_.find(type);
    return found == by_type_.end() ? fallback_ : found->second;
  }

 private:
  Operator fallback_;
  std::map<std::string, Operator, std::less<>> by_type_;
};

}  // namespace sally::content::anonymise
