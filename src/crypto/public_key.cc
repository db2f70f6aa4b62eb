#include "crypto/public_key.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "crypto/ed25519.h"
#include "crypto/ed25519_point.h"
#include "crypto/openssl_error.h"
#include "crypto/openssl_ptr.h"
#include "crypto/weak_rsa.h"

namespace sally::crypto {
namespace {

using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using ParamBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Release<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Release<OSSL_PARAM_free>>;
using EcdsaSignaturePtr = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG_free>>;

constexpr uint64_t kMinExponent = 65'537;
constexpr size_t kMaxExponentBytes = 4;

enum class Scheme : uint8_t { kPkcs1, kPss, kEcdsa, kEd25519 };

struct AlgorithmRow {
  SignatureAlgorithm algorithm;
  std::string_view name;
  Scheme scheme;
  const EVP_MD* (*digest)();  // null where the scheme has its own
  KeyType key;
};
constexpr std::array<AlgorithmRow, kSignatureAlgorithms> kAlgorithms = {{
    {SignatureAlgorithm::kRs256, "RS256", Scheme::kPkcs1, EVP_sha256, KeyType::kRsa},
    {SignatureAlgorithm::kRs384, "RS384", Scheme::kPkcs1, EVP_sha384, KeyType::kRsa},
    {SignatureAlgorithm::kRs512, "RS512", Scheme::kPkcs1, EVP_sha512, KeyType::kRsa},
    {SignatureAlgorithm::kPs256, "PS256", Scheme::kPss, EVP_sha256, KeyType::kRsa},
    {SignatureAlgorithm::kPs384, "PS384", Scheme::kPss, EVP_sha384, KeyType::kRsa},
    {SignatureAlgorithm::kPs512, "PS512", Scheme::kPss, EVP_sha512, KeyType::kRsa},
    {SignatureAlgorithm::kEs256, "ES256", Scheme::kEcdsa, EVP_sha256, KeyType::kP256},
    {SignatureAlgorithm::kEs384, "ES384", Scheme::kEcdsa, EVP_sha384, KeyType::kP384},
    {SignatureAlgorithm::kEs512, "ES512", Scheme::kEcdsa, EVP_sha512, KeyType::kP521},
    {SignatureAlgorithm::kEdDsa, "EdDSA", Scheme::kEd25519, nullptr, KeyType::kEd25519},
}};

const AlgorithmRow& row_of(SignatureAlgorithm algorithm) {
  return kAlgorithms[static_cast<size_t>(algorithm)];
}

struct CurveRow {
  KeyType type;
  const char* group;
  size_t size;  // bytes of a coordinate, and of r and s
};
constexpr std::array<CurveRow, 3> kCurves = {{
    {KeyType::kP256, "P-256", 32},
    {KeyType::kP384, "P-384", 48},
    {KeyType::kP521, "P-521", 66},
}};

Error refused(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, std::string(what));
}

Result<KeyPtr> key_from(const char* type, OSSL_PARAM_BLD* builder, std::string_view what) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* raw = nullptr;
  const bool made = params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  KeyPtr key(raw);
  if (!made || key == nullptr) {
    return openssl_error(ErrorKind::kInvalidInput, what);
  }
  ERR_clear_error();
  return key;
}

BignumPtr number(ByteView bytes) {
  return BignumPtr(BN_bin2bn(as_u8(bytes), static_cast<int>(bytes.size()), nullptr));
}

bool has_leading_zero(ByteView bytes) {
  return bytes.empty() || bytes.front() == std::byte{0};
}

Result<> check_exponent(ByteView exponent) {
  if (has_leading_zero(exponent)) {
    return refused("the exponent of an RSA key is empty or begins with a zero");
  }
  if (exponent.size() > kMaxExponentBytes) {
    return refused("the exponent of an RSA key is longer than 32 bits");
  }
  uint64_t value = 0;
  for (const std::byte octet : exponent) {
    value = value << 8 | std::to_integer<uint64_t>(octet);
  }
  if (value % 2 == 0 || value < kMinExponent) {
    return refused("the exponent of an RSA key is even or smaller than 65537");
  }
  return ok();
}

// r and s of fixed length as the DER that OpenSSL reads; empty where they are not that long.
// OpenSSL itself refuses either that is zero or not below the order.
Bytes to_der(ByteView signature, size_t size) {
  Bytes out;
  if (signature.size() != 2 * size) {
    return out;
  }
  const EcdsaSignaturePtr pair(ECDSA_SIG_new());
  BignumPtr r = number(signature.first(size));
  BignumPtr s = number(signature.subspan(size));
  // Takes both; fails only where one is null.
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1) {
    return out;
  }
  const int length = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (length > 0) {
    out.resize(static_cast<size_t>(length));
    unsigned char* at = as_u8(MutableBytes(out));
    i2d_ECDSA_SIG(pair.get(), &at);
  }
  return out;
}

bool verify_with(EVP_PKEY* key, const AlgorithmRow& row, ByteView message, ByteView signature) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // belongs to `context`
  if (!context || EVP_DigestVerifyInit(context.get(), &options, row.digest(), nullptr, key) != 1) {
    return false;
  }
  if (row.scheme == Scheme::kPss &&
      (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_mgf1_md(options, row.digest()) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), as_u8(signature), signature.size(), as_u8(message),
                          message.size()) == 1;
}

}  // namespace

