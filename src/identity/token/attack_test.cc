// Known attacks on verifiers of tokens, each as an attacker would try it (RFC 8725; OWASP
// WSTG-SESS-10; the CVEs named below).
#include <gmock/gmock.h>

#include "crypto/hmac.h"
#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

using samples::base64url;
using samples::kNow;
using samples::Signer;

const JwkSet& issuer_keys() {
  static const JwkSet keys = *JwkSet::parse(samples::kKeys);
  return keys;
}
std::string verdict(const TokenResult<Claims>& result) {
  return std::string(result.ok() ? "taken" : result.error().code());
}
std::string judge(std::string_view text, const JwkSet& keys = issuer_keys()) {
  return verdict(verify_token(text, keys, samples::rules(), kNow));
}
// A token of the issuer whose key an attacker does not have, with another header before its payload
// and signature.
std::string with_header(std::string_view json, std::string_view signature = "AAAA") {
  return base64url(json) + "." + base64url(samples::kClaims) + "." + std::string(signature);
}
// What an attacker signs with the public key as if it were a shared secret.
std::string mac_of(std::string_view header, std::string_view secret) {
  const std::string text = base64url(header) + "." + base64url(samples::kClaims);
  const crypto::HmacKey key{Secret(secret)};
  return text + "." + to_base64(key.sign(as_bytes(text)), Base64::kUrl, Padding::kNone);
}
// A token that somebody with a key of our own trust signed, and what becomes of it.
std::string judge_signed(std::string_view header, std::string_view payload = samples::kClaims) {
  const Signer signer;
  return judge(signer.sign(header, payload), signer.keys());
}

TEST(TokenAttack, ThePublicKeyAsASharedSecretVerifiesNothingInAnyForm) {
  const Bytes spki =
      from_base64(samples::kRsaSpkiDer, Base64::kStandard, Padding::kRequired).value();
  const Bytes pkcs1 =
      from_base64(samples::kRsaPkcs1Der, Base64::kStandard, Padding::kRequired).value();
  const std::string_view pem = samples::kRsaSpkiPem;
  const std::string jwk(samples::kKeys.substr(9, samples::kKeys.find('}') - 8));
  for (const std::string& secret :
       {std::string(as_text(spki)), std::string(as_text(pkcs1)), std::string(pem),
        std::string(pem.substr(0, pem.size() - 1)), std::string(samples::kRsaPkcs1Pem),
        std::string(samples::kRsaSpkiDer), jwk, std::string()}) {
    for (const std::string_view header :
         {R"({"alg":"HS256","kid":"rs256"})", R"({"alg":"HS256"})",
          R"({"alg":"RS256","kid":"rs256"})", R"({"alg":"HS512","kid":"es256"})"}) {
      EXPECT_THAT(judge(mac_of(header, secret)),
                  ::testing::AnyOf("token_algorithm", "token_signature"));
    }
  }
}

TEST(TokenAttack, NoAlgorithmIsNoneHoweverItIsWritten) {
  for (const std::string_view name : {"none", "None", "NONE", "nOnE", "none ", "", "null"}) {
    const std::string header = R"({"alg":")" + std::string(name) + R"(","kid":"rs256"})";
    EXPECT_EQ(judge(with_header(header)), "token_algorithm") << name;
    EXPECT_EQ(judge(with_header(header, "")), "token_format") << name;
  }
}

TEST(TokenAttack, AnAlgorithmWithWhiteSpaceCaseOrUnicodeIsAnother) {
  for (const std::string_view name :
       {"EdDSA ", " EdDSA", "eddsa", "EDDSA", "Ed\\u0000DSA", "EdDSA\\n", "\xD0\x95\x64\x44SA",
        "EdDSA\\u200b", "\xEF\xBC\xA5\x64\x44SA"}) {
    EXPECT_EQ(judge_signed(R"({"alg":")" + std::string(name) + R"("})"), "token_algorithm") << name;
  }
  // The same characters, escaped, are the same name.
  EXPECT_EQ(judge_signed(R"({"alg":"\u0045dDSA"})"), "taken");
}

TEST(TokenAttack, AnotherAlgorithmOfTheSameKeyIsRefused) {
  // The signature is good under RS256; its key is for PS256, and the other way round.
  const auto set_without = [](std::string_view id) {
    std::string keys(samples::kKeys);
    const std::string from = "\"kid\":\"" + std::string(id) + "\"";
    keys.replace(keys.find(from), from.size(), R"("kid":"x")");
    return keys;
  };
  std::string keys = set_without("rs256");
  keys.replace(keys.find(R"("kid":"ps256")"), 13, R"("kid":"rs256")");
  EXPECT_EQ(judge(samples::kTokens[0].text, *JwkSet::parse(keys)), "token_algorithm");
}

TEST(TokenAttack, AKeyInTheHeaderIsNotTheKeyThatVerifies) {
  const Signer attacker('a');
  for (const std::string& header :
       {R"({"alg":"EdDSA","kid":"eddsa","jwk":)" + attacker.jwk("eddsa") + "}",
        R"({"alg":"EdDSA","kid":"signer","jwk":)" + attacker.jwk() + "}"}) {
    EXPECT_THAT(judge(attacker.sign(header, samples::kClaims)),
                ::testing::AnyOf("token_signature", "token_key_unknown"));
  }
}

