// Public keys that verify signatures (RFC 7518, RFC 8037), made from the raw numbers of a key.
//
//   TRY(auto key, PublicKey::ec(Curve::kP256, x, y));
//   if (!key.verify(SignatureAlgorithm::kEs256, message, signature)) ...
//
// A key that exists is fit for use: what is weak or no key at all is refused when it is made.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace sally::crypto {

// RFC 7518, section 3.1, RFC 8037 and RFC 9864. Asymmetric only: no key here can be held as a
// shared secret.
enum class SignatureAlgorithm : uint8_t {
  kRs256,  // RSASSA-PKCS1-v1_5
  kRs384,
  kRs512,
  kPs256,  // RSASSA-PSS, salt as long as the digest, MGF1 with the same hash
  kPs384,
  kPs512,
  kEs256,  // ECDSA, r and s side by side
  kEs384,
  kEs512,
  kEdDsa,  // Ed25519; `EdDSA`, or `Ed25519` where it is fully specified (RFC 9864)
};
inline constexpr size_t kSignatureAlgorithms = 10;

// `RS256`, as a token's header says it.
[[nodiscard]] std::string_view name_of(SignatureAlgorithm algorithm);
// The algorithm of exactly this name. `Ed25519` is another name of EdDSA, which is that and nothing
// else here.
[[nodiscard]] std::optional<SignatureAlgorithm> signature_algorithm(std::string_view name);

enum class Curve : uint8_t { kP256, kP384, kP521 };
enum class KeyType : uint8_t { kRsa, kP256, kP384, kP521, kEd25519 };

// Immutable; copies share the key; every thread may verify at once.
class PublicKey {
 public:
  static constexpr size_t kMinRsaBits = 2'048;
  static constexpr size_t kMaxRsaBits = 8'192;

  // Big-endian numbers without leading zeros. Refused (kInvalidInput): a modulus of less than
  // kMinRsaBits or more than kMaxRsaBits, even, with a prime factor up to 167, or of the form of
  // CVE-2017-15361 (ROCA); an exponent that is even, below 65537 (FIPS 186-5, section 5.1) or
  // beyond 32 bits.
  static Result<PublicKey> rsa(ByteView modulus, ByteView exponent);
  // Coordinates of exactly the size of the field (32, 48, 66 bytes). Refused: no point of the
  // curve.
  static Result<PublicKey> ec(Curve curve, ByteView x, ByteView y);
  // The 32 bytes of RFC 8032. Refused: no point of the curve, or one of small order.
  static Result<PublicKey> ed25519(ByteView point);

  [[nodiscard]] KeyType type() const;
  // Whether `algorithm` is one for this type of key.
  [[nodiscard]] bool serves(SignatureAlgorithm algorithm) const;
  // Whether `signature` over `message` is by the owner of this key. False also where the algorithm
  // is none for this key, or the signature has not exactly the length it must have.
  [[nodiscard]] bool verify(SignatureAlgorithm algorithm, ByteView message,
                            ByteView signature) const;

 private:
  struct Rep;
  explicit PublicKey(std::shared_ptr<const Rep> rep) : rep_(std::move(rep)) {}
  std::shared_ptr<const Rep> rep_;
};

}  // namespace sally::crypto
