// The gate between a client and an upstream, all real, over loopback, on one loop. Identity, rules,
// inspector, limiter and record are fakes behind core's ports.
#include "gateway/gate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "gateway/test_inspector.h"
#include "gateway/test_rewriter.h"
#include "gateway/upstreams.h"
#include "net/server.h"

namespace sally::gateway {
namespace {

constexpr std::string_view kCallerKey = "caller-key-0123456789";
constexpr std::string_view kUpstreamKey = "Bearer upstream-key-9876543210";
constexpr std::string_view kSecretWord = "hunter2hunter2";

// ---- fakes behind core's ports ----

class FakeIdentifier final : public Identifier {
 public:
  std::optional<Identified> identify(const Credentials& credentials, WallTime) const override {
    auto principal = std::make_shared<Principal>();
    if (credentials.bearer.empty() && credentials.api_key.empty()) {
      return Identified(PrincipalPtr(principal));
    }
    if (credentials.bearer != kCallerKey && credentials.api_key != kCallerKey) {
      return Identified(
          NotIdentified{Error(ErrorKind::kUnauthenticated, "unknown api key", "create one")});
    }
    principal->kind = PrincipalKind::kApiKey;
    principal->id = "key_test";
    principal->name = "tester";
    return Identified(PrincipalPtr(principal));
  }
  void ask(const Credentials&, WallTime, std::function<void()> done) const override { done(); }
  bool still_valid(const Principal&, WallTime) const override { return !*revoked; }
  std::shared_ptr<bool> revoked = std::make_shared<bool>(false);
};

std::string sse(const std::vector<std::string>& contents) {
  std::string out;
  for (const std::string& content : contents) {
    out += R"(data: {"choices":[{"index":0,"delta":{"content":")" + content + R"("}}]})" + "\n\n";
  }
  return out;
}

class FakeDecider final : public Decider {
 public:
  explicit FakeDecider(bool denies) : denies_(denies) {}
  Decision decide(const AccessRequest& request) override {
    if (denies_ || request.model.str() == "forbidden" || request.tool == "forbidden") {
      return Decision::refuse(
          {Stage::kPolicy, ErrorKind::kDenied, "default deny", "model forbidden",
           "a policy that permits this", "add a policy"},
          PolicyVerdict{.set = {}, .allowed = false, .determining = {}, .failed = {}});
    }
    if (request.model.str() == "behind-glass") {
      return Decision::break_glass(
          {.set = {}, .allowed = false, .determining = {"soft"}, .failed = {}});
    }
    return Decision::allow({.set = {}, .allowed = true, .determining = {"test"}, .failed = {}});
  }

 private:
  const bool denies_;
};

class FakeAuthorizer final : public Authorizer {
 public:
  explicit FakeAuthorizer(bool denies) : denies_(denies) {}
  std::unique_ptr<Decider> decider() const override {
    return std::make_unique<FakeDecider>(denies_);
  }
  Result<std::vector<bool>> could(const AccessRequest&,
                                  std::span<const std::string_view> names) const override {
    std::vector<bool> out;
    for (const std::string_view name : names) {
      out.push_back(name != "forbidden");
    }
    return out;
  }
  bool allows_anonymous() const override { return false; }

 private:
  const bool denies_;
};

// Every description that says so is another one than the approved one.
class FakePins final : public ToolPins {
 public:
  ToolStanding see(std::string_view route, std::string_view tool,
                   std::string_view description) override {
    EXPECT_EQ(route, "tools");
    const bool changed = description.find("changed") != std::string_view::npos;
    if (changed) {
      changed_.emplace(tool);
    }
    return changed ? ToolStanding::kChanged : ToolStanding::kApproved;
  }
  bool is_changed(std::string_view, std::string_view tool) const override {
    return changed_.contains(std::string(tool));
  }

 private:
  std::set<std::string> changed_;
};

class FakeLimiter final : public RateLimiter {
 public:
  Result<Millis> take(std::string_view, const Rate&, MonoTime) override { return wait; }
  Millis wait{0};
};

class FakeSink final : public EventSink {
 public:
  bool healthy() const override { return is_healthy; }
  Task<Result<>> record(const AccessEvent& event) override {
    events.push_back(event);
    if (fails) {
      co_return Error(ErrorKind::kUnavailable, "disk full");
    }
    co_return ok();
  }
  void commit() override {}
  std::vector<AccessEvent> events;
  bool is_healthy = true;
  bool fails = false;
};

// Commits to a body by repeating it.
class FakeRecorder final : public ContentRecorder {
 public:
  std::string_view end_user_field() const override { return "x-user"; }
  std::unique_ptr<ContentRecording> begin(const ContentSubject& subject,
                                          const Ulid& id) const override {
    last_subject = std::string(subject.principal) + "/" + std::string(subject.end_user);
    last_id = id.str();
    return std::make_unique<Recording>();
  }
  mutable std::string last_subject;
  mutable std::string last_id;

 private:
  class Recording final : public ContentRecording {
   public:
    void feed(Direction direction, ByteView bytes) override {
      (direction == Direction::kRequest ? seen_.request : seen_.response) += as_text(bytes);
    }
    void withdraw_response() override { seen_.response.clear(); }
    Commitments finish() override { return seen_; }

   private:
    Commitments seen_;
  };
};

// ---- an upstream that follows a script ----

struct Script {
  uint16_t status = 200;
  std::string content_type = "application/json";
  std::vector<std::string> pieces = {R"({"choices":[{"message":{"content":"fine"}}]})"};
  bool breaks_off = false;
  bool hangs = false;                              // after the pieces, until the other side goes
  bool silent = false;                             // not even a head, the same way
  std::function<bool()> before_second_piece = {};  // it waits for this; empty: for nothing
};

struct Seen {
  std::string path;
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;
  [[nodiscard]] std::string field(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) {
        return value;
      }
    }
    return {};
  }
};

class ScriptedUpstream final : public net::Handler, private net::ServerExchange::GoneWatcher {
 public:
  explicit ScriptedUpstream(net::Loop& loop) : loop_(loop) {}
  Task<void> serve(net::ServerExchange& http) override {
    Seen one;
    one.path = http.head().path;
    for (const net::Field& field : http.head().fields) {
      one.fields.emplace_back(field.name, field.value);
    }
    for (;;) {
      auto piece = co_await http.next_body();
      if (!piece || piece->empty()) {
        break;
      }
      one.body.append(as_text(*piece));
    }
    seen.push_back(std::move(one));
    http.watch(this);
    co_await hang(script.silent);
    net::ResponseHead head;
    head.status = script.status;
    head.fields.add("content-type", script.content_type);
    head.fields.add("set-cookie", "upstream=1");
    if ((co_await http.start(head)).ok()) {
      for (size_t i = 0; i < script.pieces.size(); ++i) {
        while (i == 1 && script.before_second_piece && !script.before_second_piece()) {
          co_await loop_.yield();
        }
        if (!(co_await http.write(as_bytes(script.pieces[i]))).ok()) {
          break;
        }
        ++written;
      }
      co_await hang(script.hangs);
      if (script.breaks_off) {
        co_await loop_.sleep(Millis{10});  // what was written this turn leaves first
      }
      if (script.breaks_off || gone) {
        http.abort();
      } else {
        [[maybe_unused]] const Result<> finished = co_await http.finish(net::Fields());
      }
    }
    http.watch(nullptr);
  }
  PlainAnswer refuse_malformed(const ProtocolRefusal&) override { return {"text/plain", "bad\n"}; }
  void on_client_gone() override { gone = true; }

