#include "content/anonymise/operator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::content::anonymise {
namespace {

constexpr std::array<std::string_view, std::variant_size_v<Operator>> kNames = {
    "redact", "replace", "mask",  "hash", "encrypt",  "decrypt",
    "keep",   "block",   "token", "fpe",  "synthetic"};
constexpr std::string_view kAnnotate = "annotate";

Error invalid(std::string message, std::string hint = {}) {
  return Error(ErrorKind::kInvalidInput, std::move(message), std::move(hint));
}

// One code point of UTF-8.
bool is_character(std::string_view text) {
  if (text.empty() || !is_utf8(text)) {
    return false;
  }
  return std::ranges::count_if(
             text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }) == 1;
}

// Settings that were taken; the others must not be there.
class Taking {
 public:
  explicit Taking(const OperatorSettings& settings) : left_(settings) {}

  template <typename T>
  std::optional<T> take(std::optional<T> OperatorSettings::* setting) {
    return std::exchange(left_.*setting, std::nullopt);
  }
  [[nodiscard]] Result<Operator> finish(Operator op) const {
    std::string_view name;
    if (left_.new_value) {
      name = "new_value";
    } else if (left_.masking_char) {
      name = "masking_char";
    } else if (left_.chars_to_mask) {
      name = "chars_to_mask";
    } else if (left_.from_end) {
      name = "from_end";
    } else if (left_.hash_type) {
      name = "hash_type";
    } else if (left_.salt) {
      name = "salt";
    } else if (left_.key) {
      name = "key";
    } else if (left_.restore) {
      name = "restore";
    }
    if (!name.empty()) {
      return invalid(fmt::format("the operator `{}` has no setting `{}`", name_of(op), name));
    }
    return op;
  }

 private:
  OperatorSettings left_;
};

Result<Operator> make_mask(Taking& taking) {
  Mask mask;
  mask.character = taking.take(&OperatorSettings::masking_char).value_or("*");
  if (!is_character(mask.character)) {
    return invalid("`masking_char` is not one character");
  }
  mask.count = static_cast<size_t>(
      std::max<int64_t>(taking.take(&OperatorSettings::chars_to_mask).value_or(0), 0));
  mask.from_end = taking.take(&OperatorSettings::from_end).value_or(false);
  return taking.finish(mask);
}

Result<Operator> make_hash(Taking& taking) {
  Hash hash;
  const std::string_view kind = taking.take(&OperatorSettings::hash_type).value_or("hmac");
  if (kind == "sha256" || kind == "sha512") {
    hash.kind = kind == "sha256" ? Hash::Kind::kSha256 : Hash::Kind::kSha512;
    hash.salt = taking.take(&OperatorSettings::salt).value_or("");
  } else if (kind != "hmac") {
    return invalid(fmt::format("there is no hash `{}`", printable(kind, 32)),
                   "`hmac`, `sha256` or `sha512`");
  }
  return taking.finish(hash);
}

template <typename Cipher>
Result<Operator> make_cipher(Taking& taking) {
  const Secret key(taking.take(&OperatorSettings::key).value_or(""));
  auto cbc = crypto::AesCbc::make(key);
  if (!cbc.ok()) {
    return invalid("`key` is no AES key", "give 16, 24 or 32 octets");
  }
  return taking.finish(Cipher{std::make_shared<const crypto::AesCbc>(std::move(*cbc))});
}

}  // namespace

std::string_view name_of(const Operator& op) {
  return kNames[op.index()];
}

Result<Operator> make_operator(const OperatorSettings& settings) {
  Taking taking(settings);
  const std::string_view name = settings.name == kAnnotate ? "keep" : settings.name;
  if (name == "redact") {
    return taking.finish(Redact{});
  }
  if (name == "replace") {
    Replace replace;
    if (const auto text = taking.take(&OperatorSettings::new_value)) {
      replace.text = std::string(*text);
    }
    return taking.finish(std::move(replace));
  }
  if (name == "mask") {
    return make_mask(taking);
  }
  if (name == "hash") {
    return make_hash(taking);
  }
  if (name == "encrypt") {
    return make_cipher<Encrypt>(taking);
  }
  if (name == "decrypt") {
    return make_cipher<Decrypt>(taking);
  }
  if (name == "keep") {
    return taking.finish(Keep{});
  }
  if (name == "block") {
    return taking.finish(Block{});
  }
  if (name == "token") {
    return taking.finish(Token{});
  }
  if (name == "fpe") {
    return taking.finish(FormatPreserving{});
  }
  if (name == "synthetic") {
    return taking.finish(
        Synthetic{.restore = taking.take(&OperatorSettings::restore).value_or(false)});
  }
  return invalid(fmt::format("there is no operator `{}`", printable(settings.name, 32)),
                 fmt::format("one of {}, {}", fmt::join(kNames, ", "), kAnnotate));
}

}  // namespace sally::content::anonymise
