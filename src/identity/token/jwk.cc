#include "identity/token/jwk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "formats/json/writer.h"

namespace sally::identity {
namespace {

using crypto::Curve;
using crypto::PublicKey;
using crypto::SignatureAlgorithm;
using formats::JsonDocument;
using formats::JsonValue;

constexpr size_t kMaxDepth = 8;
constexpr size_t kMaxMembers = 4'000;

// RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1. Whoever sees one of them holds the key itself.
constexpr std::string_view kSecretMembers[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};

struct CurveRow {
  std::string_view name;
  Curve curve;
};
constexpr CurveRow kCurves[] = {
    {"P-256", Curve::kP256}, {"P-384", Curve::kP384}, {"P-521", Curve::kP521}};

Error refused(std::string what) {
  return Error(ErrorKind::kInvalidInput, std::move(what));
}

Result<std::optional<std::string>> optional_text(const JsonValue& json, std::string_view name) {
  const auto value = json.find(name);
  if (!value) {
    return std::optional<std::string>();
  }
  TRY(const std::string_view text, value->as_string());
  return std::optional<std::string>(text);
}

// A Base64urlUInt or the octets of a coordinate.
Result<Bytes> octets(const JsonValue& json, std::string_view name) {
  TRY(const std::string_view text, json.string(name));
  auto bytes = from_base64(text, Base64::kUrl, Padding::kNone);
  if (!bytes) {
    return refused(fmt::format("`{}` is no strict base64url", name));
  }
  return *std::move(bytes);
}

// What spoils a whole set: it was not meant for the public.
Result<> check_public(const JsonValue& json) {
  TRY_OK(json.as_object());
  TRY(const std::string_view type, json.string("kty"));
  if (type == "oct") {
    return refused("a symmetric key (`oct`) among the public keys");
  }
  for (const std::string_view name : kSecretMembers) {
    if (json.find(name)) {
      return refused(fmt::format("a public key with the secret member `{}`", name));
    }
  }
  return ok();
}

// `use` and `key_ops` (RFC 7517, sections 4.2 and 4.3).
Result<> check_purpose(const JsonValue& json) {
  TRY(const auto use, optional_text(json, "use"));
  if (use && *use != "sig") {
    return refused("its `use` is not `sig`");
  }
  const auto operations = json.find("key_ops");
  if (!operations) {
    return ok();
  }
  TRY(const JsonValue list, operations->as_array());
  size_t verify = 0;
  for (const JsonValue operation : list) {
    TRY(const std::string_view text, operation.as_string());
    verify += text == "verify" ? 1 : 0;
  }
  if (verify != 1) {
    return refused("its `key_ops` do not hold `verify` once");
  }
  return ok();
}

Result<PublicKey> read_key(const JsonValue& json) {
  TRY(const std::string_view type, json.string("kty"));
  if (type == "RSA") {
    TRY(const Bytes n, octets(json, "n"));
    TRY(const Bytes e, octets(json, "e"));
    return PublicKey::rsa(n, e);
  }
  if (type == "EC") {
    TRY(const std::string_view name, json.string("crv"));
    for (const CurveRow& row : kCurves) {
      if (row.name == name) {
        TRY(const Bytes x, octets(json, "x"));
        TRY(const Bytes y, octets(json, "y"));
        return PublicKey::ec(row.curve, x, y);
      }
    }
    return refused(fmt::format("the curve `{}` is not known", printable(name, 40)));
  }
  if (type == "OKP") {
    TRY(const std::string_view name, json.string("crv"));
    if (name != "Ed25519") {
      return refused(fmt::format("the curve `{}` is not known", printable(name, 40)));
    }
    TRY(const Bytes x, octets(json, "x"));
    return PublicKey::ed25519(x);
  }
  return refused(fmt::format("the key type `{}` is not known", printable(type, 40)));
}

// RFC 7638, section 3.2: the members that a key of this type must have, by name. Each stands in the
// only form that it can have, so that their text is that of whoever else makes the thumbprint.
Result<std::string> thumbprint_of(const JsonValue& json, crypto::KeyType type) {
  static constexpr std::string_view kRsa[] = {"e", "kty", "n"};
  static constexpr std::string_view kEc[] = {"crv", "kty", "x", "y"};
  static constexpr std::string_view kOkp[] = {"crv", "kty", "x"};
  const bool rsa = type == crypto::KeyType::kRsa;
  const bool okp = type == crypto::KeyType::kEd25519;
  const auto members = rsa   ? std::span<const std::string_view>(kRsa)
                       : okp ? std::span<const std::string_view>(kOkp)
                             : std::span<const std::string_view>(kEc);
  std::string text;
  formats::JsonWriter out(text);
  out.begin_object();
  for (const std::string_view name : members) {
    TRY(const std::string_view value, json.string(name));
    out.member(name, value);
  }
  out.end_object().finish();
  return to_base64(crypto::sha256(as_bytes(text)), Base64::kUrl, Padding::kNone);
}

// The only algorithm a key of this type can have; nullopt where there are several.
std::optional<SignatureAlgorithm> only_algorithm(crypto::KeyType type) {
  switch (type) {
    case crypto::KeyType::kRsa:
      return std::nullopt;
    case crypto::KeyType::kP256:
      return SignatureAlgorithm::kEs256;
    case crypto::KeyType::kP384:
      return SignatureAlgorithm::kEs384;
    case crypto::KeyType::kP521:
      return SignatureAlgorithm::kEs512;
    case crypto::KeyType::kEd25519:
      return SignatureAlgorithm::kEdDsa;
  }
  return std::nullopt;
}

}  // namespace

Result<Jwk> Jwk::parse(const JsonValue& json) {
  TRY_OK(check_public(json));
  TRY_OK(check_purpose(json));
  TRY(std::optional<std::string> id, optional_text(json, "kid"));
  TRY(const auto name, optional_text(json, "alg"));
  TRY(PublicKey key, read_key(json));
  std::optional<SignatureAlgorithm> algorithm = only_algorithm(key.type());
  if (name) {
    algorithm = crypto::signature_algorithm(*name);
    if (!algorithm || !key.serves(*algorithm)) {
      return refused(fmt::format("its `alg` `{}` is not one for it", printable(*name, 40)));
    }
  }
  TRY(std::string thumbprint, thumbprint_of(json, key.type()));
  return Jwk(std::move(id), std::move(key), std::move(thumbprint), algorithm);
}

Result<JwkSet> JwkSet::parse(std::string_view json) {
  TRY(const JsonDocument document,
      JsonDocument::parse(json, {.bytes = kMaxBytes, .depth = kMaxDepth, .members = kMaxMembers}));
  TRY(const JsonValue list, document.root().member("keys"));
  TRY_OK(list.as_array());
  if (list.size() > kMaxKeys) {
    return refused(fmt::format("{} keys are more than a set may have ({})", list.size(), kMaxKeys));
  }
  std::vector<Entry> entries;
  entries.reserve(list.size());
  for (const JsonValue one : list) {
    auto spoiled = check_public(one);
    if (!spoiled.ok()) {
      return spoiled.error().in(one.path());
    }
    TRY(std::optional<std::string> id, optional_text(one, "kid"));
    if (id && std::ranges::any_of(entries, [&id](const Entry& other) { return other.id == id; })) {
      return refused(
          fmt::format("`{}`: the key id `{}` stands twice", one.path(), printable(*id, 80)));
    }
    auto key = Jwk::parse(one);
    Entry& entry = entries.emplace_back();
    entry.id = std::move(id);
    if (key.ok()) {
      entry.key = *std::move(key);
    } else {
      entry.why_not = key.error().message();
    }
  }
  return JwkSet(std::move(entries));
}

size_t JwkSet::usable() const {
  return static_cast<size_t>(
      std::ranges::count_if(entries_, [](const Entry& entry) { return entry.key.has_value(); }));
}

const JwkSet::Entry* JwkSet::find(std::string_view id) const {
  const auto found =
      std::ranges::find_if(entries_, [id](const Entry& entry) { return entry.id == id; });
  return found == entries_.end() ? nullptr : &*found;
}

}  // namespace sally::identity