  Script script;
  std::vector<Seen> seen;
  size_t written = 0;  // pieces
  bool gone = false;

 private:
  Task<void> hang(bool hangs) {
    for (int i = 0; hangs && !gone && i < 500; ++i) {
      co_await loop_.sleep(Millis{10});
    }
  }
  net::Loop& loop_;
};

// Keeps every trace, and remembers the last one.
class RecordingTracer final : public Tracer {
 public:
  std::unique_ptr<RequestTrace> begin(const TraceFields& from, MonoTime begun) override {
    auto trace = std::make_unique<RequestTrace>();
    trace->trace.fill(std::byte{0xAB});
    trace->sampled = true;
    trace->state = from.tracestate;
    trace->begun = begun;
    traceparent = from.traceparent;
    return trace;
  }
  void end(std::unique_ptr<RequestTrace> trace, const AccessEvent& event,
           MonoTime /*ended*/) override {
    last = std::move(trace);
    last_trace_id = event.trace_id;
  }
  std::string traceparent;
  std::unique_ptr<RequestTrace> last;
  std::string last_trace_id;
};

// ---- the rig ----

struct Ask {
  net::Method method = net::Method::kPost;
  std::string path = "/v1/chat/completions";
  std::string body = R"({"model":"small","messages":[{"role":"user","content":"hi"}]})";
  std::string key = std::string(kCallerKey);
  std::vector<std::pair<std::string, std::string>> fields = {};
  size_t leave_after = SIZE_MAX;     // bytes of the answer's body after which the client goes away
  std::function<bool()> takes = {};  // the client reads on when this holds; empty: always
};

struct Reply {
  uint16_t status = 0;
  std::string body;
  std::string id;
  std::string retry_after;
  bool complete = false;
  bool cookie = false;
};