TEST(TokenAttack, AnAddressOfAKeyInTheHeaderIsNotAsked) {
  const Signer attacker('a');
  for (const std::string_view member :
       {R"("jku":"http://169.254.169.254/latest/meta-data")",
        R"("x5u":"https://attacker.example/c")", R"("x5c":["MIIB"])", R"("x5t":"AAAA")",
        R"("jku":{"nested":["x"]})"}) {
    const std::string more(member);
    EXPECT_EQ(
        judge(attacker.sign(R"({"alg":"EdDSA","kid":"eddsa",)" + more + "}", samples::kClaims)),
        "token_signature");
    // Nor is it held against a token that is good by the issuer's own key.
    EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","kid":"signer",)" + more + "}"), "taken");
  }
}

TEST(TokenAttack, AKeyIdIsANameAndNeverAPathAQueryOrACString) {
  for (const std::string_view id :
       {"../../../../dev/null", "/proc/self/environ", "x' UNION SELECT 'key';--", "signer\\u0000",
        "\\u0000", "signer\\n", " signer", "Signer", "sign%65r", "*", "http://attacker.example/k",
        "| curl attacker.example"}) {
    EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","kid":")" + std::string(id) + R"("})"),
              "token_key_unknown")
        << id;
  }
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","kid":["signer"]})"), "token_header");
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","kid":{"$ne":""}})"), "token_header");
}

TEST(TokenAttack, AMemberThatStandsTwiceInTheHeaderIsRefused) {
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","alg":"none"})"), "token_header");
  EXPECT_EQ(judge_signed(R"({"alg":"none","alg":"EdDSA"})"), "token_header");
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","a\u006cg":"none"})"), "token_header");
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","kid":"signer","kid":"other"})"), "token_header");
}

TEST(TokenAttack, AClaimThatStandsTwiceIsRefused) {
  std::string payload(samples::kClaims);
  payload.replace(payload.size() - 1, 1, R"(,"sub":"admin"})");
  EXPECT_EQ(judge_signed(Signer::kHeader, payload), "token_claims");
  payload = samples::kClaims;
  payload.replace(payload.size() - 1, 1, R"(,"s\u0075b":"admin"})");
  EXPECT_EQ(judge_signed(Signer::kHeader, payload), "token_claims");
}

TEST(TokenAttack, AClaimInAnotherCaseIsAnother) {
  EXPECT_EQ(judge_signed(Signer::kHeader, R"({"ISS":"https://issuer.example","sub":"u",)"
                                          R"("aud":"https://gate.example","exp":2000000000})"),
            "token_claim_missing");
}

TEST(TokenAttack, APayloadThatStandsUnencodedIsRefused) {
  const Signer signer;
  constexpr std::string_view kUnencoded = R"({"alg":"EdDSA","b64":false,"crit":["b64"]})";
  EXPECT_EQ(judge_signed(kUnencoded), "token_critical");
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","b64":false})"), "token_critical");
  EXPECT_EQ(judge(signer.sign_parts(base64url(kUnencoded), "{}"), signer.keys()), "token_critical");
  EXPECT_EQ(judge(signer.sign_parts(base64url(Signer::kHeader), "{}"), signer.keys()),
            "token_format");
}

TEST(TokenAttack, AnExtensionThatMustBeUnderstoodIsRefused) {
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","crit":["http://example.com/UNDEFINED"]})"),
            "token_critical");
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","crit":["exp"],"exp":1})"), "token_critical");
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","crit":[]})"), "token_critical");
}

TEST(TokenAttack, ATokenWithinATokenIsRefused) {
  const Signer signer;
  const std::string inner = signer.sign(Signer::kHeader, samples::kClaims);
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","cty":"JWT"})", inner), "token_nested");
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","cty":"jwt"})", samples::kClaims), "token_nested");
  EXPECT_EQ(judge_signed(Signer::kHeader, inner), "token_claims");
}

TEST(TokenAttack, AnEncryptedTokenIsRefusedBeforeAnyWork) {
  // PBES2 with a billion rounds, and a compressed payload: neither is looked at.
  const std::string bomb =
      base64url(R"({"alg":"PBES2-HS512+A256KW","p2c":1000000000,"p2s":"AAAA","enc":"A256GCM"})");
  EXPECT_EQ(judge(bomb + ".AAAA.AAAA.AAAA.AAAA"), "token_encrypted");
  EXPECT_EQ(judge(bomb + ".AAAA.AAAA"), "token_encrypted");
  EXPECT_EQ(judge_signed(R"({"alg":"PBES2-HS512+A256KW","p2c":1000000000})"), "token_algorithm");
  EXPECT_EQ(judge_signed(R"({"alg":"EdDSA","zip":"DEF"})"), "token_encrypted");
}

