#include "identity/token/verify.h"

#include <gmock/gmock.h>

#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

using crypto::SignatureAlgorithm;
using samples::kNow;
using samples::Signer;
using std::chrono::seconds;

TokenRules rules() {
  TokenRules out;
  out.issuer = "i";
  out.audiences = {"gate", "second"};
  return out;
}
// Claims that are good under rules() at kNow, with `more` after them.
std::string claims(std::string_view more = {}, std::string_view audience = "\"gate\"") {
  return R"({"iss":"i","sub":"s","exp":2000000000,"aud":)" + std::string(audience) +
         std::string(more) + "}";
}
std::string verdict(const TokenResult<Claims>& result) {
  return std::string(result.ok() ? "taken" : result.error().code());
}
// The verdict on a payload that is signed as it should be.
std::string judge(const std::string& payload, const TokenRules& by = rules(), WallTime now = kNow) {
  const Signer signer;
  return verdict(verify_token(signer.sign(Signer::kHeader, payload), signer.keys(), by, now));
}
std::string judge_header(std::string_view header, const TokenRules& by = rules()) {
  const Signer signer;
  return verdict(verify_token(signer.sign(header, claims()), signer.keys(), by, kNow));
}

TEST(VerifyToken, TakesATokenOfEveryAlgorithmThatOpensslSigned) {
  const auto keys = JwkSet::parse(samples::kKeys);
  ASSERT_TRUE(keys.ok());
  for (const samples::Token& token : samples::kTokens) {
    const auto verified = verify_token(token.text, *keys, samples::rules(), kNow);
    ASSERT_TRUE(verified.ok()) << token.algorithm << verified.error().code();
    EXPECT_EQ(verified->subject, "user-1");
    EXPECT_EQ(verified->issuer, "https://issuer.example");
    EXPECT_EQ(verified->scope, "models:list models:call");
  }
}

TEST(VerifyToken, TakesEd25519ForTheAlgorithmOfAnEd25519Key) {
  EXPECT_EQ(judge_header(R"({"alg":"Ed25519"})"), "taken");
  EXPECT_EQ(judge_header(R"({"alg":"Ed448"})"), "token_algorithm");
  TokenRules without = rules();
  std::erase(without.algorithms, SignatureAlgorithm::kEdDsa);
  EXPECT_EQ(judge_header(R"({"alg":"Ed25519"})", without), "token_algorithm");
}

TEST(VerifyToken, RefusesATokenWithAnyCharacterChanged) {
  const auto keys = JwkSet::parse(samples::kKeys);
  ASSERT_TRUE(keys.ok());
  for (const size_t index : {0U, 6U, 9U}) {
    std::string text(samples::kTokens[index].text);
    for (size_t at = 0; at < text.size(); ++at) {
      const char good = text[at];
      text[at] = good == 'A' ? 'B' : 'A';
      EXPECT_NE(verdict(verify_token(text, *keys, samples::rules(), kNow)), "taken") << at;
      text[at] = good;
    }
  }
}

TEST(VerifyToken, RefusesATokenTruncatedAtEveryByte) {
  const auto keys = JwkSet::parse(samples::kKeys);
  ASSERT_TRUE(keys.ok());
  const std::string_view text = samples::kTokens[6].text;
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_NE(verdict(verify_token(text.substr(0, size), *keys, samples::rules(), kNow)), "taken");
  }
}

TEST(VerifyToken, ComparesTheIssuerOctetByOctet) {
  TokenRules by = rules();
  EXPECT_EQ(judge(claims(), by), "taken");
  for (const std::string_view other : {"", "I", "i/", "i ", "ii", "https://i"}) {
    by.issuer = other;
    EXPECT_EQ(judge(claims(), by), "token_issuer") << other;
  }
}

TEST(VerifyToken, TakesATokenForOneOfOurAudiencesOnly) {
  EXPECT_EQ(judge(claims("", R"("second")")), "taken");
  EXPECT_EQ(judge(claims("", R"(["gate"])")), "taken");
  EXPECT_EQ(judge(claims("", R"("Gate")")), "token_audience");
  EXPECT_EQ(judge(claims("", R"("gate second")")), "token_audience");
  EXPECT_EQ(judge(claims("", R"(["other","third"])")), "token_audience");
  TokenRules none = rules();
  none.audiences.clear();
  EXPECT_EQ(judge(claims(), none), "token_audience");
}