Task<Result<>> ask_gate(net::Loop& loop, net::ClientPool& pool, const net::Origin& origin,
                        const Ask& ask, Reply& reply) {
  CO_TRY(auto exchange, co_await pool.open(origin, net::Reuse::kFreshOnly));
  net::RequestHead head;
  head.method = ask.method;
  head.scheme = "http";
  head.authority = "gate.test";
  head.path = ask.path;
  head.has_body = !ask.body.empty();
  const std::string authorization = "Bearer " + ask.key;
  if (!ask.key.empty()) {
    head.fields.add("authorization", authorization);
  }
  if (!ask.body.empty()) {
    head.fields.add("content-type", "application/json");
  }
  for (const auto& [name, value] : ask.fields) {
    head.fields.add(name, value);
  }
  CO_TRY_OK(co_await exchange->send(head, as_bytes(ask.body)));
  CO_TRY(const auto* answer, co_await exchange->receive_head(Millis{5'000}));
  reply.status = answer->status;
  reply.id = answer->fields.find("sallyport-id").value_or("");
  reply.retry_after = answer->fields.find("retry-after").value_or("");
  reply.cookie = answer->fields.find("set-cookie").has_value();
  for (;;) {
    while (ask.takes && !ask.takes()) {
      co_await loop.sleep(Millis{10});
    }
    CO_TRY(const ByteView piece, co_await exchange->next_body(Millis{5'000}));
    if (piece.empty()) {
      reply.complete = true;
      co_return ok();
    }
    reply.body.append(as_text(piece));
    if (reply.body.size() >= ask.leave_after) {
      exchange->cancel();
      co_return ok();
    }
  }
}

Task<Result<>> run_ask(net::Loop& loop, net::ClientPool& pool, const net::Origin& origin,
                       const Ask& ask, Reply& reply, bool& done) {
  [[maybe_unused]] const Result<> result = co_await ask_gate(loop, pool, origin, ask, reply);
  done = true;
  co_return ok();
}

class GateTest : public testing::Test {
 protected:
  void SetUp() override {
    loop_ = *net::Loop::create(clock_, logger_);
    pool_ = std::make_unique<net::ClientPool>(*loop_);
    client_ = std::make_unique<net::ClientPool>(*loop_);
    upstream_ = std::make_unique<ScriptedUpstream>(*loop_);
    second_ = std::make_unique<ScriptedUpstream>(*loop_);
    gate_ = std::make_unique<Gate>(
        Gate::Ports{*loop_, *pool_, sink_, limiter_, work_, random_, metrics_.shard(0), tracer_});
    upstream_server_ = listen(*upstream_);
    second_server_ = listen(*second_);
    put_in_force();
    gate_server_ = listen(*gate_);
    origin_.host = "127.0.0.1";
    origin_.port = gate_server_->port();
    origin_.http = net::UpstreamHttp::kHttp1;
  }
  void TearDown() override {
    gate_server_.reset();
    upstream_server_.reset();
    second_server_.reset();
    client_.reset();
    pool_.reset();
    loop_.reset();
  }

  std::unique_ptr<net::Server> listen(net::Handler& handler) {
    return *net::Server::open({.address = {.host = "127.0.0.1"}}, {{loop_.get(), &handler}});
  }

  UpstreamSettings upstream(std::string id, uint16_t port) {
    UpstreamSettings out;
    out.id = UpstreamId(std::move(id));
    out.origin.host = "127.0.0.1";
    out.origin.port = port;
    out.origin.http = net::UpstreamHttp::kHttp1;
    out.origin.connect_timeout = Millis{1'000};
    out.authority = "model.test";
    out.credential = UpstreamCredential{"authorization", Secret(kUpstreamKey)};
    out.circuit.failures = 100;
    return out;
  }

  void put_in_force() {
    auto settings = std::make_shared<Settings>();
    settings->upstreams.push_back(upstream("main", upstream_server_->port()));
    settings->upstreams.push_back(upstream("second", second_server_->port()));
    settings->upstreams.push_back(upstream("dead", dead_port_));
    settings->models.push_back({ModelId("small"), {{UpstreamId("main"), "small-v1"}}, {}, 1});
    settings->models.push_back({ModelId("forbidden"), {{UpstreamId("main"), "x"}}, {}, 1});
    settings->models.push_back({ModelId("behind-glass"), {{UpstreamId("main"), "x"}}, {}, 1});
    settings->models.push_back(
        {ModelId("backed"),
         {{UpstreamId("dead"), "a", 1, 0}, {UpstreamId("second"), "b", 1, 1}},
         {},
         1});
    settings->models.push_back(
        {ModelId("falling"), {{UpstreamId("dead"), "a"}}, ModelId("small"), 1});
    RouteSettings route;
    route.id = RouteId("openai");
    route.prefix = "/";
    route.protocol = Protocol::kOpenAi;
    for (const auto& model : settings->models) {
      route.models.push_back(model.id);
    }
    settings->routes.push_back(route);
    RouteSettings plain;
    plain.id = RouteId("plain");
    plain.prefix = "/files";
    plain.upstream = UpstreamId("main");
    settings->routes.push_back(plain);
    RouteSettings tools;
    tools.id = RouteId("tools");
    tools.prefix = "/mcp";
    tools.protocol = Protocol::kMcp;
    tools.upstream = UpstreamId("main");
    tools.tool_changes = tool_changes_;
    settings->routes.push_back(tools);
    settings->inspection = inspection_;
    Parts parts;
    parts.identifier = identifier_;
    parts.authorizer = std::make_shared<FakeAuthorizer>(policies_deny_);
    parts.inspectors = {std::make_shared<WordInspector>(std::string(kSecretWord))};
    parts.tool_pins = pins_;
    parts.recorder = recorder_;
    parts.rewriter = rewriter_;
    gate_->put_in_force(*Snapshot::build(std::move(settings), std::move(parts), nullptr));
  }

  Reply send(const Ask& ask) {
    Asked asked{ask, {}, false};
    begin(asked);
    return end(asked);
  }
  // The same in two halves; what is asked outlives the second.
  struct Asked {
    Ask ask;
    Reply reply = {};
    bool done = false;
  };
  void begin(Asked& asked) {
    loop_->spawn("test.ask",
                 run_ask(*loop_, *client_, origin_, asked.ask, asked.reply, asked.done));
  }
  Reply end(Asked& asked) {
    for (int turns = 0; !asked.done && turns < 20'000; ++turns) {
      loop_->turn(Millis{100});
    }
    EXPECT_TRUE(asked.done);
    return asked.reply;
  }
  // Whether the answer to `asked` is a stream that has begun, and says nothing more.
  bool begins_and_idles(Asked& asked) {
    upstream_->script.content_type = "text/event-stream";
    upstream_->script.pieces = {sse({"one"})};
    upstream_->script.hangs = true;
    begin(asked);
    return wait_for([&] { return !asked.reply.body.empty(); });
  }
  void revoke_and_recheck() {
    *identifier_->revoked = true;
    gate_->recheck();
  }
  // Turns the loop until `event` holds.
  template <typename Event>
  bool wait_for(Event event) {
    for (int turns = 0; !event() && turns < 1'000; ++turns) {
      loop_->turn(Millis{10});
    }
    return event();
  }
  const AccessEvent& last_event() { return sink_.events.back(); }

  SystemClock clock_;
  int null_ = open("/dev/null", O_WRONLY | O_CLOEXEC);
  Logger logger_{null_, LogFormat::kJson, LogLevel::kError, clock_};
  SeededRandom random_{1};
  FakeSink sink_;
  FakeLimiter limiter_;
  net::WorkPool work_{1, 8};
  Tracer* tracer_ = nullptr;
  Metrics metrics_{1};
  std::shared_ptr<FakeIdentifier> identifier_ = std::make_shared<FakeIdentifier>();
  std::shared_ptr<FakeRecorder> recorder_ = std::make_shared<FakeRecorder>();
  std::shared_ptr<FakePins> pins_ = std::make_shared<FakePins>();
  std::shared_ptr<WordRewriter> rewriter_;  // null: nothing is replaced
  OnToolChange tool_changes_ = OnToolChange::kBlock;
  InspectionSettings inspection_;
  bool policies_deny_ = false;
  uint16_t dead_port_ = 1;  // nothing listens on tcpmux
  net::Origin origin_;
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<net::ClientPool> pool_;
  std::unique_ptr<net::ClientPool> client_;
  std::unique_ptr<ScriptedUpstream> upstream_;
  std::unique_ptr<ScriptedUpstream> second_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<net::Server> upstream_server_;
  std::unique_ptr<net::Server> second_server_;
  std::unique_ptr<net::Server> gate_server_;
};

constexpr std::string_view kStreamBody =
    R"({"model":"small","stream":true,"messages":[{"role":"user","content":"hi"}]})";

// ---- what is true of it ----

TEST_F(GateTest, AllowedRequestReachesTheModelUnderItsNameThere) {
  const Reply reply = send({});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, upstream_->script.pieces[0]);
  ASSERT_EQ(upstream_->seen.size(), 1U);
  EXPECT_EQ(upstream_->seen[0].path, "/v1/chat/completions");
  EXPECT_EQ(upstream_->seen[0].body,
            R"({"model":"small-v1","messages":[{"role":"user","content":"hi"}]})");
  ASSERT_EQ(sink_.events.size(), 1U);
  EXPECT_EQ(last_event().outcome, Outcome::kAllowed);
  EXPECT_EQ(rule_of(last_event()), "test");
  EXPECT_EQ(last_event().upstream, "main");
  EXPECT_EQ(reply.id, last_event().id.str());
}

TEST_F(GateTest, EventCommitsToBothBodiesAsTheClientSentAndGotThem) {
  const Ask ask{.fields = {{"x-user", "alice"}}};
  const Reply reply = send(ask);
  EXPECT_EQ(last_event().request_commitment, ask.body);
  EXPECT_EQ(last_event().response_commitment, reply.body);
  EXPECT_EQ(recorder_->last_subject, "key_test/alice");
  EXPECT_EQ(recorder_->last_id, reply.id);
}

TEST_F(GateTest, EventCommitsToAStreamAsTheClientGotIt) {
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"one"}), sse({"two"}), "data: [DONE]\n\n"};
  const Reply reply = send({.body = std::string(kStreamBody)});
  EXPECT_FALSE(reply.body.empty());
  EXPECT_EQ(last_event().response_commitment, reply.body);
}

TEST_F(GateTest, EventCommitsToBytesThatNoInspectorReads) {
  upstream_->script.content_type = "image/png";
  upstream_->script.pieces = {"one", "two"};
  const Reply reply = send({.path = "/files/a", .body = "{}"});
  EXPECT_EQ(reply.body, "onetwo");
  EXPECT_EQ(last_event().request_commitment, "{}");
  EXPECT_EQ(last_event().response_commitment, "onetwo");
}

TEST_F(GateTest, RefusedRequestIsCommittedToAndTheGatesOwnWordsAreNot) {
  const std::string body = R"({"model":"forbidden","messages":[]})";
  send({.body = body});
  EXPECT_EQ(last_event().request_commitment, body);
  EXPECT_EQ(last_event().response_commitment, "");
}

TEST_F(GateTest, AnswerThatIsHeldBackIsNotCommittedTo) {
  upstream_->script.pieces = {R"({"choices":[{"message":{"content":"it is )" +
                              std::string(kSecretWord) + R"("}}]})"};
  EXPECT_EQ(send({}).status, 403);
  EXPECT_NE(last_event().request_commitment, "");
  EXPECT_EQ(last_event().response_commitment, "");
}