std::string_view name_of(SignatureAlgorithm algorithm) {
  return row_of(algorithm).name;
}

std::optional<SignatureAlgorithm> signature_algorithm(std::string_view name) {
  if (name == "Ed25519") {
    return SignatureAlgorithm::kEdDsa;
  }
  for (const AlgorithmRow& row : kAlgorithms) {
    if (row.name == name) {
      return row.algorithm;
    }
  }
  return std::nullopt;
}

struct PublicKey::Rep {
  KeyType type = KeyType::kEd25519;
  KeyPtr pkey;               // but for Ed25519
  Ed25519PublicKey point{};  // of Ed25519
  size_t number_size = 0;    // bytes of a coordinate, or of the modulus
};

Result<PublicKey> PublicKey::rsa(ByteView modulus, ByteView exponent) {
  if (has_leading_zero(modulus)) {
    return refused("the modulus of an RSA key is empty or begins with a zero");
  }
  if (modulus.size() > kMaxRsaBits / 8) {
    return refused(fmt::format("an RSA key of more than {} bits", kMaxRsaBits));
  }
  TRY_OK(check_exponent(exponent));
  const BignumPtr n = number(modulus);
  const BignumPtr e = number(exponent);
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder) {
    return openssl_error(ErrorKind::kInternal, "cannot make an RSA key");
  }
  if (BN_num_bits(n.get()) < static_cast<int>(kMinRsaBits)) {
    return refused(fmt::format("an RSA key of less than {} bits", kMinRsaBits));
  }
  switch (check_modulus([&n](uint64_t prime) { return BN_mod_word(n.get(), prime); })) {
    case ModulusFault::kNone:
      break;
    case ModulusFault::kSmallFactor:
      return refused("the modulus of an RSA key has a small factor");
    case ModulusFault::kRoca:
      return refused("an RSA key of the flawed kind of CVE-2017-15361 (ROCA)");
  }
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return openssl_error(ErrorKind::kInternal, "cannot make an RSA key");
  }
  auto rep = std::make_shared<Rep>();
  TRY(rep->pkey, key_from("RSA", builder.get(), "this is no RSA key"));
  rep->type = KeyType::kRsa;
  rep->number_size = modulus.size();
  return PublicKey(std::move(rep));
}

Result<PublicKey> PublicKey::ec(Curve curve, ByteView x, ByteView y) {
  const CurveRow& row = kCurves[static_cast<size_t>(curve)];
  if (x.size() != row.size || y.size() != row.size) {
    return refused(fmt::format("a coordinate on {} is {} bytes", row.group, row.size));
  }
  Bytes point{std::byte{4}};  // uncompressed (SEC 1, section 2.3.3)
  point.insert(point.end(), x.begin(), x.end());
  point.insert(point.end(), y.begin(), y.end());
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, row.group, 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return openssl_error(ErrorKind::kInternal, "cannot make a key");
  }
  auto rep = std::make_shared<Rep>();
  TRY(rep->pkey, key_from("EC", builder.get(), fmt::format("this is no key on {}", row.group)));
  rep->type = row.type;
  rep->number_size = row.size;
  return PublicKey(std::move(rep));
}

Result<PublicKey> PublicKey::ed25519(ByteView point) {
  auto rep = std::make_shared<Rep>();
  if (point.size() != rep->point.size()) {
    return refused("an Ed25519 key is 32 bytes");
  }
  std::ranges::copy(point, rep->point.begin());
  switch (check_point(rep->point)) {
    case PointFault::kNone:
      break;
    case PointFault::kNoPoint:
      return refused("this is no Ed25519 key: no point of the curve");
    case PointFault::kSmallOrder:
      return refused("this is no Ed25519 key: a point of small order");
  }
  rep->type = KeyType::kEd25519;
  return PublicKey(std::move(rep));
}

KeyType PublicKey::type() const {
  return rep_->type;
}

bool PublicKey::serves(SignatureAlgorithm algorithm) const {
  return row_of(algorithm).key == rep_->type;
}

bool PublicKey::verify(SignatureAlgorithm algorithm, ByteView message, ByteView signature) const {
  if (!serves(algorithm)) {
    return false;
  }
  const AlgorithmRow& row = row_of(algorithm);
  bool good = false;
  switch (row.scheme) {
    case Scheme::kPkcs1:
    case Scheme::kPss:
      good = signature.size() == rep_->number_size &&
             verify_with(rep_->pkey.get(), row, message, signature);
      break;
    case Scheme::kEcdsa: {
      const Bytes der = to_der(signature, rep_->number_size);
      good = !der.empty() && verify_with(rep_->pkey.get(), row, message, der);
      break;
    }
    case Scheme::kEd25519: {
      Ed25519Signature fixed{};
      if (signature.size() == fixed.size()) {
        std::ranges::copy(signature, fixed.begin());
        good = ed25519_verify(rep_->point, message, fixed);
      }
      break;
    }
  }
  ERR_clear_error();
  return good;
}

}  // namespace sally::crypto
