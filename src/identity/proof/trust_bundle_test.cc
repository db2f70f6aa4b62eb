#include "identity/proof/trust_bundle.h"

#include <gmock/gmock.h>

#include "base/encoding.h"
#include "crypto/client_trust.h"
#include "identity/proof/test_authority.h"

namespace sally::identity {
namespace {

using ::testing::HasSubstr;

std::string bundle_of(const std::string& keys) {
  return R"({"keys":[)" + keys + R"(],"spiffe_sequence":12,"spiffe_refresh_hint":2419200})";
}
std::string key_of(const crypto::CertificateAndKey& authority, std::string_view use = "x509-svid") {
  return R"({"kty":"EC","crv":"P-256","use":")" + std::string(use) + R"(","x5c":[")" +
         to_base64(as_bytes(*crypto::certificate_der(authority.certificate)), Base64::kStandard,
                   Padding::kRequired) +
         R"("]})";
}
std::string error_of(std::string_view text) {
  const auto read = read_trust_bundle(text);
  return read.ok() ? "taken" : read.error().message();
}

TEST(TrustBundle, InJsonHoldsTheCertificatesThatPemHolds) {
  const auto one = samples::authority("one");
  const auto two = samples::authority("two");
  const auto pem = read_trust_bundle(bundle_of(key_of(one) + "," + key_of(two)));
  ASSERT_TRUE(pem.ok());
  EXPECT_EQ(*pem, one.certificate + two.certificate);
  EXPECT_EQ(*read_trust_bundle(one.certificate), one.certificate);
  const crypto::ClientDomain domains[] = {{"spiffe://a.example/", *pem}};
  EXPECT_TRUE(crypto::ClientTrust::create(domains).ok());
}

TEST(TrustBundle, LeavesKeysForAnythingElseAlone) {
  const auto one = samples::authority("one");
  const auto pem = read_trust_bundle(
      "\n " + bundle_of(R"({"kty":"EC","use":"jwt-svid","kid":"k","x":"AA","y":"AA"},)" +
                        key_of(one) + R"(,{"kty":"EC","use":7},{"kty":"OKP"})"));
  ASSERT_TRUE(pem.ok());
  EXPECT_EQ(*pem, one.certificate);
}

TEST(TrustBundle, ThatTrustsNobodyIsAMistake) {
  EXPECT_THAT(error_of(bundle_of("")), HasSubstr("no authority"));
  EXPECT_THAT(error_of(bundle_of(key_of(samples::authority("one"), "jwt-svid"))),
              HasSubstr("no authority"));
  EXPECT_THAT(error_of(""), HasSubstr("no certificate"));
  EXPECT_THAT(error_of("-----BEGIN PRIVATE KEY-----"), HasSubstr("no certificate"));
}

TEST(TrustBundle, IsStrictJsonWithOneCertificateForEachKey) {
  for (const std::string& text :
       {std::string("{"), std::string("{}"), std::string(R"({"keys":{}})"),
        std::string(R"({"keys":[7]})"), std::string(R"({"keys":[],"keys":[]})"),
        bundle_of(R"({"use":"x509-svid"})"), bundle_of(R"({"use":"x509-svid","x5c":[]})"),
        bundle_of(R"({"use":"x509-svid","x5c":"AAAA"})"),
        bundle_of(R"({"use":"x509-svid","x5c":["AAAA","AAAA"]})"),
        bundle_of(R"({"use":"x509-svid","x5c":["%%%"]})"),
        bundle_of(R"({"use":"x509-svid","x5c":["AA"]})"),
        bundle_of(R"({"use":"x509-svid","x5c":[7]})"),
        bundle_of(R"({"use":"x509-svid","x5c":[""]})")}) {
    const auto read = read_trust_bundle(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error().kind(), ErrorKind::kInvalidInput);
  }
}

TEST(TrustBundle, TruncatedAtEveryByteIsRefused) {
  const std::string text = bundle_of(key_of(samples::authority("one")));
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(read_trust_bundle(text.substr(0, size)).ok()) << size;
  }
}

TEST(TrustBundle, IsBounded) {
  const auto read = read_trust_bundle(std::string(kMaxTrustBundle + 1, ' '));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind(), ErrorKind::kTooLarge);
}

}  // namespace
}  // namespace sally::identity
