#include "identity/token/claims.h"

#include <gmock/gmock.h>

#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The least claims with `more` after them.
std::string with(std::string_view more) {
  return R"({"iss":"i","sub":"s","aud":"a","exp":100)" + std::string(more) + "}";
}
std::string fault_of(std::string_view payload, const std::vector<std::string>& required = {}) {
  const auto claims = Claims::parse(payload, required);
  return std::string(claims.ok() ? "taken" : claims.error().code());
}
std::chrono::microseconds expiry(std::string_view number) {
  const auto claims =
      Claims::parse(R"({"iss":"i","sub":"s","aud":"a","exp":)" + std::string(number) + "}");
  return claims.ok() ? claims->expires.time_since_epoch() : std::chrono::microseconds(-1);
}

TEST(Claims, SayAllThatATokenSays) {
  const auto claims = Claims::parse(R"({
    "iss":"https://issuer.example", "sub":"user", "aud":["a","b"], "exp":200, "nbf":100, "iat":99.5,
    "jti":"id-1", "azp":"app", "scope":"one two", "email":"x@example.com", "groups":["g1","g2"],
    "cnf":{"x5t#S256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
           "jkt":"__________________________________________8"},
    "act":{"sub":"agent","iss":"https://agents.example","act":{"sub":"tool"}},
    "level":1.50, "nested":{"deep":[null,true,{"x":"\u00e4"}]} })");
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(claims->issuer, "https://issuer.example");
  EXPECT_EQ(claims->subject, "user");
  EXPECT_THAT(claims->audiences, ElementsAre("a", "b"));
  EXPECT_EQ(claims->expires.time_since_epoch(), std::chrono::seconds(200));
  EXPECT_EQ(claims->not_before->time_since_epoch(), std::chrono::seconds(100));
  EXPECT_EQ(claims->issued->time_since_epoch(), std::chrono::milliseconds(99'500));
  EXPECT_EQ(claims->id, "id-1");
  EXPECT_EQ(claims->authorized_party, "app");
  EXPECT_EQ(claims->scope, "one two");
  ASSERT_TRUE(claims->confirmation);
  EXPECT_EQ(claims->confirmation->certificate, std::string(43, 'A'));
  EXPECT_EQ(claims->confirmation->key, std::string(42, '_') + "8");
  ASSERT_EQ(claims->actors.size(), 2U);
  EXPECT_EQ(claims->actors[0].subject, "agent");
  EXPECT_EQ(claims->actors[0].issuer, "https://agents.example");
  EXPECT_EQ(claims->actors[1].subject, "tool");
  EXPECT_EQ(claims->actors[1].issuer, "");
  EXPECT_EQ(claims->other, R"({"email":"x@example.com","groups":["g1","g2"],"level":1.50,)"
                           R"("nested":{"deep":[null,true,{"x":"ä"}]}})");
}

TEST(Claims, AreFewWhereATokenSaysLittle) {
  const auto claims = Claims::parse(with(""));
  ASSERT_TRUE(claims.ok());
  EXPECT_THAT(claims->audiences, ElementsAre("a"));
  EXPECT_FALSE(claims->not_before || claims->issued || claims->confirmation);
  EXPECT_THAT(claims->actors, IsEmpty());
  EXPECT_EQ(claims->id + claims->authorized_party + claims->scope, "");
  EXPECT_EQ(claims->other, "{}");
}

TEST(Claims, AreOneStrictJsonObject) {
  for (const std::string_view payload : {"", "null", "[]", "\"x\"", "{", "{}x", "\xEF\xBB\xBF{}",
                                         R"({"exp":1,"exp":2})", R"({"sub":"a","s\u0075b":"b"})"}) {
    EXPECT_EQ(fault_of(payload), "token_claims") << payload;
  }
  EXPECT_EQ(fault_of(with(R"(,"x":)" + std::string(5'000, '[') + std::string(5'000, ']'))),
            "token_claims");
}

TEST(Claims, AreRefusedTruncatedAtEveryByte) {
  for (size_t size = 0; size < samples::kClaims.size(); ++size) {
    EXPECT_EQ(fault_of(samples::kClaims.substr(0, size)), "token_claims") << size;
  }
  EXPECT_EQ(fault_of(samples::kClaims), "taken");
}

TEST(Claims, LackNoneThatMustBeThere) {
  EXPECT_EQ(fault_of(R"({"sub":"s","aud":"a","exp":1})"), "token_claim_missing");
  EXPECT_EQ(fault_of(R"({"iss":"i","aud":"a","exp":1})"), "token_claim_missing");
  EXPECT_EQ(fault_of(R"({"iss":"i","sub":"s","exp":1})"), "token_claim_missing");
  EXPECT_EQ(fault_of(R"({"iss":"i","sub":"s","aud":"a"})"), "token_claim_missing");
  EXPECT_EQ(fault_of(with(""), {"jti", "tenant"}), "token_claim_missing");
  EXPECT_EQ(fault_of(with(R"(,"jti":"j","tenant":null)"), {"jti", "tenant"}),
            "token_claim_missing");
  EXPECT_EQ(fault_of(with(R"(,"jti":"j","tenant":0)"), {"jti", "tenant"}), "taken");
}

TEST(Claims, AreOfTheTypeTheyMustHave) {
  for (const std::string_view more :
       {R"(,"jti":7)", R"(,"jti":"")", R"(,"jti":null)", R"(,"azp":["app"])", R"(,"scope":["a"])",
        R"(,"scope":"a\nb")", R"(,"nbf":"1")", R"(,"iat":true)", R"(,"iat":null)"}) {
    EXPECT_EQ(fault_of(with(more)), "token_claims") << more;
  }
  for (const std::string_view sub :
       {"7", "null", "[\"s\"]", "{}", "\"\"", R"("a\u0000b")", R"("a\nb")", R"("\u007f")"}) {
    EXPECT_EQ(fault_of(R"({"iss":"i","aud":"a","exp":1,"sub":)" + std::string(sub) + "}"),
              "token_claims")
        << sub;
  }
  for (const std::string_view aud :
       {"7", "null", "[]", "[7]", "[\"a\",null]", "{}", "\"\"", "[\"\"]", "[[\"a\"]]"}) {
    EXPECT_EQ(fault_of(R"({"iss":"i","sub":"s","exp":1,"aud":)" + std::string(aud) + "}"),
              "token_claims")
        << aud;
  }
  EXPECT_EQ(fault_of(with(R"(,"scope":"")")), "taken");
}

TEST(Claims, HaveTimesThatAreNumbersOfASaneRange) {
  EXPECT_EQ(expiry("0"), std::chrono::seconds(0));
  EXPECT_EQ(expiry("1900000000"), std::chrono::seconds(1'900'000'000));
  EXPECT_EQ(expiry("1900000000.25"), std::chrono::milliseconds(1'900'000'000'250));
  EXPECT_EQ(expiry("1.9e9"), std::chrono::seconds(1'900'000'000));
  EXPECT_EQ(expiry("253402300799"), std::chrono::seconds(253'402'300'799));
  for (const std::string_view bad : {"-1", "-0.5", "253402300800", "1e300", "9223372036854775808",
                                     "1e400", "99999999999999999999", "\"1900000000\"", "null",
                                     "true", "[1]", "{}", "0x10", "+1", "01", "NaN", "Infinity"}) {
    EXPECT_EQ(expiry(bad), std::chrono::microseconds(-1)) << bad;
  }
}

TEST(Claims, AreBoundOnlyInWaysThatAreKnown) {
  for (const std::string_view cnf :
       {"{}", "null", "\"x\"", R"({"jwk":{"kty":"EC"}})", R"({"kid":"k"})", R"({"jkt":""})",
        R"({"jkt":7})", R"({"jkt":"AAAA"})", R"({"x5t#S256":"AAAA"})",
        R"({"jkt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})",
        R"({"jkt":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","x5t#S256":null})"}) {
    EXPECT_EQ(fault_of(with(",\"cnf\":" + std::string(cnf))), "token_confirmation") << cnf;
  }
}

// `depth` actors, the outermost named 1.
std::string chain(size_t depth) {
  std::string out;
  for (size_t i = 1; i <= depth; ++i) {
    out += (i == 1 ? R"({"sub":")" : R"(,"act":{"sub":")") + std::to_string(i) + "\"";
  }
  return out + std::string(depth, '}');
}

TEST(Claims, HaveAChainOfActorsInOrderAndNoLongerThanItMayBe) {
  const auto claims = Claims::parse(with(",\"act\":" + chain(Claims::kMaxActors)));
  ASSERT_TRUE(claims.ok());
  ASSERT_EQ(claims->actors.size(), Claims::kMaxActors);
  for (size_t i = 0; i < claims->actors.size(); ++i) {
    EXPECT_EQ(claims->actors[i].subject, std::to_string(i + 1));
  }
  EXPECT_EQ(fault_of(with(",\"act\":" + chain(Claims::kMaxActors + 1))), "token_actors");
  for (const std::string_view act :
       {"null", "\"agent\"", "{}", R"({"sub":7})", R"({"sub":""})", R"({"sub":"a\u0000"})",
        R"({"sub":"a","iss":7})", R"({"sub":"a","iss":""})", R"({"sub":"a","act":null})",
        R"({"sub":"a","act":{"iss":"i"}})", R"([{"sub":"a"}])"}) {
    EXPECT_EQ(fault_of(with(",\"act\":" + std::string(act))), "token_actors") << act;
  }
}

}  // namespace
}  // namespace sally::identity
