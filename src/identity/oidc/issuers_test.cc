#include "identity/oidc/issuers.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "identity/oidc/test_fetcher.h"
#include "identity/token/token_samples.h"

namespace sally::identity {
namespace {

using namespace std::chrono_literals;
using samples::Signer;
using testing::HasSubstr;

constexpr std::string_view kDiscovery =
    R"({"issuer":"https://issuer.example","jwks_uri":"https://keys.example/set"})";

IssuerSettings corp() {
  IssuerSettings out;
  out.name = "corp";
  out.rules = samples::rules();
  out.groups = "groups";
  out.display_name = "name";
  out.claims = {"department"};
  return out;
}

std::string claims(std::string_view more = {}) {
  return R"({"iss":"https://issuer.example","sub":"alice","aud":"https://gate.example",)"
         R"("exp":2000000000,"iat":1900000000)" +
         std::string(more) + "}";
}

class IssuersTest : public testing::Test {
 protected:
  IssuersTest()
      : clock_(samples::kNow),
        log_(::open("/dev/null", O_WRONLY | O_CLOEXEC), LogFormat::kJson, LogLevel::kError,
             clock_) {
    restart({corp()});
  }
  void restart(std::vector<IssuerSettings> settings) {
    issuers_ = std::make_unique<Issuers>(std::move(settings), fetcher_, log_, issuers_.get());
  }

  // `alice`, the code of a refusal, `unavailable`, or `ask`.
  std::string verdict(std::string_view token) {
    const auto said = issuers_->verify(token, now_);
    if (!said) {
      return "ask";
    }
    if (said->ok()) {
      return (**said)->principal->id;
    }
    if (said->error().error.kind() == ErrorKind::kUnavailable) {
      return "unavailable";
    }
    const std::string& challenge = said->error().challenge;
    const size_t at = challenge.find("description=\"");
    return challenge.substr(at + 13, challenge.size() - at - 14);
  }
  void ask(std::string_view token) {
    issuers_->ask(token, now_, [this] { ++done_; });
  }
  std::string keys_of(const Signer& signer, std::string_view id = "signer") {
    return R"({"keys":[)" + signer.jwk(id) + "]}";
  }
  // Lets the issuer be known, with the signer's keys.
  void learn() {
    ask(token_);
    fetcher_.answer(kDiscovery);
    fetcher_.answer(keys_of(signer_));
  }

  HeldFetcher fetcher_;
  FakeClock clock_;
  Logger log_;
  WallTime now_ = samples::kNow;
  Signer signer_;
  const std::string token_ = signer_.sign(Signer::kHeader, claims());
  std::unique_ptr<Issuers> issuers_;
  int done_ = 0;
};

TEST_F(IssuersTest, AnIssuerIsAskedWhenItsFirstTokenComes) {
  EXPECT_EQ(verdict(token_), "ask");
  ask(token_);
  EXPECT_EQ(fetcher_.waiting(), "https://issuer.example/.well-known/openid-configuration");
  fetcher_.answer(kDiscovery);
  EXPECT_EQ(fetcher_.waiting(), "https://keys.example/set");
  EXPECT_EQ(done_, 0);
  fetcher_.answer(keys_of(signer_));
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(verdict(token_), "corp/alice");
}

TEST_F(IssuersTest, WhoeverAsksMeanwhileJoinsTheSameFlight) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(verdict(token_), "ask");
    ask(token_);
  }
  EXPECT_EQ(fetcher_.asked, 1U);
  fetcher_.answer(kDiscovery);
  fetcher_.answer(keys_of(signer_));
  EXPECT_EQ(done_, 100);
  EXPECT_EQ(fetcher_.asked, 2U);
}

TEST_F(IssuersTest, AFailureIsNotRepeatedAtOnce) {
  ask(token_);
  fetcher_.answer(Error(ErrorKind::kTimeout, "no answer"));
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(verdict(token_), "unavailable");
  now_ += IssuerKeys::kPause;
  EXPECT_EQ(verdict(token_), "ask");
}

