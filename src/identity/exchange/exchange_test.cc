#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "base/encoding.h"
#include "identity/exchange/exchange_answer.h"
#include "identity/exchange/token_exchange.h"
#include "identity/oidc/test_fetcher.h"

namespace sally::identity {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kOwn = "caller.own.token";
constexpr std::string_view kGood =
    R"({"access_token":"narrow.er-token~1","issued_token_type":)"
    R"("urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":300})";

ExchangeSettings settings(std::string_view upstream = "tools") {
  ExchangeSettings out;
  out.upstream = upstream;
  out.endpoint = "https://issuer.example/token";
  out.client_id = "gate:1";
  out.client_secret = Secret("se cret/+");
  out.audience = "https://tools.example";
  return out;
}

TEST(ExchangeForm, AsksForTheCallersTokenToBeExchanged) {
  ExchangeSettings asked = settings();
  asked.resource = "https://tools.example/mcp?x=1&y";
  asked.scope = "tools:read tools:list";
  asked.requested_token_type = std::string(kJwtTokenType);
  EXPECT_EQ(exchange_form(asked, "a.b=c").reveal(),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
            "&subject_token=a.b%3Dc"
            "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
            "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
            "&audience=https%3A%2F%2Ftools.example"
            "&resource=https%3A%2F%2Ftools.example%2Fmcp%3Fx%3D1%26y"
            "&scope=tools%3Aread+tools%3Alist");
  // RFC 6749, section 2.3.1: escaped, then joined.
  EXPECT_EQ(exchange_authorization(asked).reveal(),
            "Basic " + to_base64(as_bytes("gate%3A1:se+cret%2F%2B"), Base64::kStandard,
                                 Padding::kRequired));
}

TEST(ExchangeForm, SaysWhoActsAndMaySayWhoTheClientIs) {
  ExchangeSettings asked = settings();
  asked.actor_token = Secret("gates.own");
  asked.authentication = ClientAuthentication::kForm;
  const Secret form = exchange_form(asked, kOwn);
  EXPECT_THAT(std::string(form.reveal()),
              HasSubstr("&actor_token=gates.own"
                        "&actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
                        "&client_id=gate%3A1&client_secret=se+cret%2F%2B"));
  EXPECT_TRUE(exchange_authorization(asked).empty());
}

// The token, or why there is none.
std::string read(std::string_view body, uint16_t status = 200, std::string_view type = {}) {
  const auto answer = read_exchange_answer(
      {.status = status, .content_type = {}, .body = std::string(body), .max_age = {}}, type, kOwn);
  return answer.ok() ? std::string(answer->token.reveal()) : answer.error().message();
}
std::string with(std::string_view from, std::string_view to) {
  std::string out(kGood);
  out.replace(out.find(from), from.size(), to);
  return out;
}

TEST(ExchangeAnswer, HoldsATokenToBeSent) {
  EXPECT_EQ(read(kGood), "narrow.er-token~1");
  EXPECT_EQ(read(with("Bearer", "bearer")), "narrow.er-token~1");
  EXPECT_EQ(read(with("token-type:access_token", "token-type:jwt")), "narrow.er-token~1");
  EXPECT_EQ(read(kGood, 200, kAccessTokenType), "narrow.er-token~1");
}

TEST(ExchangeAnswer, IsRefusedWhereItIsNotWhatWasAskedFor) {
  EXPECT_THAT(read(kGood, 200, kJwtTokenType), HasSubstr("another type"));
  EXPECT_THAT(read(with("token-type:access_token", "token-type:refresh_token")),
              HasSubstr("another type"));
  EXPECT_THAT(read(with("issued_token_type", "issued")), HasSubstr("another type"));
  EXPECT_THAT(read(with("Bearer", "N_A")), HasSubstr("none to be sent"));
  EXPECT_THAT(read(with("Bearer", "DPoP")), HasSubstr("none to be sent"));
  EXPECT_THAT(read(with("token_type\":\"Bearer", "t\":\"Bearer")), HasSubstr("none to be sent"));
  EXPECT_THAT(read(with("narrow.er-token~1", kOwn)), HasSubstr("caller's own token"));
}

TEST(ExchangeAnswer, IsStrict) {
  for (const std::string_view token :
       {"", "two words", "a\\nb", "a\\u0000", "\xC3\xA9", "a\\\"b"}) {
    EXPECT_THAT(read(with("narrow.er-token~1", token)), HasSubstr("no token")) << token;
  }
  EXPECT_THAT(read(with("\"narrow.er-token~1\"", "7")), HasSubstr("no token"));
  EXPECT_THAT(read(with("narrow.er-token~1", std::string(20'000, 'a'))), HasSubstr("no token"));
  for (const std::string_view life : {"0", "-1", "1.5", "\"300\"", "null", "99999999999"}) {
    EXPECT_THAT(read(with("300", life)), HasSubstr("no time")) << life;
  }
  for (const std::string_view body : {"", "[]", "null", "\"token\"", "{"}) {
    EXPECT_THAT(read(body), HasSubstr("no strict JSON")) << body;
  }
  EXPECT_THAT(read(with("{", R"({"access_token":"other",)")), HasSubstr("no strict JSON"));
}

TEST(ExchangeAnswer, TruncatedAtEveryByteIsRefused) {
  for (size_t size = 0; size < kGood.size(); ++size) {
    EXPECT_THAT(read(kGood.substr(0, size)), HasSubstr("the token exchange failed")) << size;
  }
}

TEST(ExchangeAnswer, TellsTheCodeOfAnErrorAndNothingElseOfIt) {
  EXPECT_THAT(read(R"({"error":"invalid_target","error_description":"hunter2"})", 400),
              HasSubstr("its server answered 400 (`invalid_target`)"));
  for (const std::string_view body :
       {R"({"error":"Hunter 2"})", R"({"error":7})", "hunter2", R"({"error_uri":"hunter2"})"}) {
    EXPECT_THAT(read(body, 401), Not(HasSubstr("unter")));
  }
  const auto busy = read_exchange_answer({.status = 503}, {}, kOwn);
  EXPECT_EQ(busy.error().kind(), ErrorKind::kUnavailable);
}

class TokenExchangeTest : public ::testing::Test {
 protected:
  TokenExchangeTest() {
    principal_.kind = PrincipalKind::kUser;
    principal_.id = "corp/alice";
  }
  static std::vector<ExchangeSettingsPtr> two() {
    return {std::make_shared<const ExchangeSettings>(settings("tools")),
            std::make_shared<const ExchangeSettings>(settings("files"))};
  }
  // The token in force, `ask`, `none`, or why there is none.
  std::string find(const UpstreamId& upstream = UpstreamId("tools"),
                   std::string_view own = kOwn) const {
    const auto found = exchange_->find({upstream, principal_, own}, clock_.now());
    if (!found) {
      return "ask";
    }
    if (!found->ok()) {
      return found->error().message();
    }
    return **found == nullptr ? "none" : std::string((**found)->reveal());
  }
  void ask(const UpstreamId& upstream = UpstreamId("tools"), std::string_view own = kOwn) {
    exchange_->ask({upstream, principal_, own}, clock_.now(), [this] { ++done_; });
  }

  FakeClock clock_{WallTime(seconds(1'900'000'000))};
  HeldFetcher fetcher_;
  Principal principal_;
  int done_ = 0;
  std::shared_ptr<TokenExchange> exchange_ = TokenExchange::create(two(), fetcher_, clock_);
};

TEST_F(TokenExchangeTest, HasNothingToDoWithOtherUpstreams) {
  EXPECT_EQ(find(UpstreamId("models")), "none");
}

TEST_F(TokenExchangeTest, KeepsATokenUntilShortlyBeforeItsEnd) {
  EXPECT_EQ(find(), "ask");
  ask();
  EXPECT_EQ(fetcher_.waiting(), "https://issuer.example/token");
  EXPECT_EQ(done_, 0);
  fetcher_.answer(kGood);
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(find(), "narrow.er-token~1");
  clock_.advance(seconds(269));
  EXPECT_EQ(find(), "narrow.er-token~1");
  clock_.advance(seconds(1));
  EXPECT_EQ(find(), "ask");
}

TEST_F(TokenExchangeTest, AsksOnceHoweverManyWait) {
  ask();
  ask();
  ask();
  EXPECT_EQ(fetcher_.asked, 1U);
  fetcher_.answer(kGood);
  EXPECT_EQ(done_, 3);
  EXPECT_EQ(find(), "narrow.er-token~1");
}

TEST_F(TokenExchangeTest, HasATokenForEachCallerAndUpstream) {
  ask();
  fetcher_.answer(kGood);
  EXPECT_EQ(find(UpstreamId("files")), "ask");
  EXPECT_EQ(find(UpstreamId("tools"), "another.callers.token"), "ask");
  ask(UpstreamId("files"));
  fetcher_.answer(with("narrow.er-token~1", "for-files"));
  EXPECT_EQ(find(UpstreamId("files")), "for-files");
  EXPECT_EQ(find(), "narrow.er-token~1");
}

TEST_F(TokenExchangeTest, NeverLastsLongerThanTheCallersOwnToken) {
  principal_.expires = clock_.now() + seconds(20);
  ask();
  fetcher_.answer(kGood);
  clock_.advance(seconds(19));
  EXPECT_EQ(find(), "narrow.er-token~1");
  clock_.advance(seconds(1));
  EXPECT_EQ(find(), "ask");
}

TEST_F(TokenExchangeTest, KeepsATokenThatDoesNotSayHowLongForAMinute) {
  ask();
  fetcher_.answer(with(R"(,"expires_in":300)", ""));
  clock_.advance(seconds(53));
  EXPECT_EQ(find(), "narrow.er-token~1");
  clock_.advance(seconds(1));
  EXPECT_EQ(find(), "ask");
}

TEST_F(TokenExchangeTest, TellsOfAFailureForAWhileAndThenAsksAgain) {
  ask();
  fetcher_.answer(R"({"error":"invalid_grant"})", 400);
  EXPECT_EQ(done_, 1);
  EXPECT_THAT(find(), HasSubstr("invalid_grant"));
  clock_.advance(TokenExchange::kFailure);
  EXPECT_EQ(find(), "ask");
  ask();
  fetcher_.answer(Error(ErrorKind::kTimeout, "no answer"));
  EXPECT_EQ(find(), "the token exchange: no answer");
}

TEST_F(TokenExchangeTest, IsForCallersWithATokenAlone) {
  for (const PrincipalKind kind :
       {PrincipalKind::kAnonymous, PrincipalKind::kApiKey, PrincipalKind::kWorkload}) {
    principal_.kind = kind;
    EXPECT_THAT(find(), HasSubstr("no token to exchange"));
  }
  principal_.kind = PrincipalKind::kAgent;
  EXPECT_EQ(find(), "ask");
  EXPECT_THAT(find(UpstreamId("tools"), ""), HasSubstr("no token to exchange"));
}

TEST_F(TokenExchangeTest, AsksNoMoreThanSoManyQuestionsAtOnce) {
  for (size_t i = 0; i < TokenExchange::kMaxAsked; ++i) {
    ask(UpstreamId("tools"), "token-" + std::to_string(i));
  }
  EXPECT_EQ(done_, 0);
  ask(UpstreamId("tools"), "one-more");
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(fetcher_.asked, TokenExchange::kMaxAsked);
  EXPECT_EQ(find(UpstreamId("tools"), "one-more"), "ask");
}

TEST_F(TokenExchangeTest, KeepsABoundedNumberOfTokens) {
  const auto own = [](size_t i) { return "token-" + std::to_string(i); };
  for (size_t i = 0; i < TokenExchange::kMaxKept + 100; ++i) {
    ask(UpstreamId("tools"), own(i));
    fetcher_.answer(kGood);
  }
  size_t kept = 0;
  for (size_t i = 0; i < TokenExchange::kMaxKept + 100; ++i) {
    kept += find(UpstreamId("tools"), own(i)) == "ask" ? 0 : 1;
  }
  EXPECT_LE(kept, TokenExchange::kMaxKept);
  EXPECT_GT(kept, TokenExchange::kMaxKept - 200);
}

}  // namespace
}  // namespace sally::identity