TEST_F(GateTest, CallerWithoutAKeyLeavesNoCommitment) {
  send({.key = ""});
  EXPECT_EQ(last_event().request_commitment, "");
}

TEST_F(GateTest, CredentialsStayOnTheirSide) {
  const Reply reply = send({.fields = {{"cookie", "session=1"}, {"x-forwarded-for", "1.2.3.4"}}});
  EXPECT_EQ(upstream_->seen.at(0).field("authorization"), kUpstreamKey);
  EXPECT_EQ(upstream_->seen[0].field("cookie"), "");
  EXPECT_EQ(upstream_->seen[0].field("x-forwarded-for"), "");
  EXPECT_EQ(upstream_->seen[0].field("sallyport-id"), reply.id);
  EXPECT_FALSE(reply.cookie);
}

TEST_F(GateTest, CallerWithoutAKeyIsRefusedBeforeTheBodyIsRead) {
  const Reply reply = send({.key = ""});
  EXPECT_EQ(reply.status, 401);
  EXPECT_TRUE(upstream_->seen.empty());
  EXPECT_EQ(last_event().refusal->stage, Stage::kIdentity);
  EXPECT_NE(reply.body.find(reply.id), std::string::npos);
}

TEST_F(GateTest, UnknownKeyIsRefused) {
  EXPECT_EQ(send({.key = "another"}).status, 401);
  EXPECT_TRUE(upstream_->seen.empty());
}

TEST_F(GateTest, DeniedRequestIsRefusedAndExplained) {
  const Reply reply = send({.body = R"({"model":"forbidden","messages":[]})"});
  EXPECT_EQ(reply.status, 403);
  EXPECT_TRUE(upstream_->seen.empty());
  EXPECT_EQ(last_event().refusal->rule, "default deny");
  EXPECT_EQ(last_event().refusal->hint, "add a policy");
}

TEST_F(GateTest, WhatOnlyABrokenGlassAllowsIsRecordedAsThat) {
  EXPECT_EQ(send({.body = R"({"model":"behind-glass","messages":[]})"}).status, 200);
  EXPECT_EQ(last_event().outcome, Outcome::kAllowed);
  EXPECT_TRUE(last_event().break_glass);
  EXPECT_EQ(rule_of(last_event()), "break-glass");
  ASSERT_TRUE(last_event().policy.has_value());
  EXPECT_FALSE(last_event().policy->allowed);
  send({});
  EXPECT_FALSE(last_event().break_glass);
}

TEST_F(GateTest, UnknownModelIsNotFound) {
  EXPECT_EQ(send({.body = R"({"model":"nope","messages":[]})"}).status, 404);
}

TEST_F(GateTest, UnknownPathIsNotFoundAndAnotherMethodNotAllowed) {
  EXPECT_EQ(send({.path = "/v1/nothing"}).status, 404);
  EXPECT_EQ(send({.method = net::Method::kGet, .body = ""}).status, 405);
  EXPECT_EQ(last_event().refusal->stage, Stage::kRoute);
}

TEST_F(GateTest, BodyThatTwoParsersReadDifferentlyIsRefused) {
  EXPECT_EQ(send({.body = R"({"model":"forbidden","model":"small","messages":[]})"}).status, 400);
  EXPECT_EQ(send({.body = R"({"model":"small","messages":[]} {})"}).status, 400);
  EXPECT_TRUE(upstream_->seen.empty());
}

TEST_F(GateTest, SecretInAPromptNeverReachesTheModel) {
  const Reply reply = send(
      {.body =
           R"({"model":"small","messages":[{"role":"user","content":"hunter2\u0068unter2"}]})"});
  EXPECT_EQ(reply.status, 403);
  EXPECT_TRUE(upstream_->seen.empty());
  ASSERT_EQ(last_event().findings.size(), 1U);
  EXPECT_EQ(last_event().findings[0].place, "messages[0].content");
  EXPECT_EQ(last_event().request_coverage, Coverage::kFull);
}

TEST_F(GateTest, SecretInAnAnswerDoesNotLeave) {
  upstream_->script.pieces = {R"({"choices":[{"message":{"content":"it is hunter2hunter2"}}]})"};
  const Reply reply = send({});
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.body.find(kSecretWord), std::string::npos);
  EXPECT_EQ(last_event().refusal->stage, Stage::kResponse);
}

TEST_F(GateTest, FindingIsOnlyNotedWhereTheSettingsSaySo) {
  inspection_ = {OnFinding::kAnnotate, OnFinding::kAnnotate};
  put_in_force();
  upstream_->script.pieces = {R"({"choices":[{"message":{"content":"it is hunter2hunter2"}}]})"};
  EXPECT_EQ(send({}).status, 200);
  EXPECT_EQ(last_event().findings.size(), 1U);
}

TEST_F(GateTest, StreamPassesEventByEvent) {
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"one "}), sse({"two "}), "data: [DONE]\n\n"};
  const Reply reply = send({.body = std::string(kStreamBody)});
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.complete);
  EXPECT_EQ(reply.body, sse({"one ", "two "}) + "data: [DONE]\n\n");
  EXPECT_EQ(last_event().response_coverage, Coverage::kFull);
  EXPECT_TRUE(last_event().stream);
}

TEST_F(GateTest, SecretInAStreamIsHeldBackHoweverItIsSplit) {
  for (size_t cut = 1; cut < kSecretWord.size(); ++cut) {
    upstream_->script.content_type = "text/event-stream";
    upstream_->script.pieces = {sse({"it is "}), sse({std::string(kSecretWord.substr(0, cut))}),
                                sse({std::string(kSecretWord.substr(cut))}), sse({"after"}),
                                "data: [DONE]\n\n"};
    const Reply reply = send({.body = std::string(kStreamBody)});
    EXPECT_EQ(reply.status, 200);
    EXPECT_TRUE(reply.body.starts_with(sse({"it is "}))) << cut;
    EXPECT_EQ(reply.body.find("hunt"), std::string::npos) << cut;
    EXPECT_EQ(reply.body.find("after"), std::string::npos) << cut;
    EXPECT_NE(reply.body.find("error"), std::string::npos) << cut;
    EXPECT_EQ(last_event().outcome, Outcome::kRefused);
    EXPECT_EQ(last_event().refusal->stage, Stage::kResponse);
  }
}