TEST_F(IssuersTest, WhatIsNoDiscoveryOrNoKeySetIsAFailure) {
  for (
      const std::string_view body :
      {"", "{}", R"({"issuer":"https://other.example","jwks_uri":"https://x.example"})",
       R"({"issuer":"https://issuer.example","jwks_uri":"http://keys.example/set"})",
       R"({"issuer":"https://issuer.example","issuer":"https://issuer.example","jwks_uri":"https://a.example"})"}) {
    ask(token_);
    fetcher_.answer(body);
    EXPECT_EQ(verdict(token_), "unavailable") << body;
    now_ += IssuerKeys::kPause;
  }
  for (const std::string_view body :
       {"", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AA"}]})"}) {
    ask(token_);
    fetcher_.answer(kDiscovery);
    fetcher_.answer(body);
    EXPECT_EQ(verdict(token_), "unavailable") << body;
    now_ += IssuerKeys::kPause;
  }
  ask(token_);
  fetcher_.answer(kDiscovery, 500);
  EXPECT_EQ(verdict(token_), "unavailable");
  EXPECT_EQ(done_, 10);
}

TEST_F(IssuersTest, AnUnknownKeyAsksAgainButNotMoreThanOnceInAWhile) {
  learn();
  const Signer other('o');
  const std::string fresh = other.sign(R"({"alg":"EdDSA","kid":"next"})", claims());
  EXPECT_EQ(verdict(fresh), "token_key_unknown");  // asked just now
  now_ += IssuerKeys::kPause;
  EXPECT_EQ(verdict(fresh), "ask");
  ask(fresh);
  fetcher_.answer(kDiscovery);
  fetcher_.answer(R"({"keys":[)" + signer_.jwk() + "," + other.jwk("next") + "]}");
  EXPECT_EQ(verdict(fresh), "corp/alice");
  EXPECT_EQ(verdict(token_), "corp/alice");
}

TEST_F(IssuersTest, AKeyThatWasNotThereIsRemembered) {
  learn();
  const std::string made_up = signer_.sign(R"({"alg":"EdDSA","kid":"made-up"})", claims());
  now_ += IssuerKeys::kPause;
  ask(made_up);
  fetcher_.answer(kDiscovery);
  fetcher_.answer(keys_of(signer_));
  now_ += IssuerKeys::kPause;
  EXPECT_EQ(verdict(made_up), "token_key_unknown");
  const size_t asked = fetcher_.asked;
  ask(made_up);
  EXPECT_EQ(fetcher_.asked, asked);
  now_ += IssuerKeys::kForget;
  EXPECT_EQ(verdict(made_up), "ask");
}

TEST_F(IssuersTest, AKeyThatIsGoneEndsItsTokens) {
  learn();
  EXPECT_EQ(verdict(token_), "corp/alice");
  const Signer other('o');
  now_ += corp().refresh;
  issuers_->keep_fresh(now_);
  EXPECT_EQ(verdict(token_), "corp/alice");  // while it is fetched
  fetcher_.answer(kDiscovery);
  fetcher_.answer(keys_of(other, "next"));
  EXPECT_EQ(verdict(token_), "token_key_unknown");
}

TEST_F(IssuersTest, KeysCountWhileTheIssuerIsAwayButNotForEver) {
  learn();
  now_ += corp().refresh;
  issuers_->keep_fresh(now_);
  fetcher_.answer(Error(ErrorKind::kUnavailable, "connection refused"));
  EXPECT_EQ(verdict(token_), "corp/alice");
  EXPECT_TRUE(issuers_->reachable("corp", now_));
  now_ = samples::kNow + corp().stale;
  EXPECT_EQ(verdict(token_), "ask");
  EXPECT_FALSE(issuers_->reachable("corp", now_));
  ask(token_);
  fetcher_.answer(Error(ErrorKind::kUnavailable, "connection refused"));
  EXPECT_EQ(verdict(token_), "unavailable");
}

TEST_F(IssuersTest, ATokenEndsThoughItIsRemembered) {
  learn();
  const std::string brief = signer_.sign(
      Signer::kHeader,
      R"({"iss":"https://issuer.example","sub":"alice","aud":"https://gate.example","exp":1900000200})");
  EXPECT_EQ(verdict(brief), "corp/alice");
  EXPECT_EQ(verdict(brief), "corp/alice");
  now_ = WallTime(1'900'000'229s);
  EXPECT_EQ(verdict(brief), "corp/alice");  // within the leeway
  now_ = WallTime(1'900'000'230s);
  EXPECT_EQ(verdict(brief), "token_expired");
}

TEST_F(IssuersTest, AnotherIssuerOrAnotherAudienceIsRefused) {
  learn();
  EXPECT_EQ(
      verdict(signer_.sign(
          Signer::kHeader,
          R"({"iss":"https://evil.example","sub":"a","aud":"https://gate.example","exp":2000000000})")),
      "token_issuer");
  EXPECT_EQ(
      verdict(signer_.sign(
          Signer::kHeader,
          R"({"iss":"https://issuer.example","sub":"a","aud":"https://other.example","exp":2000000000})")),
      "token_audience");
  EXPECT_EQ(verdict("a.b.c"), "token_format");
  EXPECT_EQ(verdict(std::string(100'000, 'a')), "token_too_long");
}

TEST_F(IssuersTest, ATokenOfOneIssuerIsNotVerifiedWithTheKeysOfAnother) {
  IssuerSettings other = corp();
  other.name = "other";
  other.rules.issuer = "https://other.example";
  const Signer others('o');
  other.own_keys = std::make_shared<const JwkSet>(others.keys());
  restart({corp(), other});
  const std::string forged = others.sign(Signer::kHeader, claims());
  ask(forged);
  fetcher_.answer(kDiscovery);
  fetcher_.answer(keys_of(signer_));
  EXPECT_EQ(verdict(forged), "token_signature");
}

TEST_F(IssuersTest, KeysOfTheOperatorsOwnAskNobody) {
  IssuerSettings fixed = corp();
  fixed.own_keys = std::make_shared<const JwkSet>(signer_.keys());
  restart({fixed});
  EXPECT_EQ(verdict(token_), "corp/alice");
  EXPECT_EQ(verdict(signer_.sign(R"({"alg":"EdDSA","kid":"x"})", claims())), "token_key_unknown");
  issuers_->keep_fresh(now_ + 1000h);
  EXPECT_EQ(fetcher_.asked, 0U);
}

TEST_F(IssuersTest, AReloadKeepsTheKeysOfAnIssuerThatStaysTheSame) {
  learn();
  const size_t asked = fetcher_.asked;
  restart({corp()});
  EXPECT_EQ(verdict(token_), "corp/alice");
  EXPECT_EQ(fetcher_.asked, asked);
  IssuerSettings moved = corp();
  moved.jwks_url = "https://elsewhere.example/keys";
  restart({moved});
  EXPECT_EQ(verdict(token_), "ask");
}

TEST_F(IssuersTest, AnAnswerSaysHowLongItMayBeKeptWithinBounds) {
  ask(token_);
  fetcher_.answer(kDiscovery);
  fetcher_.answer(
      FetchAnswer{.status = 200, .content_type = {}, .body = keys_of(signer_), .max_age = 120s});
  const size_t asked = fetcher_.asked;
  issuers_->keep_fresh(now_ + 119s);
  EXPECT_EQ(fetcher_.asked, asked);
  issuers_->keep_fresh(now_ + 120s);
  EXPECT_EQ(fetcher_.asked, asked + 1);
}

TEST_F(IssuersTest, ARefusalHoldsNothingOfTheToken) {
  learn();
  const std::string token = signer_.sign(Signer::kHeader, claims(R"(,"nbf":1999999999)"));
  const auto said = issuers_->verify(token, now_);
  ASSERT_TRUE(said.has_value() && !said->ok());
  EXPECT_EQ(said->error().challenge,
            R"(Bearer error="invalid_token", error_description="token_not_yet")");
  EXPECT_EQ(said->error().error.kind(), ErrorKind::kUnauthenticated);
  EXPECT_THAT(said->error().error.to_string(), testing::Not(HasSubstr(token.substr(40, 12))));
}

TEST_F(IssuersTest, ManyTokensDoNotGrowTheCacheWithoutEnd) {
  learn();
  TokenCache cache;
  const auto token = std::make_shared<const VerifiedToken>();
  for (uint32_t i = 0; i < 200'000; ++i) {
    crypto::Sha256Digest digest{};
    std::memcpy(digest.data(), &i, sizeof(i));
    digest.back() = static_cast<std::byte>(i);
    cache.put(digest, token);
  }
  EXPECT_LE(token.use_count(), static_cast<long>(1 + 2 * TokenCache::kShards * TokenCache::kMost));
}

TEST(PrincipalOf, ReadsWhatTheOperatorAskedFor) {
  const auto said = Claims::parse(claims(
      R"(,"groups":["sales","",7,{"x":1}],"name":"Alice","department":"emea","jti":"t1","sid":"s1","scope":"read  write")"));
  ASSERT_TRUE(said.ok());
  const auto who = principal_of(corp(), *said);
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(who->kind, PrincipalKind::kUser);
  EXPECT_EQ(who->groups, (std::vector<std::string>{"corp/sales", "corp/7"}));
  EXPECT_EQ(who->name, "Alice");
  EXPECT_EQ(who->claims, (std::vector<ClaimValue>{{"department", {"emea"}}}));
  EXPECT_EQ(who->token, "corp/t1");
  EXPECT_EQ(who->session, "corp/s1");
  EXPECT_EQ(who->scopes, (std::vector<std::string>{"read", "write"}));
  EXPECT_EQ(who->proofs, (std::vector<std::string>{"corp"}));
}

TEST(PrincipalOf, FindsClaimsInObjects) {
  IssuerSettings issuer = corp();
  issuer.groups = "realm_access.roles";
  const auto nested = Claims::parse(claims(R"(,"realm_access":{"roles":["a"]})"));
  EXPECT_EQ(principal_of(issuer, *nested)->groups, (std::vector<std::string>{"corp/a"}));
  issuer.groups = "https://x.example/groups";
  const auto dotted = Claims::parse(claims(R"(,"https://x.example/groups":["b"])"));
  EXPECT_EQ(principal_of(issuer, *dotted)->groups, (std::vector<std::string>{"corp/b"}));
}

TEST(PrincipalOf, TheActorActsAndTheSubjectIsWhomItActsFor) {
  const auto said = Claims::parse(
      claims(R"(,"act":{"sub":"bot","act":{"sub":"planner","iss":"https://issuer.example"}})"));
  const auto who = principal_of(corp(), *said);
  ASSERT_TRUE(who.ok());
  EXPECT_EQ(who->kind, PrincipalKind::kAgent);
  EXPECT_EQ(who->id, "corp/bot");
  EXPECT_EQ(who->acts_for, (Party{PrincipalKind::kUser, "corp/alice"}));
  EXPECT_EQ(who->via, (std::vector<Party>{{PrincipalKind::kAgent, "corp/planner"}}));
}

TEST(PrincipalOf, AnActorOfAnotherIssuerIsRefused) {
  const auto said = Claims::parse(claims(R"(,"act":{"sub":"bot","iss":"https://evil.example"})"));
  const auto who = principal_of(corp(), *said);
  ASSERT_FALSE(who.ok());
  EXPECT_EQ(who.error().fault(), TokenFault::kActors);
}

TEST(ReadDiscovery, TruncatedAtEveryByteIsRefused) {
  for (size_t size = 0; size < kDiscovery.size(); ++size) {
    EXPECT_FALSE(read_discovery(kDiscovery.substr(0, size), "https://issuer.example").ok()) << size;
  }
  EXPECT_TRUE(read_discovery(kDiscovery, "https://issuer.example").ok());
}

}  // namespace
}  // namespace sally::identity
