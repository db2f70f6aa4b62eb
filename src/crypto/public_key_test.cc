#include "crypto/public_key.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "base/encoding.h"
#include "crypto/ed25519.h"
#include "support/vector_file.h"

namespace sally::crypto {
namespace {

using ::testing::HasSubstr;

constexpr SignatureAlgorithm kAll[] = {SignatureAlgorithm::kRs256, SignatureAlgorithm::kRs384,
                                       SignatureAlgorithm::kRs512, SignatureAlgorithm::kPs256,
                                       SignatureAlgorithm::kPs384, SignatureAlgorithm::kPs512,
                                       SignatureAlgorithm::kEs256, SignatureAlgorithm::kEs384,
                                       SignatureAlgorithm::kEs512, SignatureAlgorithm::kEdDsa};

struct Sample {
  SignatureAlgorithm algorithm;
  PublicKey key;
  Bytes message;
  Bytes signature;
};

Result<PublicKey> key_of(test::Vector& vector) {
  const Bytes type = vector.bytes("key");
  const std::string_view name = as_text(type);
  if (name == "RSA") {
    const Bytes n = vector.bytes("n");
    return PublicKey::rsa(n, vector.bytes("e"));
  }
  const Bytes x = vector.bytes("x");
  if (name == "Ed25519") {
    return PublicKey::ed25519(x);
  }
  const Curve curve = name == "P-256"   ? Curve::kP256
                      : name == "P-384" ? Curve::kP384
                                        : Curve::kP521;
  return PublicKey::ec(curve, x, vector.bytes("y"));
}

std::vector<Sample> samples() {
  std::vector<Sample> out;
  test::run_vectors("crypto/public_key.txt", [&out](test::Vector& vector) {
    const Bytes name = vector.bytes("algorithm");
    const auto algorithm = signature_algorithm(as_text(name));
    auto key = key_of(vector);
    ASSERT_TRUE(algorithm && key.ok()) << as_text(name);
    out.push_back({*algorithm, *key, vector.bytes("message"), vector.bytes("signature")});
  });
  EXPECT_EQ(out.size(), kSignatureAlgorithms);
  return out;
}

const Sample& sample_of(SignatureAlgorithm algorithm) {
  static const std::vector<Sample> all = samples();
  return all.at(static_cast<size_t>(algorithm));
}

Bytes unhex(std::string_view digits) {
  return from_hex(digits).value();
}
// 2^(bits-1) + `low`, a number of `bits` bits.
Bytes modulus(size_t bits, uint64_t low) {
  Bytes out((bits + 7) / 8);
  out[0] = std::byte(1U << ((bits - 1) % 8));
  for (size_t i = 0; i < 8; ++i) {
    out[out.size() - 1 - i] = std::byte(low >> (8 * i));
  }
  return out;
}
// The least number of that form without a small factor.
Bytes sound_modulus(size_t bits) {
  for (uint64_t low = 1;; low += 2) {
    Bytes out = modulus(bits, low);
    if (PublicKey::rsa(out, unhex("010001")).ok()) {
      return out;
    }
  }
}

std::string refusal(const Result<PublicKey>& key) {
  return key.ok() ? "accepted" : key.error().message();
}

TEST(SignatureAlgorithm, IsNamedAndFoundByExactlyItsName) {
  for (const SignatureAlgorithm algorithm : kAll) {
    EXPECT_EQ(signature_algorithm(name_of(algorithm)), algorithm);
  }
  for (const std::string_view name : {"", "none", "HS256", "rs256", "RS256 ", "Rs256", "ES521",
                                      "ES256K", "Ed448", "ed25519", "eddsa", "RSA-OAEP"}) {
    EXPECT_EQ(signature_algorithm(name), std::nullopt) << name;
  }
  // RFC 9864: the same algorithm by its full name.
  EXPECT_EQ(signature_algorithm("Ed25519"), SignatureAlgorithm::kEdDsa);
}

TEST(PublicKey, VerifiesASignatureOfEveryAlgorithmThatOpensslMade) {
  for (const SignatureAlgorithm algorithm : kAll) {
    const Sample& sample = sample_of(algorithm);
    EXPECT_EQ(sample.algorithm, algorithm);
    EXPECT_TRUE(sample.key.serves(algorithm));
    EXPECT_TRUE(sample.key.verify(algorithm, sample.message, sample.signature))
        << name_of(algorithm);
    EXPECT_FALSE(sample.key.verify(algorithm, as_bytes("another message"), sample.signature));
  }
}

TEST(PublicKey, VerifiesUnderNoAlgorithmButTheOneThatSigned) {
  for (const SignatureAlgorithm signed_with : kAll) {
    for (const SignatureAlgorithm tried : kAll) {
      const Sample& sample = sample_of(signed_with);
      EXPECT_EQ(sample.key.verify(tried, sample.message, sample.signature), tried == signed_with)
          << name_of(signed_with) << " as " << name_of(tried);
    }
  }
}

TEST(PublicKey, RefusesASoundRsaSignatureOfAnotherForm) {
  test::run_vectors("crypto/public_key_refused.txt", [](test::Vector& vector) {
    const Bytes name = vector.bytes("algorithm");
    const auto key = key_of(vector);
    ASSERT_TRUE(key.ok());
    EXPECT_FALSE(key->verify(*signature_algorithm(as_text(name)), vector.bytes("message"),
                             vector.bytes("signature")));
  });
}

TEST(PublicKey, RefusesASignatureWithAnyBitFlipped) {
  for (const SignatureAlgorithm algorithm :
       {SignatureAlgorithm::kRs256, SignatureAlgorithm::kPs256, SignatureAlgorithm::kEs256,
        SignatureAlgorithm::kEdDsa}) {
    const Sample& sample = sample_of(algorithm);
    for (size_t bit = 0; bit < sample.signature.size() * 8; bit += 3) {
      Bytes bad = sample.signature;
      bad[bit / 8] ^= std::byte(1U << (bit % 8));
      EXPECT_FALSE(sample.key.verify(algorithm, sample.message, bad)) << name_of(algorithm) << bit;
    }
  }
}

TEST(PublicKey, RefusesASignatureOfAnyOtherLength) {
  for (const SignatureAlgorithm algorithm : kAll) {
    const Sample& sample = sample_of(algorithm);
    for (size_t size = 0; size < sample.signature.size(); ++size) {
      EXPECT_FALSE(
          sample.key.verify(algorithm, sample.message, ByteView(sample.signature).first(size)));
    }
    Bytes longer = sample.signature;
    longer.push_back(std::byte{0});
    EXPECT_FALSE(sample.key.verify(algorithm, sample.message, longer)) << name_of(algorithm);
    longer.pop_back();
    longer.insert(longer.begin(), std::byte{0});
    EXPECT_FALSE(sample.key.verify(algorithm, sample.message, longer)) << name_of(algorithm);
  }
}

// The order of P-256.
constexpr std::string_view kOrder =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

TEST(PublicKey, RefusesAnEcdsaSignatureWhoseNumbersAreOutOfRange) {
  const Sample& sample = sample_of(SignatureAlgorithm::kEs256);
  const Bytes zero(32);
  const Bytes order = unhex(kOrder);
  const Bytes r(sample.signature.begin(), sample.signature.begin() + 32);
  const Bytes s(sample.signature.begin() + 32, sample.signature.end());
  const auto verifies = [&sample](Bytes first, const Bytes& second) {
    first.insert(first.end(), second.begin(), second.end());
    return sample.key.verify(SignatureAlgorithm::kEs256, sample.message, first);
  };
  EXPECT_TRUE(verifies(r, s));
  EXPECT_FALSE(verifies(zero, s));
  EXPECT_FALSE(verifies(r, zero));
  EXPECT_FALSE(verifies(zero, zero));
  EXPECT_FALSE(verifies(order, s));
  EXPECT_FALSE(verifies(r, order));
  EXPECT_FALSE(verifies(Bytes(32, std::byte{0xFF}), s));
}

TEST(PublicKey, TakesNoEcdsaSignatureInDer) {
  const Sample& sample = sample_of(SignatureAlgorithm::kEs256);
  // The same numbers as SEQUENCE of INTEGER, padded where they need it.
  Bytes der{std::byte{0x30}, std::byte{0}};
  for (size_t at = 0; at < 64; at += 32) {
    const bool pad = std::to_integer<int>(sample.signature[at]) >= 0x80;
    der.push_back(std::byte{2});
    der.push_back(std::byte(pad ? 33 : 32));
    if (pad) {
      der.push_back(std::byte{0});
    }
    der.insert(der.end(), sample.signature.begin() + static_cast<ptrdiff_t>(at),
               sample.signature.begin() + static_cast<ptrdiff_t>(at) + 32);
  }
  der[1] = std::byte(der.size() - 2);
  EXPECT_FALSE(sample.key.verify(SignatureAlgorithm::kEs256, sample.message, der));
}

TEST(PublicKey, IsMadeOfNoRsaModulusThatIsTooShortOrTooLong) {
  const Bytes e = unhex("010001");
  EXPECT_TRUE(PublicKey::rsa(sound_modulus(2'048), e).ok());
  EXPECT_TRUE(PublicKey::rsa(sound_modulus(8'192), e).ok());
  EXPECT_THAT(refusal(PublicKey::rsa(modulus(2'047, 1), e)), HasSubstr("less than 2048 bits"));
  EXPECT_THAT(refusal(PublicKey::rsa(modulus(1'024, 1), e)), HasSubstr("less than 2048 bits"));
  EXPECT_THAT(refusal(PublicKey::rsa(modulus(8'193, 1), e)), HasSubstr("more than 8192 bits"));
  EXPECT_THAT(refusal(PublicKey::rsa(Bytes(100'000, std::byte{0xFF}), e)),
              HasSubstr("more than 8192 bits"));
  EXPECT_THAT(refusal(PublicKey::rsa({}, e)), HasSubstr("empty"));
  Bytes padded = sound_modulus(2'048);
  padded.insert(padded.begin(), std::byte{0});
  EXPECT_THAT(refusal(PublicKey::rsa(padded, e)), HasSubstr("begins with a zero"));
}

TEST(PublicKey, IsMadeOfNoRsaModulusThatIsEvenOrHasASmallFactor) {
  const Bytes e = unhex("010001");
  EXPECT_THAT(refusal(PublicKey::rsa(modulus(2'048, 2), e)), HasSubstr("small factor"));
  // 2^2047 + 1 is divisible by 3.
  EXPECT_THAT(refusal(PublicKey::rsa(modulus(2'048, 1), e)), HasSubstr("small factor"));
}

TEST(PublicKey, IsMadeOfNoRsaExponentThatIsEvenSmallOrHuge) {
  const Bytes n = sound_modulus(2'048);
  EXPECT_TRUE(PublicKey::rsa(n, unhex("010001")).ok());
  EXPECT_TRUE(PublicKey::rsa(n, unhex("ffffffff")).ok());
  for (const std::string_view e : {"", "00", "01", "03", "11", "ffff", "010000", "010002",
                                   "00010001", "0100000001", "ffffffffffffffffff"}) {
    EXPECT_THAT(refusal(PublicKey::rsa(n, unhex(e))), HasSubstr("exponent")) << e;
  }
}

// A product of two numbers k*M + 65537^a mod M of 1024 bits, M the product of the primes to 167.
constexpr std::string_view kRocaShaped =
    "90000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000000000000014ab5354f4227d2dc34e7997763512a1208947c70efec271ae3f8fcc63b80000000000000000000"
    "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000640f7077e582d101ebbc4ec748053351913c8c0fe59ffb7a3449fe57f4ca4"
    "aca0875e2ceb2e96073b383416f52f31b788739dee9840441c05";

TEST(PublicKey, IsMadeOfNoRsaModulusWithTheFingerprintOfRoca) {
  Bytes n = unhex(kRocaShaped);
  ASSERT_EQ(n.size(), 256U);
  EXPECT_THAT(refusal(PublicKey::rsa(n, unhex("010001"))), HasSubstr("ROCA"));
  n[100] ^= std::byte{1};
  EXPECT_THAT(refusal(PublicKey::rsa(n, unhex("010001"))), ::testing::Not(HasSubstr("ROCA")));
}

TEST(PublicKey, IsMadeOfNoPointThatIsNotOnTheCurve) {
  constexpr std::pair<Curve, size_t> kSizes[] = {
      {Curve::kP256, 32}, {Curve::kP384, 48}, {Curve::kP521, 66}};
  for (const auto& [curve, size] : kSizes) {
    EXPECT_THAT(refusal(PublicKey::ec(curve, Bytes(size), Bytes(size))), HasSubstr("no key on P-"));
    EXPECT_THAT(refusal(PublicKey::ec(curve, Bytes(size, std::byte{0xFF}), Bytes(size))),
                HasSubstr("no key on P-"));
    EXPECT_THAT(refusal(PublicKey::ec(curve, Bytes(size - 1), Bytes(size))), HasSubstr("bytes"));
    EXPECT_THAT(refusal(PublicKey::ec(curve, Bytes(size), Bytes(size + 1))), HasSubstr("bytes"));
    EXPECT_THAT(refusal(PublicKey::ec(curve, {}, {})), HasSubstr("bytes"));
  }
}

TEST(PublicKey, IsMadeOfNoGoodPointWithABitFlipped) {
  test::run_vectors("crypto/public_key.txt", [](test::Vector& vector) {
    const Bytes name = vector.bytes("algorithm");
    const bool ecdsa = as_text(name).starts_with("ES");
    const auto good = key_of(vector);
    EXPECT_FALSE(vector.bytes("message").empty() || vector.bytes("signature").empty());
    if (!ecdsa) {
      return;
    }
    ASSERT_TRUE(good.ok());
    const Bytes x = vector.bytes("x");
    Bytes y = vector.bytes("y");
    for (size_t at = 0; at < y.size(); at += 5) {
      y[at] ^= std::byte{1};
      const Curve curve = y.size() == 32   ? Curve::kP256
                          : y.size() == 48 ? Curve::kP384
                                           : Curve::kP521;
      EXPECT_THAT(refusal(PublicKey::ec(curve, x, y)), HasSubstr("no key on P-"));
      y[at] ^= std::byte{1};
    }
  });
}

TEST(PublicKey, IsMadeOfNoEd25519PointThatIsNotOnTheCurveOrIsNotCanonical) {
  // Of two neighbouring y one is on the curve, the other is not (RFC 8032, test 1).
  Bytes point = unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_TRUE(PublicKey::ed25519(point).ok());
  size_t on_curve = 0;
  for (int i = 0; i < 64; ++i) {
    point[0] = std::byte(i);
    on_curve += PublicKey::ed25519(point).ok() ? 1 : 0;
  }
  EXPECT_GT(on_curve, 16U);
  EXPECT_LT(on_curve, 48U);
  // p + 3, where 3 itself is a point.
  EXPECT_TRUE(PublicKey::ed25519(unhex("03" + std::string(62, '0'))).ok());
  EXPECT_THAT(refusal(PublicKey::ed25519(unhex("f0" + std::string(60, 'f') + "7f"))),
              HasSubstr("no point"));
  for (const size_t size : {0U, 31U, 33U, 57U}) {
    EXPECT_THAT(refusal(PublicKey::ed25519(Bytes(size))), HasSubstr("32 bytes"));
  }
}

TEST(PublicKey, IsMadeOfNoEd25519PointOfSmallOrder) {
  for (const std::string_view low :
       {"0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"}) {
    Bytes point = unhex(low);
    EXPECT_THAT(refusal(PublicKey::ed25519(point)), HasSubstr("small order")) << low;
    point.back() |= std::byte{0x80};
    EXPECT_FALSE(PublicKey::ed25519(point).ok()) << low << " with the other sign";
  }
}

TEST(PublicKey, VerifiesOnManyThreadsAtOnce) {
  std::vector<std::jthread> threads;
  std::array<bool, 4> good{};
  for (size_t i = 0; i < good.size(); ++i) {
    threads.emplace_back([&good, i] {
      bool all = true;
      for (const SignatureAlgorithm algorithm : kAll) {
        const Sample& sample = sample_of(algorithm);
        all = all && sample.key.verify(algorithm, sample.message, sample.signature);
      }
      good[i] = all;
    });
  }
  threads.clear();
  EXPECT_THAT(good, ::testing::Each(true));
}

TEST(PublicKey, IsKeptByItsCopies) {
  const Sample& sample = sample_of(SignatureAlgorithm::kEs384);
  std::optional<PublicKey> first = sample.key;
  const PublicKey second = *first;
  first.reset();
  EXPECT_EQ(second.type(), KeyType::kP384);
  EXPECT_TRUE(second.verify(SignatureAlgorithm::kEs384, sample.message, sample.signature));
}

}  // namespace
}  // namespace sally::crypto
