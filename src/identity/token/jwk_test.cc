#include "identity/token/jwk.h"

#include <gmock/gmock.h>

#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

using crypto::SignatureAlgorithm;
using ::testing::HasSubstr;

std::string key(std::string_view more, std::string_view id = "k") {
  return samples::Signer().jwk(id, more);
}
std::string set_of(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}
// Why the set was refused, or why its only key was, or "good".
std::string verdict(const std::string& keys) {
  const auto set = JwkSet::parse(set_of(keys));
  if (!set.ok()) {
    return "set: " + set.error().message();
  }
  const JwkSet::Entry& first = set->entries().front();
  return first.key ? "good" : "key: " + first.why_not;
}

TEST(JwkSet, HoldsAKeyOfEveryAlgorithm) {
  const auto set = JwkSet::parse(samples::kKeys);
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->entries().size(), crypto::kSignatureAlgorithms);
  EXPECT_EQ(set->usable(), crypto::kSignatureAlgorithms);
  for (size_t i = 0; i < crypto::kSignatureAlgorithms; ++i) {
    const Jwk& one = *set->entries()[i].key;
    EXPECT_EQ(one.algorithm(), SignatureAlgorithm(i));
    EXPECT_EQ(set->find(*one.id())->key->algorithm(), SignatureAlgorithm(i));
  }
  EXPECT_EQ(set->find("ES256"), nullptr);
  EXPECT_EQ(set->find(""), nullptr);
}

TEST(JwkSet, MayBeEmpty) {
  const auto set = JwkSet::parse(set_of(""));
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->usable(), 0U);
}

TEST(JwkSet, IsRefusedWhereItIsNoStrictJsonOfItsForm) {
  for (const std::string_view text :
       {"", "[]", "{}", "null", R"({"keys":{}})", R"({"keys":null})", R"({"keys":[7]})",
        R"({"keys":[null]})", R"({"keys":[{}]})", R"({"keys":[{"kty":7}]})",
        R"({"keys":[],"keys":[]})", R"({"keys":[{"kty":"EC","kty":"RSA"}]})", R"({"keys":[])"}) {
    EXPECT_FALSE(JwkSet::parse(text).ok()) << text;
  }
  EXPECT_THAT(verdict(R"({"kty":"EC","kid":7})"), HasSubstr("set: "));
}

TEST(JwkSet, IsRefusedTruncatedAtEveryByte) {
  for (size_t size = 0; size < samples::kKeys.size(); ++size) {
    EXPECT_FALSE(JwkSet::parse(samples::kKeys.substr(0, size)).ok()) << size;
  }
}

TEST(JwkSet, IsRefusedWithASymmetricKeyAloneOrAmongOthers) {
  constexpr std::string_view kSymmetric =
      R"({"kty":"oct","kid":"mac","alg":"HS256","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"})";
  EXPECT_THAT(verdict(std::string(kSymmetric)), HasSubstr("set: keys[0]: a symmetric key"));
  EXPECT_THAT(verdict(key("") + "," + std::string(kSymmetric)), HasSubstr("symmetric"));
  // Also where it says that it is another.
  EXPECT_THAT(verdict(key(R"(,"k":"AAECAw")")), HasSubstr("set: keys[0]: a public key with"));
}

TEST(JwkSet, IsRefusedWithAPrivateKey) {
  for (const std::string_view member : {"d", "p", "q", "dp", "dq", "qi", "oth", "priv"}) {
    const std::string refused = verdict(key(",\"" + std::string(member) + "\":\"c2VjcmV0\""));
    EXPECT_THAT(refused, HasSubstr("set: keys[0]: a public key with the secret member"));
    EXPECT_THAT(refused, ::testing::Not(HasSubstr("c2VjcmV0")));
  }
}

TEST(JwkSet, IsRefusedWithAKeyIdThatStandsTwice) {
  EXPECT_THAT(verdict(key("", "a") + "," + key("", "a")), HasSubstr("`a` stands twice"));
  EXPECT_THAT(verdict(key("", "a") + "," + key(R"(,"use":"enc")", "a")), HasSubstr("stands twice"));
  EXPECT_EQ(verdict(key("", "a") + "," + key("", "b")), "good");
}

TEST(JwkSet, HasAsManyKeysAndBytesAsItMayAndNoMore) {
  std::string keys;
  for (size_t i = 0; i < JwkSet::kMaxKeys; ++i) {
    keys += (i == 0 ? "" : ",") + key("", std::to_string(i));
  }
  EXPECT_EQ(verdict(keys), "good");
  EXPECT_THAT(verdict(keys + "," + key("", "more")), HasSubstr("more than a set may have"));
  const auto large = JwkSet::parse(set_of(key("")) + std::string(JwkSet::kMaxBytes, ' '));
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().kind(), ErrorKind::kTooLarge);
}

TEST(JwkSet, KeepsAKeyForAnotherPurposeAsOneThatVerifiesNothing) {
  EXPECT_EQ(verdict(key(R"(,"use":"sig")")), "good");
  EXPECT_EQ(verdict(key(R"(,"key_ops":["verify"])")), "good");
  for (const std::string_view more :
       {R"(,"use":"enc")", R"(,"use":"SIG")", R"(,"use":7)", R"(,"key_ops":["encrypt"])",
        R"(,"key_ops":[])", R"(,"key_ops":"verify")", R"(,"key_ops":["verify","verify"])",
        R"(,"key_ops":[7])", R"(,"use":"enc","key_ops":["verify"])"}) {
    EXPECT_THAT(verdict(key(more)), HasSubstr("key: ")) << more;
  }
  const auto set = JwkSet::parse(set_of(key(R"(,"use":"enc")", "a") + "," + key("", "b")));
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->usable(), 1U);
  EXPECT_FALSE(set->find("a")->key);
  EXPECT_TRUE(set->find("b")->key);
}