TEST_F(GateTest, UsageIsAskedForAndKeptFromAClientThatDidNot) {
  const std::string usage =
      R"(data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}})"
      "\n\n";
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"one"}), usage, "data: [DONE]\n\n"};
  const Reply reply = send({.body = std::string(kStreamBody)});
  EXPECT_NE(upstream_->seen.at(0).body.find("include_usage"), std::string::npos);
  EXPECT_EQ(reply.body.find("usage"), std::string::npos);
  EXPECT_EQ(last_event().input_tokens, 7);
  EXPECT_EQ(last_event().output_tokens, 3);
  EXPECT_FALSE(last_event().tokens_estimated);
}

TEST_F(GateTest, StreamThatBreaksOffEndsWithAnErrorAndIsRecordedAsFailed) {
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"one"})};
  upstream_->script.breaks_off = true;
  const Reply reply = send({.body = std::string(kStreamBody)});
  EXPECT_NE(reply.body.find("error"), std::string::npos);
  EXPECT_EQ(last_event().outcome, Outcome::kFailed);
  EXPECT_EQ(last_event().response_coverage, Coverage::kPartial);
  EXPECT_TRUE(last_event().tokens_estimated);
}

TEST_F(GateTest, UpstreamIsCancelledWhenTheClientGoes) {
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"one"})};
  upstream_->script.hangs = true;
  send({.body = std::string(kStreamBody), .leave_after = 10});
  EXPECT_TRUE(wait_for([&] { return upstream_->gone; }));
  EXPECT_TRUE(wait_for([&] { return sink_.events.size() == 1; }));
  EXPECT_EQ(last_event().outcome, Outcome::kCancelled);
}

TEST_F(GateTest, EventAfterTheRevocationOfItsKeyDoesNotPass) {
  Asked asked{{.body = std::string(kStreamBody)}};
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"one"}), sse({"two"})};
  upstream_->script.before_second_piece = [&] {
    *identifier_->revoked = asked.reply.body.find("one") != std::string::npos;
    return *identifier_->revoked;
  };
  begin(asked);
  const Reply reply = end(asked);
  EXPECT_NE(reply.body.find("one"), std::string::npos);
  EXPECT_EQ(reply.body.find("two"), std::string::npos);
  EXPECT_NE(reply.body.find("revoked or expired"), std::string::npos);
  EXPECT_EQ(last_event().refusal->stage, Stage::kIdentity);
}

TEST_F(GateTest, IdleStreamIsCutByTheNextRecheck) {
  Asked asked{{.body = std::string(kStreamBody)}};
  ASSERT_TRUE(begins_and_idles(asked));
  gate_->recheck();
  loop_->turn(Millis{10});
  EXPECT_FALSE(asked.done) << "nothing was revoked yet";
  revoke_and_recheck();
  const Reply reply = end(asked);
  EXPECT_TRUE(wait_for([&] { return upstream_->gone; }));
  EXPECT_NE(reply.body.find("revoked or expired"), std::string::npos);
  ASSERT_EQ(sink_.events.size(), 1U);
  EXPECT_EQ(last_event().outcome, Outcome::kRefused);
  EXPECT_EQ(last_event().refusal->stage, Stage::kIdentity);
}

TEST_F(GateTest, IdleStreamIsCutByPoliciesThatDenyItFromNowOn) {
  Asked asked{{.body = std::string(kStreamBody)}};
  ASSERT_TRUE(begins_and_idles(asked));
  put_in_force();
  loop_->turn(Millis{10});
  EXPECT_FALSE(asked.done) << "other policies that allow it";
  policies_deny_ = true;
  put_in_force();
  const Reply reply = end(asked);
  EXPECT_TRUE(wait_for([&] { return upstream_->gone; }));
  EXPECT_NE(reply.body.find("not allowed by policy"), std::string::npos);
  ASSERT_EQ(sink_.events.size(), 1U);
  EXPECT_EQ(last_event().outcome, Outcome::kRefused);
  EXPECT_EQ(last_event().refusal->stage, Stage::kPolicy);
  EXPECT_FALSE(last_event().policy->allowed);
}

TEST_F(GateTest, IdleBytesAreBrokenOffByTheNextRecheck) {
  Asked asked{{.path = "/files/a", .body = "{}"}};
  upstream_->script.content_type = "application/octet-stream";
  upstream_->script.pieces = {"one"};
  upstream_->script.hangs = true;
  begin(asked);
  ASSERT_TRUE(wait_for([&] { return asked.reply.body == "one"; }));
  revoke_and_recheck();
  const Reply reply = end(asked);
  EXPECT_FALSE(reply.complete);
  EXPECT_TRUE(wait_for([&] { return upstream_->gone; }));
  EXPECT_EQ(last_event().outcome, Outcome::kRefused);
  EXPECT_EQ(last_event().refusal->stage, Stage::kIdentity);
}

TEST_F(GateTest, CallThatStillWaitsForItsUpstreamIsRefusedByTheNextRecheck) {
  Asked asked{{}};
  upstream_->script.silent = true;
  begin(asked);
  ASSERT_TRUE(wait_for([&] { return !upstream_->seen.empty(); }));
  revoke_and_recheck();
  const Reply reply = end(asked);
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(upstream_->seen.size(), 1U) << "it is not tried again";
  EXPECT_TRUE(wait_for([&] { return upstream_->gone; }));
  EXPECT_EQ(last_event().refusal->stage, Stage::kIdentity);
}

TEST_F(GateTest, StreamWhoseClientTakesNothingIsBrokenOffByTheSecondRecheck) {
  bool takes = true;
  Asked asked{{.body = std::string(kStreamBody), .takes = [&] { return takes; }}};
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"one"})};
  upstream_->script.pieces.resize(4'000, sse({std::string(4'000, 'x')}));
  begin(asked);
  ASSERT_TRUE(wait_for([&] { return !asked.reply.body.empty(); }));
  takes = false;
  size_t written = 0;
  int still = 0;
  ASSERT_TRUE(wait_for([&] {  // until the buffers between are full
    still = std::exchange(written, upstream_->written) == upstream_->written ? still + 1 : 0;
    return still > 20;
  }));
  ASSERT_LT(written, upstream_->script.pieces.size());
  revoke_and_recheck();
  loop_->turn(Millis{10});
  EXPECT_TRUE(sink_.events.empty()) << "it may still take the end of the stream";
  gate_->recheck();
  ASSERT_TRUE(wait_for([&] { return !sink_.events.empty(); })) << "the client still takes nothing";
  EXPECT_EQ(last_event().outcome, Outcome::kRefused);
  EXPECT_EQ(last_event().refusal->stage, Stage::kIdentity);
  takes = true;
  EXPECT_FALSE(end(asked).complete);
}