TEST(VerifyToken, TakesSeveralAudiencesWithAPartyOnlyUnlessTheRulesSayOtherwise) {
  constexpr std::string_view kTwo = R"(["other","gate"])";
  EXPECT_EQ(judge(claims("", kTwo)), "token_party");
  EXPECT_EQ(judge(claims(R"(,"azp":"app")", kTwo)), "taken");
  TokenRules by = rules();
  by.several_audiences = SeveralAudiences::kTaken;
  EXPECT_EQ(judge(claims("", kTwo), by), "taken");
}

TEST(VerifyToken, TakesATokenOfTheDemandedPartyOnly) {
  TokenRules by = rules();
  by.authorized_party = "app";
  EXPECT_EQ(judge(claims(R"(,"azp":"app")"), by), "taken");
  EXPECT_EQ(judge(claims(R"(,"azp":"App")"), by), "token_party");
  EXPECT_EQ(judge(claims(), by), "token_party");
}

TEST(VerifyToken, TakesATokenUntilItExpiresAndTheLeewayIsOver) {
  const auto at = [](seconds since_1970, seconds leeway) {
    TokenRules by = rules();
    by.leeway = Leeway::of(leeway).value();
    return judge(R"({"iss":"i","sub":"s","aud":"gate","exp":1000,"nbf":500,"iat":500})", by,
                 WallTime(since_1970));
  };
  EXPECT_EQ(at(seconds(999), seconds(0)), "taken");
  EXPECT_EQ(at(seconds(1'000), seconds(0)), "token_expired");
  EXPECT_EQ(at(seconds(1'000), seconds(1)), "taken");
  EXPECT_EQ(at(seconds(1'059), seconds(60)), "taken");
  EXPECT_EQ(at(seconds(1'060), seconds(60)), "token_expired");
  EXPECT_EQ(at(seconds(500), seconds(0)), "taken");
  EXPECT_EQ(at(seconds(499), seconds(0)), "token_not_yet");
  EXPECT_EQ(at(seconds(440), seconds(60)), "taken");
  EXPECT_EQ(at(seconds(439), seconds(60)), "token_not_yet");
}

TEST(VerifyToken, TakesNoTokenFromTheFuture) {
  EXPECT_EQ(judge(claims(R"(,"iat":1900000130)")), "taken");
  EXPECT_EQ(judge(claims(R"(,"iat":1900000130.5)")), "token_issued_later");
}

TEST(VerifyToken, TakesATokenOfTheAgeThatTheRulesAllow) {
  TokenRules by = rules();
  by.leeway = Leeway::of(seconds(0)).value();
  by.max_age = seconds(100);
  EXPECT_EQ(judge(claims(R"(,"iat":1900000000)"), by), "taken");
  EXPECT_EQ(judge(claims(R"(,"iat":1899999999.9)"), by), "token_too_old");
  EXPECT_EQ(judge(claims(R"(,"iat":0)"), by), "token_too_old");
  EXPECT_EQ(judge(claims(), by), "token_claim_missing");
  by.max_age = seconds::max();
  EXPECT_EQ(judge(claims(R"(,"iat":0)"), by), "taken");
}

TEST(VerifyToken, DemandsTheClaimsThatTheRulesDemand) {
  TokenRules by = rules();
  by.required = {"jti", "tenant"};
  EXPECT_EQ(judge(claims(R"(,"jti":"j")"), by), "token_claim_missing");
  EXPECT_EQ(judge(claims(R"(,"jti":"j","tenant":"t")"), by), "taken");
}

TEST(VerifyToken, TakesAKeyIdThatIsAbsentWhereThereIsNothingToChoose) {
  constexpr std::string_view kNoId = R"({"alg":"EdDSA"})";
  const Signer signer;
  const Signer other('o');
  const std::string text = signer.sign(kNoId, claims());
  const auto with = [&text](const std::string& keys) {
    return verdict(verify_token(text, *JwkSet::parse(R"({"keys":[)" + keys + "]}"), rules(), kNow));
  };
  EXPECT_EQ(with(signer.jwk()), "taken");
  EXPECT_EQ(with(signer.jwk() + "," + other.jwk("other", R"(,"use":"enc")")), "taken");
  EXPECT_EQ(with(signer.jwk() + "," + other.jwk("other")), "token_key_ambiguous");
  EXPECT_EQ(with(other.jwk()), "token_signature");
  EXPECT_EQ(with(""), "token_key_unknown");
}

TEST(VerifyToken, TellsAnUnknownKeyFromABadOne) {
  const Signer signer;
  EXPECT_EQ(judge_header(R"({"alg":"EdDSA","kid":"newer"})"), "token_key_unknown");
  EXPECT_EQ(judge_header(R"({"alg":"EdDSA","kid":""})"), "token_key_unknown");
  const auto unusable =
      JwkSet::parse(R"({"keys":[)" + signer.jwk("signer", R"(,"use":"enc")") + "]}");
  EXPECT_EQ(verdict(verify_token(signer.sign(Signer::kHeader, claims()), *unusable, rules(), kNow)),
            "token_key_unusable");
}

TEST(VerifyToken, GivesAnRsaKeyWithoutAnAlgorithmTheFirstOneOfTheRules) {
  // The RSA key of the samples under the id of its first token, without the name of an algorithm.
  const std::string_view all = samples::kKeys;
  const size_t numbers = all.find("\"n\"");
  const auto keys =
      JwkSet::parse(R"({"keys":[{"kty":"RSA","kid":"rs256",)" +
                    std::string(all.substr(numbers, all.find('}') - numbers)) + "}]}");
  ASSERT_TRUE(keys.ok() && keys->usable() == 1);
  const auto with = [&keys](std::vector<SignatureAlgorithm> algorithms) {
    TokenRules by = samples::rules();
    by.algorithms = std::move(algorithms);
    return verdict(verify_token(samples::kTokens[0].text, *keys, by, kNow));
  };
  using enum SignatureAlgorithm;
  EXPECT_EQ(with({kEs256, kRs256, kPs256}), "taken");
  EXPECT_EQ(with({kEs256, kPs256, kRs256}), "token_algorithm");
  EXPECT_EQ(with({kEs256}), "token_algorithm");
}

TEST(VerifyToken, TakesTheKindOfTokenThatIsAskedFor) {
  TokenRules access = rules();
  access.type = TokenType::kAccessToken;
  const auto of_type = [](std::string_view type) {
    return R"({"alg":"EdDSA","typ":")" + std::string(type) + "\"}";
  };
  for (const std::string_view type : {"JWT", "jwt", "application/jwt", "Application/JWT"}) {
    EXPECT_EQ(judge_header(of_type(type)), "taken") << type;
    EXPECT_EQ(judge_header(of_type(type), access), "token_type") << type;
  }
  EXPECT_EQ(judge_header(R"({"alg":"EdDSA"})"), "taken");
  EXPECT_EQ(judge_header(R"({"alg":"EdDSA"})", access), "token_type");
  for (const std::string_view type : {"at+jwt", "AT+JWT", "application/at+jwt"}) {
    EXPECT_EQ(judge_header(of_type(type)), "taken") << type;
    EXPECT_EQ(judge_header(of_type(type), access), "taken") << type;
  }
  for (const std::string_view type :
       {"", "dpop+jwt", "logout+jwt", "secevent+jwt", "JWT ", "text/jwt", "application/",
        "application/application/jwt", "JOSE"}) {
    EXPECT_EQ(judge_header(of_type(type)), "token_type") << type;
  }
}

TEST(VerifyToken, LooksAtNoClaimBeforeTheSignature) {
  const Signer signer;
  const Signer other('o');
  for (const std::string& payload : {std::string("no json"), claims(), std::string("{}")}) {
    EXPECT_EQ(
        verdict(verify_token(other.sign(Signer::kHeader, payload), signer.keys(), rules(), kNow)),
        "token_signature");
  }
}

TEST(VerifyToken, LetsNothingPassUnderEmptyRules) {
  const Signer signer;
  TokenRules empty;
  EXPECT_EQ(judge(claims(), empty), "token_issuer");
  empty = rules();
  empty.algorithms.clear();
  EXPECT_EQ(judge(claims(), empty), "token_algorithm");
}

TEST(Leeway, IsAMinuteAtMost) {
  static_assert(Leeway::of(seconds(60)).has_value());
  static_assert(!Leeway::of(seconds(61)).has_value());
  static_assert(!Leeway::of(seconds(-1)).has_value());
  EXPECT_EQ(Leeway().value(), seconds(30));
}

TEST(TokenFault, HasACodeOfItsOwn) {
  std::vector<std::string_view> codes;
  for (size_t i = 0; i < kTokenFaults; ++i) {
    codes.push_back(code_of(TokenFault(i)));
    EXPECT_TRUE(codes.back().starts_with("token_"));
    EXPECT_EQ(TokenRefusal(TokenFault(i)).to_error().kind(), ErrorKind::kUnauthenticated);
  }
  std::ranges::sort(codes);
  EXPECT_EQ(std::ranges::adjacent_find(codes), codes.end());
}

}  // namespace
}  // namespace sally::identity