TEST(JwkSet, KeepsAKeyOfUnknownKindAsOneThatVerifiesNothing) {
  EXPECT_THAT(verdict(R"({"kty":"AKP","alg":"ML-DSA-44","pub":"AAAA"})"), HasSubstr("`AKP`"));
  EXPECT_THAT(verdict(R"({"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"})"),
              HasSubstr("`secp256k1`"));
  EXPECT_THAT(verdict(R"({"kty":"OKP","crv":"X25519","x":"AAAA"})"), HasSubstr("`X25519`"));
  EXPECT_THAT(verdict(R"({"kty":"ec","crv":"P-256"})"), HasSubstr("key: "));
}

TEST(Jwk, HasAnAlgorithmThatFitsItsKey) {
  EXPECT_EQ(verdict(key(R"(,"alg":"EdDSA")")), "good");
  for (const std::string_view name : {"ES256", "RS256", "HS256", "none", "eddsa", "EdDSA ", ""}) {
    EXPECT_THAT(verdict(key(",\"alg\":\"" + std::string(name) + "\"")), HasSubstr("`alg`")) << name;
  }
}

TEST(Jwk, OfACurveHasOneAlgorithmAlsoWhereItNamesNone) {
  const auto set = JwkSet::parse(set_of(key("")));
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->entries()[0].key->algorithm(), SignatureAlgorithm::kEdDsa);
}

TEST(Jwk, MayNameItsAlgorithmEd25519) {
  EXPECT_EQ(verdict(key(R"(,"alg":"Ed25519")")), "good");
  EXPECT_THAT(verdict(key(R"(,"alg":"Ed448")")), HasSubstr("`alg`"));
  EXPECT_THAT(verdict(key(R"(,"alg":"ed25519")")), HasSubstr("`alg`"));
  const auto set = JwkSet::parse(set_of(key(R"(,"alg":"Ed25519")")));
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->entries()[0].key->algorithm(), SignatureAlgorithm::kEdDsa);
}

// The thumbprint of the only key of a set.
std::string thumbprint(const std::string& json) {
  const auto set = JwkSet::parse(set_of(json));
  return set.ok() && set->usable() == 1 ? set->entries()[0].key->thumbprint() : "none";
}

TEST(Jwk, HasTheThumbprintsOfTheRfcs) {
  // RFC 7638, section 3.1, and RFC 8037, appendix A.3.
  EXPECT_EQ(
      thumbprint(
          R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT)"
          R"(86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl)"
          R"(93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQv)"
          R"(RL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqb)"
          R"(w0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})"),
      "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(
      thumbprint(
          R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"),
      "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(Jwk, HasTheThumbprintThatPythonMakes) {
  const auto set = JwkSet::parse(samples::kKeys);
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->find("rs256")->key->thumbprint(), "8OnxfeFDq-9JAr4di_CzVUoMCFkKz-iHkn0zr2XF1b4");
  EXPECT_EQ(set->find("es256")->key->thumbprint(), "F0tNSK1ax2gzi_zEvSYYuoDtFdaiLwbco8pxVtwsflk");
  EXPECT_EQ(set->find("es384")->key->thumbprint(), "rsQ5FWyc_7pSarnk6W8Lu22Y-PL6ZvJVj7ubnfS6Dc4");
  EXPECT_EQ(set->find("es512")->key->thumbprint(), "ydLP6DcGd-QX_nSP2HNXjyjeOCopCHScS2CA1PH3Ohs");
  EXPECT_EQ(set->find("eddsa")->key->thumbprint(), "E1lk2NplG6Ntyuiy-gzq95KV2NB9Gw8N-NOYuAB_oB0");
}

TEST(Jwk, HasAThumbprintOfItsNumbersAlone) {
  EXPECT_EQ(thumbprint(key("", "a")), thumbprint(key(R"(,"use":"sig","alg":"EdDSA")", "b")));
  EXPECT_NE(thumbprint(samples::Signer('a').jwk()), thumbprint(samples::Signer('b').jwk()));
}

TEST(Jwk, HasAllItsNumbersInStrictBase64url) {
  for (const std::string_view json :
       {R"({"kty":"RSA","e":"AQAB"})", R"({"kty":"RSA","n":"AAAA"})",
        R"({"kty":"RSA","n":"AAA=","e":"AQAB"})", R"({"kty":"RSA","n":7,"e":"AQAB"})",
        R"({"kty":"EC","crv":"P-256","x":"AAAA"})", R"({"kty":"EC","x":"AAAA","y":"AAAA"})",
        R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})", R"({"kty":"OKP","crv":"Ed25519"})",
        R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})", R"({"kty":"RSA","n":"gQ","e":"AQAB"})"}) {
    EXPECT_THAT(verdict(std::string(json)), HasSubstr("key: ")) << json;
  }
}

}  // namespace
}  // namespace sally::identity