TEST_F(GateTest, KeyThatIsRevokedWhileTheBodyArrivesDecidesNothing) {
  *identifier_->revoked = true;               // after it was identified, as the fake has it
  const std::string long_text(100'000, 'x');  // more than comes at once
  const Reply reply = send(
      {.body = R"({"model":"small","messages":[{"role":"user","content":")" + long_text + "\"}]}"});
  EXPECT_EQ(reply.status, 401);
  EXPECT_TRUE(upstream_->seen.empty());
  EXPECT_EQ(last_event().refusal->stage, Stage::kIdentity);
}

TEST_F(GateTest, AnswerThatIsOnItsWayIsNotTakenBack) {
  const Reply reply = send({});
  revoke_and_recheck();
  EXPECT_TRUE(reply.complete);
  EXPECT_EQ(last_event().outcome, Outcome::kAllowed);
}

TEST_F(GateTest, RefusedUpstreamCredentialIsNotTheCallersFault) {
  upstream_->script.status = 401;
  upstream_->script.pieces = {R"({"error":{"message":"bad key: upstream-key-***"}})"};
  const Reply reply = send({});
  EXPECT_EQ(reply.status, 502);
  EXPECT_EQ(reply.body.find("upstream-key"), std::string::npos);
}

TEST_F(GateTest, UpstreamErrorPassesAsItIs) {
  upstream_->script.status = 429;
  upstream_->script.pieces = {R"({"error":{"message":"slow down"}})"};
  const Reply reply = send({});
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.body, upstream_->script.pieces[0]);
}

TEST_F(GateTest, AnswerThatIsNoJsonIsNotPassedAsJson) {
  upstream_->script.pieces = {"<html>"};
  EXPECT_EQ(send({}).status, 502);
  EXPECT_EQ(last_event().outcome, Outcome::kFailed);
}

TEST_F(GateTest, DeadUpstreamIsReplacedByTheNext) {
  const Reply reply = send({.body = R"({"model":"backed","messages":[]})"});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(second_->seen.size(), 1U);
  EXPECT_EQ(last_event().attempts, 2);
  EXPECT_EQ(last_event().upstream, "second");
}

TEST_F(GateTest, DeadModelFallsBackToAnother) {
  const Reply reply = send({.body = R"({"model":"falling","messages":[]})"});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(last_event().model, "falling");
  EXPECT_EQ(last_event().upstream_model, "small-v1");
}

TEST_F(GateTest, RequestIsRefusedWhileTheRecordCannotBeWritten) {
  sink_.is_healthy = false;
  EXPECT_EQ(send({}).status, 503);
  EXPECT_TRUE(upstream_->seen.empty());
}

TEST_F(GateTest, AnswerDoesNotLeaveWhenItsRecordFails) {
  sink_.fails = true;
  const Reply reply = send({});
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body.find("fine"), std::string::npos);
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"one"}), "data: [DONE]\n\n"};
  EXPECT_FALSE(send({.body = std::string(kStreamBody)}).complete);
}

TEST_F(GateTest, TooManyRequestsAreToldWhenToComeBack) {
  limiter_.wait = Millis{1'500};
  const Reply reply = send({});
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.retry_after, "2");
}

TEST_F(GateTest, ListOfModelsHoldsWhatTheCallerMayUse) {
  const Reply reply = send({.method = net::Method::kGet, .path = "/v1/models", .body = ""});
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find("\"small\""), std::string::npos);
  EXPECT_EQ(reply.body.find("forbidden"), std::string::npos);
  EXPECT_TRUE(upstream_->seen.empty());
  EXPECT_TRUE(last_event().policy->allowed);  // whatever was decided last
}

TEST_F(GateTest, PlainTextIsInspectedAsItStreams) {
  upstream_->script.content_type = "text/plain";
  upstream_->script.pieces = {"it is hunter2", "hunter2 and more"};
  const Reply reply = send({.method = net::Method::kGet, .path = "/files/a.txt", .body = ""});
  EXPECT_FALSE(reply.complete);
  EXPECT_EQ(reply.body.find("hunter2"), std::string::npos);
  EXPECT_EQ(upstream_->seen.at(0).path, "/a.txt");
}

TEST_F(GateTest, OpaqueBytesPassAndAreRecordedAsNotLookedAt) {
  upstream_->script.content_type = "application/octet-stream";
  upstream_->script.pieces = {std::string(100'000, 'x')};
  const Reply reply = send({.method = net::Method::kGet, .path = "/files/a.bin", .body = ""});
  EXPECT_EQ(reply.body.size(), 100'000U);
  EXPECT_EQ(last_event().response_coverage, Coverage::kSkipped);
}

TEST_F(GateTest, AnswerOfAModelDoesNotPassTheInspectorsUnderAnotherLabel) {
  upstream_->script.pieces = {R"({"choices":[{"message":{"content":"it is hunter2hunter2"}}]})"};
  upstream_->script.content_type = "application/octet-stream";
  const Reply labelled = send({});
  EXPECT_EQ(labelled.status, 502);
  EXPECT_EQ(labelled.body.find(kSecretWord), std::string::npos);
  EXPECT_EQ(last_event().refusal->stage, Stage::kResponse);
}

TEST_F(GateTest, LargeBodyIsInspectedOffTheLoop) {
  const std::string filler(1'000'000, 'x');
  EXPECT_EQ(send({.body = R"({"model":"small","messages":[{"role":"user","content":")" + filler +
                          R"("}]})"})
                .status,
            200);
  EXPECT_EQ(send({.body = R"({"model":"small","messages":[{"role":"user","content":")" + filler +
                          R"( hunter2hunter2"}]})"})
                .status,
            403);
}

// ---- tools, prompts and resources of an MCP server ----

constexpr std::string_view kTools =
    R"({"jsonrpc":"2.0","id":1,"result":{"nextCursor":"c","tools":[)"
    R"({"name":"a","description":"fine"},{"name":"forbidden"},)"
    R"({"name":"b","description":"changed"},{"name":"not a name"}]}})";

Ask rpc(std::string body) {
  Ask ask;
  ask.path = "/mcp";
  ask.body = std::move(body);
  ask.fields = {{"accept", "application/json, text/event-stream"}};
  return ask;
}
Ask list_tools() {
  return rpc(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
}
Ask call_tool(std::string_view name) {
  return rpc(R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":")" +
             std::string(name) + "\"}}");
}

TEST_F(GateTest, ListOfToolsHoldsWhatTheCallerCouldUse) {
  upstream_->script.pieces = {std::string(kTools)};
  const Reply reply = send(list_tools());
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"jsonrpc":"2.0","id":1,"result":{"nextCursor":"c","tools":[)"
                        R"({"name":"a","description":"fine"}]}})");
}