TEST(TokenAttack, ATokenInJsonSerialisationIsRefused) {
  const Signer signer;
  const std::string text = signer.sign(Signer::kHeader, samples::kClaims);
  const size_t first = text.find('.');
  const size_t second = text.rfind('.');
  const std::string flat = R"({"protected":")" + text.substr(0, first) + R"(","payload":")" +
                           text.substr(first + 1, second - first - 1) + R"(","signature":")" +
                           text.substr(second + 1) + "\"}";
  EXPECT_EQ(judge(flat, signer.keys()), "token_format");
  EXPECT_EQ(judge(text, signer.keys()), "taken");
}

TEST(TokenAttack, AnExpiryThatIsTextHugeNegativeOrNoNumberIsRefused) {
  const auto expires = [](std::string_view value) {
    return judge_signed(Signer::kHeader, R"({"iss":"https://issuer.example","sub":"u",)"
                                         R"("aud":"https://gate.example","exp":)" +
                                             std::string(value) + "}");
  };
  EXPECT_EQ(expires("2000000000"), "taken");
  EXPECT_EQ(expires("2000000000.75"), "taken");
  EXPECT_EQ(expires("1900000000.99"), "token_expired");
  for (const std::string_view value :
       {"\"2000000000\"", "1e300", "9223372036854775807", "18446744073709551616", "-2000000000",
        "1e999", "null", "true", "[2000000000]", "{}", "\"never\"", "NaN", "Infinity"}) {
    EXPECT_EQ(expires(value), "token_claims") << value;
  }
  EXPECT_EQ(judge_signed(Signer::kHeader, R"({"iss":"https://issuer.example","sub":"u",)"
                                          R"("aud":"https://gate.example"})"),
            "token_claim_missing");
}

TEST(TokenAttack, ATokenThatIsTooLongIsRefusedUnread) {
  const Signer signer;
  std::string payload(samples::kClaims);
  payload.replace(payload.size() - 1, 1, R"(,"x":")" + std::string(kMaxTokenText, 'x') + "\"}");
  EXPECT_EQ(judge(signer.sign(Signer::kHeader, payload), signer.keys()), "token_too_long");
  EXPECT_EQ(judge(std::string(size_t{64} << 20, '.')), "token_too_long");
}

TEST(TokenAttack, SpacesAroundOrInsideATokenAreNotForgiven) {
  const std::string good(samples::kTokens[6].text);
  EXPECT_EQ(judge(good), "taken");
  for (const std::string& text : {" " + good, good + " ", good + "\n", "\t" + good, good + "=",
                                  good + std::string(1, '\0'), "Bearer " + good}) {
    EXPECT_EQ(judge(text), "token_format");
  }
  std::string inside = good;
  inside.insert(inside.find('.') + 3, "\r\n");
  EXPECT_EQ(judge(inside), "token_format");
}

TEST(TokenAttack, ASignatureInAnotherEncodingOfItsBytesIsRefused) {
  // The last of 86 characters carries two bits of the signature and four that must be zero.
  std::string text(samples::kTokens[6].text);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const size_t value = kAlphabet.find(text.back());
  ASSERT_EQ(value % 16, 0U);
  for (size_t bits = 1; bits < 16; ++bits) {
    text.back() = kAlphabet[value + bits];
    EXPECT_EQ(judge(text), "token_format");
  }
}

TEST(TokenAttack, ABlankSignatureOfEcdsaIsRefused) {
  // CVE-2022-21449: r and s of zero.
  EXPECT_EQ(judge(with_header(R"({"alg":"ES256","kid":"es256"})", std::string(86, 'A'))),
            "token_signature");
}

TEST(TokenAttack, ATokenOfOneIssuerIsNotGoodForAnother) {
  TokenRules other = samples::rules();
  other.issuer = "https://other.example";
  EXPECT_EQ(verdict(verify_token(samples::kTokens[6].text, issuer_keys(), other, kNow)),
            "token_issuer");
}

TEST(TokenAttack, ARefusalRepeatsNothingOfTheToken) {
  const Signer signer;
  constexpr std::string_view kMarker = "hunter2";
  for (const std::string& text :
       {signer.sign(R"({"alg":"hunter2"})", samples::kClaims),
        signer.sign(R"({"alg":"EdDSA","kid":"hunter2"})", samples::kClaims),
        signer.sign(R"({"alg":"EdDSA","typ":"hunter2"})", samples::kClaims),
        signer.sign(R"({"alg":"EdDSA","crit":["hunter2"]})", samples::kClaims),
        signer.sign(Signer::kHeader,
                    R"({"iss":"hunter2","sub":"hunter2","aud":"x","exp":2000000000})"),
        signer.sign(Signer::kHeader, R"({"iss":["hunter2"]})"),
        signer.sign(Signer::kHeader, "hunter2"), std::string("hunter2.hunter2.hunter2")}) {
    const auto refused = verify_token(text, signer.keys(), samples::rules(), kNow);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().to_error().to_string(),
                ::testing::Not(::testing::HasSubstr(std::string(kMarker))));
  }
}

}  // namespace
}  // namespace sally::identity
