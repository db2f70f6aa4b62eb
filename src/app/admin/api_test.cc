// The admin API over loopback, with a state of its own; who calls and what policies say are fakes.
#include "app/admin/api.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "app/changes.h"
#include "formats/json/document.h"
#include "identity/token/token_samples.h"
#include "net/pool.h"
#include "net/server.h"
#include "policy/gate_schema.h"
#include "support/temp_folder.h"

namespace sally::app {
namespace {

using testing::HasSubstr;

constexpr std::string_view kKey = "caller-key";

class FakeIdentifier final : public Identifier {
 public:
  std::optional<Identified> identify(const Credentials& credentials, WallTime) const override {
    if (credentials.bearer.empty()) {
      return Identified(std::make_shared<const Principal>());
    }
    if (credentials.bearer != kKey) {
      return Identified(NotIdentified{Error(ErrorKind::kUnauthenticated, "not known"),
                                      R"(Bearer error="invalid_token")"});
    }
    if (!asked) {
      return std::nullopt;
    }
    auto principal = std::make_shared<Principal>();
    principal->kind = PrincipalKind::kApiKey;
    principal->id = "key_caller";
    principal->break_glass = "a grant";
    return Identified(PrincipalPtr(std::move(principal)));
  }
  void ask(const Credentials&, WallTime, std::function<void()> done) const override {
    asked = true;
    done();
  }
  bool still_valid(const Principal&, WallTime) const override { return true; }
  mutable bool asked = false;
};

class FakeAuthorizer final : public Authorizer {
 public:
  std::unique_ptr<Decider> decider() const override {
    class FakeDecider final : public Decider {
     public:
      explicit FakeDecider(const FakeAuthorizer& authorizer) : authorizer_(authorizer) {}
      Decision decide(const AccessRequest& request) override {
        EXPECT_EQ(request.protocol, kAdminProtocol);
        EXPECT_EQ(request.source, "127.0.0.1");
        if (authorizer_.permitted.contains(std::string(request.action))) {
          return Decision::allow({.set = {}, .allowed = true, .determining = {}, .failed = {}});
        }
        if (!request.principal.break_glass.empty()) {
          return Decision::break_glass(
              {.set = {}, .allowed = false, .determining = {}, .failed = {}});
        }
        return Decision::refuse(
            {Stage::kPolicy, ErrorKind::kDenied, "default deny", "", "", ""},
            PolicyVerdict{.set = {}, .allowed = false, .determining = {}, .failed = {}});
      }

     private:
      const FakeAuthorizer& authorizer_;
    };
    return std::make_unique<FakeDecider>(*this);
  }
  Result<std::vector<bool>> could(const AccessRequest&,
                                  std::span<const std::string_view> names) const override {
    return std::vector<bool>(names.size(), false);
  }
  bool allows_anonymous() const override { return false; }
  std::set<std::string> permitted;
};

struct Answer {
  uint16_t status = 0;
  std::string body;
  std::string challenge;
  // The member of this name, as text; empty where there is none.
  [[nodiscard]] std::string text(std::string_view name) const {
    const auto document = formats::JsonDocument::parse(body);
    const auto value = document.ok() ? document->root().find(name) : std::nullopt;
    return value && value->is_string() ? std::string(*value->as_string()) : std::string();
  }
};

struct Asking {
  net::Method method = net::Method::kGet;
  std::string target;
  std::string body = {};
  std::string key = {};
  std::string type = "application/json";
  std::string origin = {};
};

Task<Result<>> exchange(net::ClientPool& pool, const net::Origin& origin, const Asking& asking,
                        Answer& answer, bool& done) {
  const auto run = [&]() -> Task<Result<>> {
    CO_TRY(auto exchange, co_await pool.open(origin, net::Reuse::kFreshOnly));
    net::RequestHead head;
    head.method = asking.method;
    head.scheme = "http";
    head.authority = "gate.test";
    const size_t mark = std::min(asking.target.find('?'), asking.target.size());
    head.path = std::string_view(asking.target).substr(0, mark);
    head.query = std::string_view(asking.target).substr(std::min(mark + 1, asking.target.size()));
    head.has_body = !asking.body.empty();
    const std::string authorization = "Bearer " + asking.key;
    if (!asking.key.empty()) {
      head.fields.add("authorization", authorization);
    }
    if (!asking.body.empty()) {
      head.fields.add("content-type", asking.type);
    }
    if (!asking.origin.empty()) {
      head.fields.add("origin", asking.origin);
    }
    CO_TRY_OK(co_await exchange->send(head, as_bytes(asking.body)));
    CO_TRY(const auto* got, co_await exchange->receive_head(Millis{5'000}));
    answer.status = got->status;
    answer.challenge = got->fields.find("www-authenticate").value_or("");
    for (;;) {
      CO_TRY(const ByteView piece, co_await exchange->next_body(Millis{5'000}));
      if (piece.empty()) {
        co_return ok();
      }
      answer.body.append(as_text(piece));
    }
  };
  [[maybe_unused]] const Result<> ended = co_await run();
  done = true;
  co_return ok();
}

class AdminTest : public testing::Test {
 protected:
  void SetUp() override {
    state_ = *store::open_state("sqlite:" + folder_.file("state.db"), store::IfMissing::kCreate);
    pepper_.emplace(*identity::Pepper::bind(Secret(std::string(32, 'p')), *state_));
    revocations_ = *identity::Revocations::open(*state_, Millis{30'000}, clock_.now());
    loop_ = *net::Loop::create(clock_, logger_);
    pool_ = std::make_unique<net::ClientPool>(*loop_);
    keeper_ = std::make_unique<Housekeeper>(Millis{3'600'000}, [] {});
    parts_.emplace(AdminParts{
        .state = *state_,
        .pepper = *pepper_,
        .revocations = *revocations_,
        .applied = applied_,
        .event_issuer = [this](std::string_view iss) -> std::optional<identity::EventIssuer> {
          return iss == kEventIssuer ? std::optional(event_issuer_) : std::nullopt;
        },
        .clock = clock_,
        .random = random_,
        .refresh = [this]() -> Result<std::string> {
          TRY_OK(revocations_->refresh(clock_.now()));
          applied_.note(0, revocations_->epoch(), clock_.now());
          applied_.note(1, revocations_->epoch(), clock_.now());
          return std::string("refreshed");
        },
        .reload =
            [](const Author& author) { return Result<std::string>("reloaded for " + author.who); },
        .deliver_outbox = [] { return Result<std::string>("delivered"); },
        .status = [] { return std::string("fine"); },
        .roles =
            [] {
              return identity::Roles{{.name = "on-call",
                                      .approvers = {local_place()},
                                      .longest = std::chrono::hours(1),
                                      .approve_within = std::chrono::hours(1),
                                      .break_glass = true,
                                      .holders = {"key_other"}}};
            }});
    const AdminApi::Deciders deciders{
        [this] { return identifier_; }, [this] { return authorizer_; },
        [this](std::string_view, WallTime, const std::function<void()>& done) {
          event_issuer_.keys = issuers_keys_;
          done();
        }};
    open_ = std::make_unique<AdminApi>(*loop_, *keeper_, *parts_, AdminApi::Trust::kWhoeverConnects,
                                       deciders);
    guarded_ =
        std::make_unique<AdminApi>(*loop_, *keeper_, *parts_, AdminApi::Trust::kNobody, deciders);
    open_server_ = listen(*open_);
    guarded_server_ = listen(*guarded_);
  }
  void TearDown() override {
    keeper_.reset();
    open_server_.reset();
    guarded_server_.reset();
    pool_.reset();
    loop_.reset();
  }
  std::unique_ptr<net::Server> listen(net::Handler& handler) {
    return *net::Server::open(
        {.address = {.host = "127.0.0.1"}, .limits = {.body_bytes = 64 * 1024}},
        {{loop_.get(), &handler}});
  }
  Answer call(const net::Server& server, const Asking& asking) {
    net::Origin origin;
    origin.host = "127.0.0.1";
    origin.port = server.port();
    origin.http = net::UpstreamHttp::kHttp1;
    Answer answer;
    bool done = false;
    loop_->spawn("test.ask", exchange(*pool_, origin, asking, answer, done));
    for (int turns = 0; !done && turns < 20'000; ++turns) {
      loop_->turn(Millis{10});
    }
    EXPECT_TRUE(done);
    return answer;
  }
  // On the socket that is trusted; by a caller with a key.
  Answer locally(const Asking& asking) { return call(*open_server_, asking); }
  Answer remotely(Asking asking) {
    asking.key = kKey;
    return call(*guarded_server_, asking);
  }
  // `what who from reason failure` of every change, in order.
  std::vector<std::string> changes() {
    std::vector<std::string> out;
    EXPECT_TRUE(state_
                    ->read([&](store::Transaction& transaction) -> Result<> {
                      TRY(const auto entries, transaction.outbox().list(100));
                      for (const auto& entry : entries) {
                        out.push_back(entry.entry);
                      }
                      return ok();
                    })
                    .ok());
    return out;
  }
  static std::string target_of(const Endpoint& endpoint) {
    std::string out(endpoint.path);
    const size_t brace = out.find("{id}");
    return brace == std::string::npos ? out : out.replace(brace, 4, "x");
  }

  FakeClock clock_{*parse_time("2026-11-20T10:04:11Z")};
  int null_ = open("/dev/null", O_WRONLY | O_CLOEXEC);
  Logger logger_{null_, LogFormat::kJson, LogLevel::kError, clock_};
  SeededRandom random_{1};
  test::TempFolder folder_;
  std::unique_ptr<store::State> state_;
  std::optional<identity::Pepper> pepper_;
  std::unique_ptr<identity::Revocations> revocations_;
  Applied applied_{2};
  static constexpr std::string_view kEventIssuer = "https://idp.example";
  std::shared_ptr<const identity::JwkSet>
      issuers_keys_;  // what the issuer answers when it is asked
  identity::EventIssuer event_issuer_{
      "corp", "https://gate.example/events", {crypto::SignatureAlgorithm::kEdDsa}, nullptr};
  std::shared_ptr<FakeIdentifier> identifier_ = std::make_shared<FakeIdentifier>();
  std::shared_ptr<FakeAuthorizer> authorizer_ = std::make_shared<FakeAuthorizer>();
  std::optional<AdminParts> parts_;
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<net::ClientPool> pool_;
  std::unique_ptr<Housekeeper> keeper_;
  std::unique_ptr<AdminApi> open_;
  std::unique_ptr<AdminApi> guarded_;
  std::unique_ptr<net::Server> open_server_;
  std::unique_ptr<net::Server> guarded_server_;
};

constexpr auto kPost = net::Method::kPost;
constexpr auto kDelete = net::Method::kDelete;

TEST_F(AdminTest, RevocationIsMadeReadListedAndLifted) {
  const Answer made = locally(
      {kPost, "/v1/revocations", R"({"kind":"user","target":"corp/alice","reason":"stolen"})"});
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = made.text("id");
  EXPECT_EQ(made.text("state"), "in force");
  EXPECT_EQ(made.text("requested_at"), "2026-11-20T10:04:11.000Z");
  EXPECT_EQ(made.text("in_force_everywhere_since"), "2026-11-20T10:04:11.000Z");
  EXPECT_THAT(made.body, HasSubstr(R"("applied":[{"worker":0,"at":"2026-11-20T10:04:11.000Z"},)"
                                   R"({"worker":1,"at":"2026-11-20T10:04:11.000Z"}])"));
  EXPECT_EQ(locally({.target = "/v1/revocations/" + id}).body, made.body);
  EXPECT_THAT(locally({.target = "/v1/revocations?limit=1"}).body,
              HasSubstr(R"("next_after":")" + id));
  EXPECT_THAT(locally({.target = "/v1/revocations?after=" + id}).body,
              HasSubstr(R"("revocations":[])"));
  const Answer lifted = locally({kDelete, "/v1/revocations/" + id + "?reason=it+was+found"});
  ASSERT_EQ(lifted.status, 200) << lifted.body;
  EXPECT_EQ(lifted.text("state"), "lifted");
  EXPECT_THAT(lifted.body, HasSubstr(R"("applied":[],"in_force_everywhere_since":null)"));
  EXPECT_EQ(locally({kDelete, "/v1/revocations/" + id + "?reason=again"}).status, 409);
  EXPECT_EQ(locally({.target = "/v1/revocations/none"}).status, 404);
  const auto recorded = changes();
  ASSERT_EQ(recorded.size(), 3U);
  EXPECT_THAT(recorded[0], HasSubstr("revocation.create"));
  EXPECT_THAT(recorded[0], HasSubstr("stolen"));
  EXPECT_THAT(recorded[0], HasSubstr(local_user()));
  EXPECT_THAT(recorded[1], HasSubstr("revocation.lift"));
  EXPECT_THAT(recorded[1], HasSubstr("it was found"));
  EXPECT_THAT(recorded[2], HasSubstr("over already"));
}

TEST_F(AdminTest, RoleIsAskedForByWhoCallsAndApprovedByAnother) {
  authorizer_->permitted = {"admin:access.request", "admin:access.approve", "admin:access.end",
                            "admin:access.break_glass"};
  const std::string wish = R"({"role":"on-call","reason":"ticket 4711","for":"10m"})";
  const Answer asked = remotely({kPost, "/v1/access/requests", wish});
  ASSERT_EQ(asked.status, 201) << asked.body;
  EXPECT_EQ(asked.text("principal"), "key_caller") << "nothing in the body says who";
  EXPECT_EQ(asked.text("requested_from"), "127.0.0.1");
  EXPECT_EQ(asked.text("state"), "requested");
  const std::string grant = "/v1/access/requests/" + asked.text("id");
  EXPECT_EQ(remotely({kPost, grant + "/approve"}).status, 403) << "it asked itself";
  const Answer approved = locally({kPost, grant + "/approve"});
  ASSERT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(approved.text("state"), "active");
  EXPECT_EQ(locally({kPost, grant + "/deny", R"({"reason":"too late"})"}).status, 409);
  EXPECT_EQ(remotely({kPost, grant + "/end", R"({"reason":"done"})"}).text("state"), "ended");
  EXPECT_EQ(locally({.target = grant}).text("closed_by"), "key_caller");
  EXPECT_THAT(locally({.target = "/v1/access/requests"}).body, HasSubstr("ticket 4711"));
  EXPECT_EQ(remotely({kPost, "/v1/access/break-glass", wish}).status, 403) << "it is no holder";
  EXPECT_EQ(locally({kPost, "/v1/access/requests", wish}).status, 400)
      << "nobody calls as the gate's own user";
}

TEST_F(AdminTest, WorkerThatHasNotSaidSoHasNoTime) {
  parts_->refresh = [this]() -> Result<std::string> {
    TRY_OK(revocations_->refresh(clock_.now()));
    applied_.note(1, revocations_->epoch(), clock_.now());
    return std::string();
  };
  const Answer made = locally(
      {kPost, "/v1/revocations", R"({"kind":"user","target":"corp/alice","reason":"stolen"})"});
  EXPECT_THAT(made.body, HasSubstr(R"({"worker":0,"at":null})"));
  EXPECT_THAT(made.body, HasSubstr(R"("in_force_everywhere_since":null)"));
}

TEST_F(AdminTest, KeysAreMadeListedRotatedAndRevoked) {
  const Answer made = locally({kPost, "/v1/keys", R"({"name":"batch","models":["large"]})"});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.text("key"), HasSubstr("sally_"));
  const auto document = formats::JsonDocument::parse(made.body);
  const std::string id(*document->root().find("record")->string("id"));
  const Answer listed = locally({.target = "/v1/keys"});
  EXPECT_THAT(listed.body, HasSubstr(id));
  EXPECT_EQ(listed.body.find("sally_"), std::string::npos);
  EXPECT_EQ(locally({kPost, "/v1/keys/" + id + "/rotate", R"({"overlap":"1h"})"}).status, 201);
  const Answer revoked = locally({kDelete, "/v1/keys/" + id});
  EXPECT_EQ(revoked.status, 200);
  EXPECT_EQ(revoked.text("state"), "revoked");
  EXPECT_EQ(locally({kDelete, "/v1/keys/none"}).status, 404);
}

TEST_F(AdminTest, WhatTheGateDoesIsToldInWords) {
  EXPECT_EQ(locally({kPost, "/v1/keys/refresh"}).text("detail"), "refreshed");
  EXPECT_EQ(locally({kPost, "/v1/config/reload"}).text("detail"), "reloaded for " + local_user());
  EXPECT_EQ(locally({kPost, "/v1/outbox/deliver"}).text("detail"), "delivered");
  EXPECT_EQ(locally({.target = "/v1/status"}).text("detail"), "fine");
}

TEST_F(AdminTest, NobodyIsToldAnythingWithoutACredential) {
  for (const Endpoint& endpoint : all_endpoints()) {
    if (endpoint.access != Access::kPolicy) {
      continue;
    }
    authorizer_->permitted.insert(std::string(endpoint.action));
    const Answer none = call(*guarded_server_, {endpoint.method, target_of(endpoint)});
    EXPECT_EQ(none.status, 401) << endpoint.path;
    EXPECT_EQ(none.challenge, "Bearer");
    const Answer wrong =
        call(*guarded_server_, {endpoint.method, target_of(endpoint), {}, "another"});
    EXPECT_EQ(wrong.status, 401) << endpoint.path;
    EXPECT_EQ(wrong.challenge, R"(Bearer error="invalid_token")");
  }
  EXPECT_TRUE(changes().empty());
}

TEST_F(AdminTest, NobodyMayDoAnythingWithoutAPolicy) {
  size_t attempts = 0;
  for (const Endpoint& endpoint : all_endpoints()) {
    if (endpoint.access != Access::kPolicy) {
      continue;
    }
    const Answer denied = remotely({endpoint.method, target_of(endpoint)});
    EXPECT_EQ(denied.status, 403) << endpoint.path;
    EXPECT_THAT(denied.body, HasSubstr(std::string(endpoint.action)));
    attempts += endpoint.method == net::Method::kGet ? 0 : 1;
  }
  const auto recorded = changes();
  EXPECT_EQ(recorded.size(), attempts) << "an attempt at a change is recorded";
  for (const std::string& change : recorded) {
    EXPECT_THAT(change, HasSubstr("key:key_caller"));
    EXPECT_THAT(change, HasSubstr("127.0.0.1"));
  }
}

TEST_F(AdminTest, PolicyForOneActionIsForNoOther) {
  authorizer_->permitted = {"admin:revocations.create"};
  const Answer made = remotely(
      {kPost, "/v1/revocations", R"({"kind":"user","target":"corp/alice","reason":"stolen"})"});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("by"), "key:key_caller");
  EXPECT_EQ(remotely({.target = "/v1/revocations/" + made.text("id")}).status, 403);
}

TEST_F(AdminTest, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(locally({.target = "/v2/status"}).status, 404);
  EXPECT_EQ(locally({.target = "/v1/revocations/a/b"}).status, 404);
  EXPECT_EQ(locally({.target = "/v1/keys/"}).status, 404);
  const Answer method = locally({kDelete, "/v1/status"});
  EXPECT_EQ(method.status, 400);
  EXPECT_EQ(method.text("hint"), "there is GET");
  EXPECT_EQ(locally({kPost, "/v1/keys/refresh", "{}"}).status, 400);
  EXPECT_EQ(locally({kPost, "/v1/keys", R"({"name":"a"})", {}, "text/plain"}).status, 400);
  EXPECT_EQ(locally({kPost, "/v1/keys", R"({"name":"a","nome":"b"})"}).status, 400);
  EXPECT_EQ(locally({.target = "/v1/keys?limit=1"}).status, 400);
  EXPECT_EQ(locally({.target = "/v1/revocations?limit=1001"}).status, 400);
  EXPECT_EQ(locally({.target = "/v1/revocations/%zz"}).status, 400);
  EXPECT_EQ(locally({kDelete, "/v1/revocations/x"}).status, 400) << "no reason";
  EXPECT_EQ(locally({kPost, "/v1/revocations",
                     R"({"kind":"user","target":"alice","reason":"no issuer"})"})
                .status,
            400);
  EXPECT_EQ(locally({kPost, "/v1/keys", std::string(70'000, ' ')}).status, 413);
}

// A security event token, signed now.
std::string event_token(const identity::samples::Signer& signer, std::string_view jti,
                        std::string_view events, std::string_view more = {}) {
  return signer.sign(
      R"({"alg":"EdDSA","kid":"signer","typ":"secevent+jwt"})",
      fmt::format(R"({{"iss":"https://idp.example","aud":"https://gate.example/events",)"
                  R"("iat":1795169050,"jti":"{}","events":{}{}}})",
                  jti, events, more));
}
constexpr std::string_view kSessionRevoked =
    R"({"https://schemas.openid.net/secevent/caep/event-type/session-revoked":{}})";
constexpr std::string_view kAlice =
    R"(,"sub_id":{"format":"iss_sub","iss":"https://idp.example","sub":"alice"})";

TEST_F(AdminTest, SecurityEventRevokesWithoutACredential) {
  const identity::samples::Signer signer;
  issuers_keys_ = std::make_shared<const identity::JwkSet>(
      *identity::JwkSet::parse("{\"keys\":[" + signer.jwk() + "]}"));
  const auto send = [&](const std::string& token) {
    return call(*guarded_server_, {.method = kPost,
                                   .target = "/v1/events",
                                   .body = token,
                                   .type = "application/secevent+jwt"});
  };
  const std::string token = event_token(signer, "event-1", kSessionRevoked, kAlice);
  const Answer taken = send(token);
  EXPECT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(taken.body, "");
  Principal alice;
  alice.kind = PrincipalKind::kUser;
  alice.id = "corp/alice";
  alice.issued = clock_.now() - std::chrono::seconds(1);
  EXPECT_TRUE(revocations_->refusal_of(alice, clock_.now()));
  const auto recorded = changes();
  ASSERT_EQ(recorded.size(), 2U);
  EXPECT_THAT(recorded[0], HasSubstr("revocation.create"));
  EXPECT_THAT(recorded[0], HasSubstr("issuer:corp"));
  EXPECT_THAT(recorded[0], HasSubstr("127.0.0.1"));

  EXPECT_EQ(send(token).status, 202) << "it is taken once";
  EXPECT_EQ(changes().size(), 2U);

  EXPECT_EQ(send(event_token(signer, "event-2", R"({"https://example.com/other":{}})")).status,
            202);
  ASSERT_EQ(changes().size(), 3U);
  EXPECT_THAT(changes()[2], HasSubstr("event.receive"));

  const Answer refused = send(token.substr(0, token.size() - 8) + "AAAAAAAA");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.text("err"), "authentication_failed");
  const Answer form =
      call(*guarded_server_, {.method = kPost, .target = "/v1/events", .body = token});
  EXPECT_EQ(form.status, 400);
  EXPECT_EQ(form.text("err"), "invalid_request");
}

TEST_F(AdminTest, PageInABrowserIsRefused) {
  EXPECT_EQ(locally({.target = "/v1/status", .origin = "https://evil.example"}).status, 403);
}

TEST(Endpoints, NameEachArgumentOnceAndStandInTheSchemaOfPolicies) {
  std::set<std::string> actions;
  for (const Endpoint& endpoint : all_endpoints()) {
    EXPECT_TRUE(actions.insert(std::string(endpoint.action)).second) << endpoint.action;
    std::set<std::string> names;
    for (const auto& members : {endpoint.path_members, endpoint.query, endpoint.body}) {
      for (const Member& member : members) {
        EXPECT_TRUE(names.insert(std::string(member.name)).second) << endpoint.path;
      }
    }
    if (endpoint.access == Access::kPolicy) {
      const cedar::Action* action =
          policy::gate_schema().find_action({"Action", std::string(endpoint.action)});
      ASSERT_NE(action, nullptr) << endpoint.action;
      EXPECT_TRUE(action->applies_to_resource("Gate"));
      EXPECT_FALSE(action->applies_to_principal("Anonymous"));
      ASSERT_EQ(action->ancestors.size(), 1U) << endpoint.action;
      EXPECT_EQ(action->ancestors[0].id, "admin");
    }
  }
}

}  // namespace
}  // namespace sally::app