TEST_F(GateTest, ListOfToolsHoldsTheSameInAStream) {
  upstream_->script.content_type = "text/event-stream";
  const std::string text = "id: 7\nevent: message\ndata: " + std::string(kTools) + "\n\n" +
                           "data: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\n" +
                           "data: " + std::string(kTools) + "\n\n";
  const std::string shown = R"({"jsonrpc":"2.0","id":1,"result":{"nextCursor":"c","tools":[)"
                            R"({"name":"a","description":"fine"}]}})";
  const std::string expected =
      "id: 7\nevent: message\ndata: " + shown +
      "\n\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n\ndata: " + shown + "\n\n";
  for (const size_t cut : {text.size(), size_t{3}, text.find("forbidden"), text.size() - 1}) {
    upstream_->script.pieces = {text.substr(0, cut), text.substr(cut)};
    if (cut == text.size()) {
      upstream_->script.pieces.pop_back();
    }
    const Reply reply = send(list_tools());
    EXPECT_TRUE(reply.complete);
    EXPECT_EQ(reply.body, expected) << cut;
  }
}

TEST_F(GateTest, ListComesPastOnNoOtherWay) {
  const std::string escaped =
      R"([{"jsonrpc":"2.0","id":"other","re\u0073ult":{"t\u006fols":[{"n\u0061me":"forbidden"}]}}])";
  // The answer to something else, on a stream that was opened for messages of the server.
  Ask listen;
  listen.method = net::Method::kGet;
  listen.path = "/mcp";
  listen.body.clear();
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {"data: " + escaped + "\n\n"};
  EXPECT_EQ(send(listen).body,
            "data: [{\"jsonrpc\":\"2.0\",\"id\":\"other\",\"result\":{\"tools\":[]}}]\n\n");
  // As JSON with an error's status, and without a label.
  upstream_->script.content_type = "application/json";
  upstream_->script.status = 500;
  upstream_->script.pieces = {escaped};
  EXPECT_EQ(send(call_tool("a")).body, R"([{"jsonrpc":"2.0","id":"other","result":{"tools":[]}}])");
  upstream_->script.status = 200;
  for (const std::string_view label : {"text/plain", "application/octet-stream"}) {
    upstream_->script.content_type = label;
    EXPECT_EQ(send(list_tools()).status, 502) << label;
    EXPECT_EQ(send(listen).status, 502) << label;
  }
}

TEST_F(GateTest, ListThatTwoParsersReadDifferentlyIsRefused) {
  for (const std::string_view body :
       {R"({"jsonrpc":"2.0","id":1,"result":{"Tools":[{"name":"forbidden"}]}})",
        R"({"jsonrpc":"2.0","id":1,"RESULT":{"tools":[{"name":"forbidden"}]}})",
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","Name":"forbidden"}]}})",
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":7}]}})",
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":["forbidden"]}})",
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":{"name":"forbidden"}}})",
        R"({"jsonrpc":"2.0","id":1,"result":{"tools":[],"tools":[{"name":"forbidden"}]}})"}) {
    upstream_->script.pieces = {std::string(body)};
    EXPECT_EQ(send(list_tools()).status, 502) << body;
  }
}

TEST_F(GateTest, ChangedToolIsNotCalledUntilItIsApproved) {
  EXPECT_EQ(send(call_tool("b")).status, 200);  // nobody listed it
  upstream_->script.pieces = {std::string(kTools)};
  EXPECT_EQ(send(list_tools()).status, 200);
  upstream_->seen.clear();
  EXPECT_EQ(send(call_tool("b")).status, 403);
  EXPECT_TRUE(upstream_->seen.empty());
  EXPECT_EQ(last_event().refusal->rule, "routes.tool_changes");
  EXPECT_EQ(last_event().tool, "b");
  EXPECT_EQ(send(call_tool("a")).status, 200);
  tool_changes_ = OnToolChange::kReport;
  put_in_force();
  EXPECT_EQ(send(call_tool("b")).status, 200);
  EXPECT_NE(send(list_tools()).body.find("changed"), std::string::npos);
}

TEST_F(GateTest, MessageGoesUpAsItWasRead) {
  send(rpc(R"( {"jsonrpc":"2.0", "id":1,"method":"tools\/call","params":{"name":"\u0061"} } )"));
  ASSERT_EQ(upstream_->seen.size(), 1U);
  EXPECT_EQ(upstream_->seen[0].body,
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}})");
}

TEST_F(GateTest, OneMessageOfABatchThatMayNotPassKeepsBackAll) {
  send(rpc(R"([{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}},)"
           R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"forbidden"}}])"));
  EXPECT_TRUE(upstream_->seen.empty());
  EXPECT_EQ(last_event().tool, "forbidden");
  EXPECT_EQ(last_event().messages, 2U);
}

TEST_F(GateTest, MetricsCountWhatHappened) {
  send({});
  send({.key = ""});
  send({.body = R"({"model":"behind-glass","messages":[]})"});
  const auto snapshot = Snapshot::build(std::make_shared<Settings>(), Parts{}, nullptr);
  const MetricFamilies families = metrics_.collect(**snapshot, {}, clock_.monotonic());
  // `name route model what value`
  std::set<std::string> points;
  for (const MetricFamily& family : families) {
    for (const MetricPoint& point : family.points) {
      std::string text(family.name);
      for (const auto& [name, value] : point.labels) {
        text += " " + value;
      }
      points.insert(fmt::format("{} {}", text, point.value));
      EXPECT_EQ(point.buckets.size(), family.bounds.empty() ? 0 : family.bounds.size() + 1);
    }
  }
  EXPECT_TRUE(points.contains("sallyport_requests_total openai small allowed 1"));
  EXPECT_TRUE(points.contains("sallyport_refusals_total openai  identity 1"));
  EXPECT_TRUE(points.contains("sallyport_break_glass_total openai behind-glass 1"));
}

class TracedGateTest : public GateTest {
 protected:
  TracedGateTest() { tracer_ = &tracer; }
  RecordingTracer tracer;
};

TEST_F(TracedGateTest, TellsOfStagesAndCallsAndPassesItsContextUp) {
  send({.fields = {{"traceparent", "theirs"}, {"tracestate", "a=1"}, {"tracestate", "b=2"}}});
  EXPECT_EQ(tracer.traceparent, "theirs");
  ASSERT_NE(tracer.last, nullptr);
  EXPECT_EQ(tracer.last->state, "a=1,b=2");
  EXPECT_EQ(tracer.last_trace_id, "abababababababababababababababab");
  std::set<std::string_view> names;
  for (const TraceStep& step : tracer.last->steps()) {
    names.insert(step.name);
    EXPECT_LE(step.begun, step.ended);
  }
  EXPECT_TRUE(names.contains("identity") && names.contains("inspection") &&
              names.contains("policy") && names.contains("record"));
  ASSERT_EQ(tracer.last->calls().size(), 1U);
  const TraceCall& call = tracer.last->calls()[0];
  EXPECT_FALSE(call.failed);
  EXPECT_TRUE(call.ended);
  EXPECT_EQ(call.upstream, "main");
  EXPECT_EQ(call.model, "small-v1");
  const auto& up = upstream_->seen.at(0);
  EXPECT_EQ(up.field("traceparent"),
            "00-abababababababababababababababab-" + to_hex(call.span) + "-01");
  EXPECT_EQ(up.field("tracestate"), "a=1,b=2");
}

TEST_F(TracedGateTest, TellsOfEveryAttempt) {
  send({.body = R"({"model":"backed","messages":[]})"});
  ASSERT_NE(tracer.last, nullptr);
  ASSERT_EQ(tracer.last->calls().size(), 2U);
  EXPECT_EQ(tracer.last->calls()[0].upstream, "dead");
  EXPECT_TRUE(tracer.last->calls()[0].failed);
  EXPECT_EQ(tracer.last->calls()[1].upstream, "second");
  EXPECT_FALSE(tracer.last->calls()[1].failed);
}

TEST_F(TracedGateTest, TellsOfARefusalAndIgnoresTwoContexts) {
  EXPECT_EQ(send({.key = "", .fields = {{"traceparent", "one"}, {"traceparent", "two"}}}).status,
            401);
  ASSERT_NE(tracer.last, nullptr);
  EXPECT_EQ(tracer.traceparent, "");
  EXPECT_TRUE(tracer.last->calls().empty());
}

// The word `Ann` goes up as `[P1]` and comes back as `Ann`.
class RewritingGateTest : public GateTest {
 protected:
  RewritingGateTest() { rewriter_ = std::make_shared<WordRewriter>("Ann", "[P1]"); }
  static Ask asking(std::string_view content, std::string_view more = "") {
    return {.body = fmt::format(
                R"({{"model":"small"{},"messages":[{{"role":"user","content":"{}"}}]}})", more,
                content)};
  }
};

TEST_F(RewritingGateTest, SendsUpWhatStandsInPlaceOfAValueAndGivesItBack) {
  upstream_->script.pieces = {R"({"choices":[{"message":{"content":"hi \"[P1]\""}}]})"};
  const Reply reply = send(asking(R"(I am \"Ann\")"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"choices":[{"message":{"content":"hi \"Ann\""}}]})");
  EXPECT_EQ(upstream_->seen.at(0).body,
            R"({"model":"small-v1","messages":[{"role":"user","content":"I am \"[P1]\""}]})");
  EXPECT_EQ(last_event().outcome, Outcome::kAllowed) << "what was replaced refuses nobody";
  ASSERT_EQ(last_event().findings.size(), 1U);
  EXPECT_EQ(last_event().findings[0].handling, Handling::kReplaced);
  EXPECT_EQ(last_event().findings[0].offset, 6U);
}

TEST_F(RewritingGateTest, CommitsToWhatTheClientSentAndGot) {
  upstream_->script.pieces = {R"({"choices":[{"message":{"content":"[P1]"}}]})"};
  const Ask ask = asking("Ann");
  const Reply reply = send(ask);
  EXPECT_EQ(last_event().request_commitment, ask.body);
  EXPECT_EQ(last_event().response_commitment, reply.body);
}

TEST_F(RewritingGateTest, LeavesTheNamesOfTheProtocolAsTheyAre) {
  const Reply reply =
      send({.body = R"({"model":"small","messages":[{"role":"Ann","name":"Ann"}]})"});
  EXPECT_EQ(reply.status, 403) << "found, critical, and not replaced";
  EXPECT_TRUE(upstream_->seen.empty());
}

TEST_F(RewritingGateTest, GivesBackInAStreamWhatCameInPieces) {
  upstream_->script.content_type = "text/event-stream";
  upstream_->script.pieces = {sse({"hello [P", "1", "]!"}), "data: [DONE]\n\n"};
  const Reply reply = send(asking("Ann", R"(,"stream":true)"));
  EXPECT_EQ(reply.body, sse({"hello Ann", "", "!"}) + "data: [DONE]\n\n");
  EXPECT_EQ(last_event().response_commitment, reply.body);
}

TEST_F(RewritingGateTest, GivesBackInToolArgumentsAsJsonWritesIt) {
  upstream_->script.pieces = {
      R"({"choices":[{"message":{"tool_calls":[{"function":{"name":"[P1]","arguments":"[P1]"}}]}}]})"};
  EXPECT_EQ(
      send(asking("Ann")).body,
      R"({"choices":[{"message":{"tool_calls":[{"function":{"name":"Ann","arguments":"json:Ann"}}]}}]})");
}

TEST_F(RewritingGateTest, DecidesToolCallsByWhatGoesUp) {
  Ask ask{.path = "/mcp",
          .body = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Ann",)"
                  R"("arguments":{"name":"Ann"}}})"};
  ask.fields = {{"accept", "application/json, text/event-stream"}};
  inspection_.request = OnFinding::kAnnotate;
  put_in_force();
  upstream_->script.pieces = {R"({"jsonrpc":"2.0","id":1,"result":{}})"};
  EXPECT_EQ(send(ask).status, 200);
  EXPECT_EQ(upstream_->seen.at(0).body,
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Ann",)"
            R"("arguments":{"name":"[P1]"}}})");
}

TEST_F(RewritingGateTest, RefusesWhatMustNotGoOn) {
  rewriter_->denies = true;
  EXPECT_EQ(send(asking("Ann")).status, 403);
  EXPECT_EQ(last_event().refusal->stage, Stage::kInspection);
  EXPECT_TRUE(upstream_->seen.empty());
}

TEST_F(RewritingGateTest, KeepsAValueInThePathOutOfTheRecord) {
  Ask ask = asking("hi");
  ask.path = "/files/Ann";
  send(ask);
  EXPECT_EQ(last_event().path, kWithheld);
}

TEST_F(RewritingGateTest, RefusesAValueWhereNothingCanStandInItsPlace) {
  Ask ask = asking("hi");
  ask.path += "?who=Ann";
  EXPECT_EQ(send(ask).status, 403);
  EXPECT_TRUE(upstream_->seen.empty());
}

TEST_F(RewritingGateTest, SendsNothingUpThatCouldNotBeGivenBack) {
  rewriter_->forgets = true;
  EXPECT_EQ(send(asking("Ann")).status, 503);
  EXPECT_TRUE(upstream_->seen.empty());
  EXPECT_EQ(send(asking("Bob")).status, 200);
}

}  // namespace
}  // namespace sally::gateway
