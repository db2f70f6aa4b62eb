#include "gateway/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "gateway/call.h"
#include "gateway/credentials.h"
#include "gateway/fields.h"
#include "net/until_done.h"

namespace sally::gateway {
namespace {

constexpr std::string_view kJson = "application/json";

// Findings of at least this severity refuse where the settings say `refuse`; weaker ones are left
// to the policies.
constexpr Severity kRefuseFrom = Severity::kHigh;

std::string_view version_name(net::HttpVersion version) {
  switch (version) {
    case net::HttpVersion::kHttp10:
      return "1.0";
    case net::HttpVersion::kHttp11:
      return "1.1";
    case net::HttpVersion::kHttp2:
      return "2";
  }
  return "?";
}

Refusal refusal_of(Stage stage, const Error& error, std::string rule) {
  return Refusal{stage, error.kind(), std::move(rule), error.message(), {}, error.hint()};
}

// What stands below `prefix`, with its leading slash, or nothing when the path is not below it.
std::optional<std::string_view> below(std::string_view prefix, std::string_view path) {
  if (prefix == "/") {
    return path;
  }
  if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/')) {
    path.remove_prefix(prefix.size());
    return path.empty() ? "/" : path;
  }
  return std::nullopt;
}

uint16_t status_of(const Refusal& refusal) {
  if (refusal.stage == Stage::kRoute && refusal.kind == ErrorKind::kInvalidInput) {
    return 405;
  }
  if (refusal.stage == Stage::kUpstream && refusal.kind == ErrorKind::kTimeout) {
    return 504;
  }
  return row_of(refusal.kind).http_status;
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) {
    out += (out.empty() ? "" : " ") + one;
  }
  return out;
}

void name_principal(AccessEvent& event, const Principal& who) {
  event.principal_kind = who.kind;
  event.principal = who.kind == PrincipalKind::kAnonymous ? "anonymous" : who.id;
  event.principal_name = who.name;
  event.team = who.team.str();
  event.proofs = joined(who.proofs);
  event.workload = who.workload;
  event.session = who.session;
  event.token = who.token;
  event.grants = joined(who.grants);
  if (who.acts_for) {
    event.acts_for = who.acts_for->id;
  }
  for (const Party& before : who.via) {
    event.via += (event.via.empty() ? "" : " ") + before.id;
  }
}

// `openai-api-key at byte 17 of messages[0].content`.
std::string describe(const Finding& finding) {
  const bool sure = finding.confidence == 100;
  const bool known = finding.provenance != Provenance::kUnknown;
  return fmt::format("{}{} at byte {} of {}{}", finding.rule,
                     sure ? "" : fmt::format(" ({} %)", finding.confidence), finding.offset,
                     finding.place, known ? fmt::format(" ({})", name_of(finding.provenance)) : "");
}

// Whether what was proved suffices on the route.
bool accepts(const Route& route, const Principal& who) {
  const auto proved = [&](const std::string& proof) {
    return std::ranges::find(who.proofs, proof) != who.proofs.end();
  };
  return route.accepted.empty() ||
         std::ranges::any_of(route.accepted, [&](const std::vector<std::string>& together) {
           return std::ranges::all_of(together, proved);
         });
}

// A token is for the route's resource alone, where the route says which that is (RFC 8707).
bool is_meant_for(const Route& route, const Principal& who) {
  const bool by_token = who.kind == PrincipalKind::kUser || who.kind == PrincipalKind::kAgent;
  return route.audience.empty() || !by_token ||
         std::ranges::find(who.audiences, route.audience) != who.audiences.end();
}

std::string describe_accepted(const Route& route) {
  std::string out;
  for (const auto& together : route.accepted) {
    out += out.empty() ? "" : ", or ";
    for (size_t i = 0; i < together.size(); ++i) {
      out += (i == 0 ? "" : " and ") + together[i];
    }
  }
  return out;
}

}  // namespace

std::string client_message(const Refusal& refusal) {
  switch (refusal.stage) {
    case Stage::kConnection:
    case Stage::kProtocol:
    case Stage::kRoute:
    case Stage::kIdentity:
    case Stage::kLimit:
      return refusal.hint.empty() ? refusal.seen : refusal.seen + "; " + refusal.hint;
    case Stage::kInspection:
      return "the request holds something that may not pass";
    case Stage::kPolicy:
      return "not allowed by policy";
    case Stage::kUpstream:
      return "the model did not answer";
    case Stage::kResponse:
      return "the answer could not be passed on";
    case Stage::kRecord:
      return "the access cannot be recorded now";
  }
  return "refused";
}

Slot& InForce::slot(const Route* route, const Model* model) const {
  const size_t width = snapshot->models().size() + 1;
  const size_t row = route == nullptr ? snapshot->routes().size() : route->index;
  return *slots[row * width + (model == nullptr ? 0 : model->index + 1)];
}

Gate::Gate(const Ports& ports) : ports_(ports), open_(std::make_unique<CallLink>()) {}
Gate::~Gate() = default;

void Gate::recheck() {
  for (CallLink* link = open_->next; link != open_.get();) {
    Call& call = static_cast<Call&>(*link);
    link = link->next;
    if (call.gone) {
      continue;
    }
    if (call.dismissed) {
      call.http.abort();  // it had its time to end
    } else if (!call.cut && (!call.recorded || call.tunnel)) {
      if (auto why = recheck(call)) {
        ports_.loop.logger().write(LogEvent::kCallCut, {{"id", call.event.id.str()},
                                                        {"principal", call.event.principal},
                                                        {"stream", call.event.stream}});
        call.dismissed = true;
        call.cut_off(*std::move(why));
      }
    }
  }
}

Gate::Refused Gate::recheck(Call& call) {
  if (auto refused = recheck_caller(call)) {
    return refused;
  }
  if (call.decided_by == force_->number) {
    return std::nullopt;
  }
  const bool answering = call.event.status != 0;
  return authorize(call, ModelId(call.decided),
                   answering ? Direction::kResponse : Direction::kRequest);
}

Task<Result<>> Gate::keep_rechecking() {
  for (;;) {
    co_await ports_.loop.sleep(kRecheckEvery);
    recheck();
  }
}

Gate::Refused Gate::recheck_caller(const Call& call) {
  // By the configuration of now: who trusts an issuer no longer cuts its callers off too.
  const Identifier& identifier = *force_->snapshot->parts().identifier;
  if (identifier.still_valid(*call.principal, ports_.loop.clock().now())) {
    return std::nullopt;
  }
  return Refusal{Stage::kIdentity,
                 ErrorKind::kUnauthenticated,
                 "identity",
                 "the caller's credential was revoked or expired before the answer ended",
                 "a credential in force",
                 {}};
}

void Gate::put_in_force(const SnapshotPtr& snapshot) {
  auto force = std::make_shared<InForce>();
  force->snapshot = snapshot;
  force->number = force_ == nullptr ? 0 : force_->number + 1;
  force->decider = snapshot->parts().authorizer->decider();
  const auto add_row = [&](const std::string& route) {
    force->slots.push_back(&ports_.metrics.slot(route, {}));
    for (const auto& model : snapshot->models()) {
      force->slots.push_back(&ports_.metrics.slot(route, model->id.str()));
    }
  };
  for (const auto& route : snapshot->routes()) {
    add_row(route->id.str());
  }
  add_row({});
  force_ = std::move(force);
  recheck();
}

Task<void> Gate::serve(net::ServerExchange& http) {
  const net::RequestHead& head = http.head();
  const WallTime received = ports_.loop.turn_wall();
  Call call(http, force_, Ulid::make(received, ports_.random), received, ports_.loop.clock());
  call.event.method = net::name_of(head.method);
  call.event.path = call.must_withhold(head.path) ? kWithheld : std::string_view(head.path);
  call.event.http = version_name(head.version);
  call.event.source = http.peer().address;
  call.slot = &force_->slot(nullptr, nullptr);
  ports_.metrics.active.add();
  if (ports_.tracer != nullptr) {
    begin_trace(call);
  }
  http.watch(&call);
  if (const Route* route = resource_of(call)) {
    co_await tell_resource(call, *route);
    http.watch(nullptr);
    settle(call);
    co_return;
  }

  Refused refused = before_identity(call);
  if (!refused) {
    auto who = identify(call);
    if (!who) {
      co_await net::until_done(ports_.loop, [&](std::function<void()> done) {
        call.force->snapshot->parts().identifier->ask(credentials_of(head, http.peer()),
                                                      call.event.time, std::move(done));
      });
      who = identify(call);
    }
    refused = admit(call, std::move(who));
  }
  if (!refused) {
    refused = before_body(call);
  }
  if (!refused) {
    if (const auto whole = call.http.whole_body()) {
      call.body = *whole;
    } else if (head.has_body) {
      refused = co_await read_body(call);
    }
  }
  if (!refused) {
    refused = co_await inspect_body(call);
  }
  const bool took_time =
      !call.body_storage.empty() || call.waited || call.is_long(call.body.size());
  if (!refused && took_time) {
    refused = recheck_caller(call);
  }
  if (!refused) {
    refused = after_body(call);
  }
  if (refused) {
    co_await refuse(call, *std::move(refused));
  } else if (call.route->protocol == Protocol::kPrivacy) {
    co_await answer_texts(call);
  } else if (call.operation->answered_by_gate) {
    co_await list_models(call);
  } else {
    call.join(*open_);
    co_await forward(call);
    call.leave();
  }
  http.watch(nullptr);
  settle(call);
}

Gate::Refused Gate::before_identity(Call& call) {
  if (!ports_.sink.healthy()) {
    return Refusal{Stage::kRecord,
                   ErrorKind::kUnavailable,
                   "record",
                   "the record cannot be written",
                   "a record that takes every access",
                   "see the log for why"};
  }
  return find_route(call);
}

Gate::Refused Gate::before_body(Call& call) {
  if (auto refused = limit(call)) {
    return refused;
  }
  return check_form(call);
}

Gate::Refused Gate::find_route(Call& call) {
  const net::RequestHead& head = call.http.head();
  std::optional<Error> nearest_miss;
  for (const auto& route : call.force->snapshot->routes()) {
    const auto path = below(route->prefix, head.path);
    if (!path) {
      continue;
    }
    auto match = match_operation(route->protocol, head.method, *path);
    if (match) {
      call.route = route.get();
      call.operation = match->operation;
      call.path = *path;
      call.model_in_path = match->model_in_path;
      call.slot = &call.force->slot(route.get(), nullptr);
      call.event.route = route->id.str();
      call.event.protocol = name_of(route->protocol);
      call.event.action = match->operation->action;
      return std::nullopt;
    }
    if (call.route == nullptr) {
      call.route = route.get();  // an error is written in the shape of the nearest protocol
    }
    if (!nearest_miss || match.error().kind() == ErrorKind::kInvalidInput) {
      nearest_miss = std::move(match).error();
    }
  }
  if (!nearest_miss || call.event.path == kWithheld) {
    nearest_miss = Error(ErrorKind::kNotFound, "no route for `" + printable(call.event.path) + "`");
  }
  return refusal_of(Stage::kRoute, *nearest_miss, "routes");
}

std::optional<Identified> Gate::identify(Call& call) {
  return call.force->snapshot->parts().identifier->identify(
      credentials_of(call.http.head(), call.http.peer()), call.event.time);
}

Gate::Refused Gate::admit(Call& call, std::optional<Identified> known) {
  Identified who =
      known ? *std::move(known)
            : NotIdentified{Error(ErrorKind::kUnavailable,
                                  "the issuer of the token cannot be asked now", "try again")};
  call.laps.end(Timed::kIdentity, *call.slot);
  if (!who.ok()) {
    NotIdentified why = std::move(who).error();
    call.challenge = std::move(why.challenge);
    call.dpop_nonce = std::move(why.dpop_nonce);
    return refusal_of(Stage::kIdentity, why.error, "identity");
  }
  call.principal = *std::move(who);
  name_principal(call.event, *call.principal);
  const bool anonymous = call.principal->kind == PrincipalKind::kAnonymous;
  if (anonymous && !call.force->snapshot->parts().authorizer->allows_anonymous()) {
    return Refusal{Stage::kIdentity,
                   ErrorKind::kUnauthenticated,
                   "identity",
                   "no credential was sent",
                   "a key or a token in `authorization: Bearer`, or a key in `x-api-key`",
                   "send an api key or a token in `authorization: Bearer`"};
  }
  if (!is_meant_for(*call.route, *call.principal)) {
    call.challenge = R"(Bearer error="invalid_token", error_description="token_audience")";
    return Refusal{Stage::kIdentity,
                   ErrorKind::kUnauthenticated,
                   "routes.audience",
                   "a token for another audience",
                   "a token for `" + call.route->audience + "`",
                   "ask for a token for this resource"};
  }
  if (!accepts(*call.route, *call.principal)) {
    return Refusal{
        Stage::kIdentity,
        ErrorKind::kUnauthenticated,
        "routes.identity",
        call.principal->proofs.empty() ? "nothing was proved" : "proved: " + call.event.proofs,
        describe_accepted(*call.route),
        "this route asks for another proof of who calls"};
  }
  return foreign_page(call);
}

Gate::Refused Gate::foreign_page(Call& call) {
  const net::Fields& fields = call.http.head().fields;
  if (!call.route->origins.empty() || call.route->protocol == Protocol::kMcp) {
    // A browser names the page that sent it: a foreign page must not reach a tool server.
    const auto origin = fields.find("origin");
    if (origin && std::ranges::find(call.route->origins, *origin) == call.route->origins.end()) {
      return Refusal{Stage::kIdentity,
                     ErrorKind::kDenied,
                     "origins",
                     "origin `" + call.quote(*origin) + "`",
                     "one of the route's origins",
                     "the operator lists allowed origins on the route"};
    }
  }
  return std::nullopt;
}

Gate::Refused Gate::limit(Call& call) {
  const RequestLimits& limits = call.settings.limits;
  const uint32_t own = call.principal->requests_per_minute;
  // A key with a rate of its own may use at most a minute of it at once.
  const Rate rate = own != 0 ? Rate{own, std::min(own, limits.burst_per_key)}
                             : Rate{limits.requests_per_minute_per_key, limits.burst_per_key};
  const bool anonymous = call.principal->kind == PrincipalKind::kAnonymous;
  const std::string& who = anonymous ? call.event.source : call.event.principal;
  auto wait = ports_.limiter.take(who, rate, ports_.loop.turn_time());
  if (!wait) {
    return refusal_of(Stage::kLimit, wait.error(), "limits.requests_per_minute");
  }
  if (wait->count() > 0) {
    call.retry_after_s = std::chrono::ceil<std::chrono::seconds>(*wait).count();
    return Refusal{Stage::kLimit,
                   ErrorKind::kTooMany,
                   "limits.requests_per_minute",
                   fmt::format("more than {} requests a minute", rate.per_minute),
                   fmt::format("at most {} a minute, {} at once", rate.per_minute, rate.burst),
                   fmt::format("try again in {} s", call.retry_after_s)};
  }
  return std::nullopt;
}

Gate::Refused Gate::check_form(Call& call) {
  const net::RequestHead& head = call.http.head();
  const auto unfit = [](ErrorKind kind, std::string rule, std::string seen, std::string expected) {
    std::string hint = "send " + expected;
    return Refusal{Stage::kProtocol,    kind,           std::move(rule), std::move(seen),
                   std::move(expected), std::move(hint)};
  };
  if (const auto coding = head.fields.find("content-encoding"); coding && *coding != "identity") {
    return unfit(ErrorKind::kInvalidInput, "content-encoding",
                 "content-encoding `" + call.quote(*coding) + "`", "the body without compression");
  }
  const auto type = head.fields.find("content-type").value_or("");
  const BodyKind kind = call.operation->request_body;
  if (kind == BodyKind::kJson && !is_json(type)) {
    return unfit(ErrorKind::kInvalidInput, "content-type",
                 "content-type `" + call.quote(type) + "`", "`content-type: application/json`");
  }
  if (kind == BodyKind::kGrpc && !type.starts_with("application/grpc")) {
    return unfit(ErrorKind::kInvalidInput, "content-type",
                 "content-type `" + call.quote(type) + "`", "`content-type: application/grpc`");
  }
  if (kind == BodyKind::kNone && head.has_body && head.content_length.value_or(1) != 0) {
    return unfit(ErrorKind::kInvalidInput, "body", "a body", "no body");
  }
  if (head.wants_upgrade_websocket && !call.route->websocket) {
    return Refusal{Stage::kRoute,
                   ErrorKind::kDenied,
                   "routes.websocket",
                   "an upgrade to websocket",
                   "a route with `websocket: true`",
                   {}};
  }
  return std::nullopt;
}

Task<Gate::Refused> Gate::read_body(Call& call) {
  std::string& storage = call.body_storage;
  const bool first_message_only =
      call.operation->request_body == BodyKind::kGrpc && call.operation->may_stream;
  for (;;) {
    auto piece = co_await call.http.next_body();
    if (!piece) {
      co_return refusal_of(Stage::kProtocol, piece.error(), "body");
    }
    if (piece->empty()) {
      break;
    }
    storage.append(as_text(*piece));
    if (first_message_only && storage.size() >= 5) {
      const auto at = [&](size_t i) {
        return static_cast<uint64_t>(static_cast<uint8_t>(storage[i]));
      };
      const uint64_t length = at(1) << 24 | at(2) << 16 | at(3) << 8 | at(4);
      if (storage.size() - 5 >= length) {
        call.body_streams = true;
        break;
      }
    }
  }
  call.body = as_bytes(storage);
  call.laps.end(Timed::kBody, *call.slot);
  co_return std::nullopt;
}

Task<Gate::Refused> Gate::inspect_body(Call& call) {
  call.event.request_bytes = call.body.size();
  call.begin_recording();
  call.begin_rewriting();
  call.begin_exchange();
  InspectingVisitor visitor(call.watch_whole(), Direction::kRequest, call.event.findings);
  Result<> read = ok();
  if (!call.is_long(call.body.size())) {
    read = read_facts(call, visitor);
  } else {
    auto run = ports_.work.run(ports_.loop, [&] { read = read_facts(call, visitor); });
    if (const Result<> ran = co_await run; !ran) {
      read = ran;
    }
  }
  Refused refused;
  if (!read) {
    refused = refusal_of(Stage::kProtocol, read.error(), "body");
  } else if (visitor.error()) {
    refused = refusal_of(Stage::kInspection, *visitor.error(), "privacy");
  } else {
    if (visitor.doubts()) {
      refused = co_await settle_doubts(call, Direction::kRequest, visitor.take_doubts());
    }
    if (!refused && visitor.changes()) {
      refused = co_await rewrite_body(call, visitor);
    }
  }
  drop_suspected(call.event.findings);  // where it was refused before anybody was asked
  call.laps.end(Timed::kInspection, *call.slot);
  co_return refused;
}

Result<> Gate::read_facts(Call& call, InspectingVisitor& visitor) {
  AccessEvent& event = call.event;
  call.keep(Direction::kRequest, call.body);
  const net::RequestHead& head = call.http.head();
  TRY(call.facts,
      read_request(*call.operation, head, call.body, call.settings.limits.json, visitor));
  if (call.event.path == kWithheld) {
    visitor.text("path", head.path, {.fixed = true});
  }
  if (!head.query.empty()) {
    visitor.text("query", head.query, Written());
  }
  if (call.exchange != nullptr) {
    call.exchange->end_request();
  }
  const BodyKind kind = call.operation->request_body;
  const auto type = head.fields.find("content-type").value_or("");
  const bool unread = kind == BodyKind::kOpaque && !is_json(type) && !is_text(type);
  if (call.body.empty() || !call.watch().anybody()) {
    event.request_coverage = call.body.empty() ? Coverage::kNone : Coverage::kSkipped;
  } else if (unread || call.facts.unread || call.body_streams) {
    event.request_coverage = unread ? Coverage::kSkipped : Coverage::kPartial;
  } else {
    event.request_coverage = Coverage::kFull;
  }
  return ok();
}

Task<Gate::Refused> Gate::rewrite_body(Call& call, const InspectingVisitor& visitor) {
  if (call.facts.parts_are_measured) {
    co_return Refusal{Stage::kInspection,
                      ErrorKind::kDenied,
                      "privacy",
                      "the body holds what must be replaced, and binary data behind it",
                      "a body of one part",
                      "send the tensors as JSON"};
  }
  if (call.rewriting->has_to_keep()) {
    Result<> kept = ok();
    auto run = ports_.work.run(ports_.loop, [&] { kept = call.rewriting->keep(); });
    if (const Result<> ran = co_await run; !ran) {
      kept = ran;
    }
    if (!kept) {
      const bool denied = kept.error().kind() == ErrorKind::kDenied;
      co_return Refusal{Stage::kInspection,
                        denied ? ErrorKind::kDenied : ErrorKind::kUnavailable,
                        "privacy",
                        kept.error().message(),
                        denied ? "no such value" : "a vault that takes what was replaced",
                        kept.error().hint()};
    }
  }
  if (call.exchange != nullptr) {
    for (const std::string& replacement : visitor.replacements()) {
      call.exchange->protect(replacement);
    }
  }
  // What is decided on and goes up is read from what stands there now.
  call.body_storage = gateway::apply(call.body, visitor.edits());
  call.body = as_bytes(call.body_storage);
  InspectingVisitor nobody({}, Direction::kRequest, call.event.findings);
  auto facts =
      read_request(*call.operation, call.http.head(), call.body, call.settings.limits.json, nobody);
  if (!facts) {
    co_return refusal_of(Stage::kInspection, facts.error(), "privacy");
  }
  call.facts = *std::move(facts);
  co_return std::nullopt;
}

Gate::Refused Gate::after_body(Call& call) {
  AccessEvent& event = call.event;
  event.stream = call.facts.stream;
  event.max_tokens = call.facts.max_tokens.value_or(-1);
  if (const auto& calls = call.facts.calls; !calls.empty()) {
    call.name(calls.front());
    event.messages = calls.size() > 1 ? static_cast<uint32_t>(calls.size()) : 0;
  }
  if (call.operation->names_model) {
    const std::string_view name =
        call.model_in_path.empty() ? std::string_view(call.facts.model) : call.model_in_path;
    event.model = name;
    call.model = call.route->find_model(event.model);
    if (call.model == nullptr) {
      event.model = call.quote(name);
      return Refusal{Stage::kRoute,           ErrorKind::kNotFound,
                     "routes.models",         "unknown model `" + event.model + "`",
                     "a model of this route", "ask for the list of models"};
    }
    call.slot = &call.force->slot(call.route, call.model);
  }
  if (auto refused = judge_findings(call, Direction::kRequest, 0)) {
    return refused;
  }
  if (call.operation->answered_by_gate && call.route->protocol != Protocol::kPrivacy) {
    return std::nullopt;  // decided model by model
  }
  auto refused = authorize(call, call.model == nullptr ? ModelId() : call.model->id);
  call.laps.end(Timed::kPolicy, *call.slot);
  return refused;
}

Gate::Refused Gate::authorize(Call& call, const ModelId& model, Direction direction) {
  call.decided = model;
  call.decided_by = force_->number;
  const std::vector<RpcCall>& calls = call.facts.calls;
  if (calls.empty()) {
    return decide(call, model, direction, nullptr);
  }
  // One message that may not pass keeps back those beside it.
  for (const RpcCall& one : calls) {
    call.name(one);
    if (auto refused = unapproved(call, one)) {
      return refused;
    }
    if (auto refused = decide(call, model, direction, &one)) {
      return refused;
    }
  }
  const auto named =
      std::ranges::find_if(calls, [](const RpcCall& one) { return !one.name.empty(); });
  call.name(named == calls.end() ? calls.front() : *named);
  return std::nullopt;
}

Gate::Refused Gate::decide(Call& call, const ModelId& model, Direction direction,
                           const RpcCall* message) {
  AccessEvent& event = call.event;
  std::optional<std::string_view> arguments;
  if (message != nullptr && message->method == kRpcToolCall) {
    arguments = message->arguments;
  }
  Sessions* const sessions = call.force->snapshot->parts().sessions.get();
  const auto seen = sessions == nullptr ? nullptr : sessions->facts(*call.principal, event.time);
  // By the policies of now, whichever there were when the call began.
  Decision decision =
      force_->decider->decide({.principal = *call.principal,
                               .action = event.action,
                               .protocol = event.protocol,
                               .route = call.route->id,
                               .model = model,
                               .tool = message == nullptr ? std::string_view() : message->name,
                               .method = event.method,
                               .path = call.http.head().path,
                               .source = event.source,
                               .findings = event.findings,
                               .stream = call.facts.stream,
                               .answering = direction == Direction::kResponse,
                               .bytes = event.request_bytes,
                               .max_tokens = call.facts.max_tokens,
                               .arguments = arguments,
                               .now = event.time,
                               .session = seen.get()});
  event.policy = std::move(decision.verdict());
  event.shadow = std::move(decision.shadow());
  event.break_glass = event.break_glass || decision.by_break_glass();
  if (decision.allowed()) {
    return sessions == nullptr ? std::nullopt : note_session(call, decision, message);
  }
  Refusal why = decision.refusal();
  if (call.principal->kind == PrincipalKind::kAnonymous) {
    why.kind = ErrorKind::kUnauthenticated;  // a credential might help: say so
  }
  return why;
}

// What follows in the session is decided with what this call may bring into it.
Gate::Refused Gate::note_session(Call& call, const Decision& decision, const RpcCall* message) {
  if (call.principal->kind == PrincipalKind::kAnonymous) {
    return std::nullopt;  // nobody's session
  }
  std::string tool;
  if (message != nullptr && message->method == kRpcToolCall) {
    tool = call.route->id.str() + "/" + message->name;
  }
  std::vector<std::string> findings;
  for (const Finding& finding : call.event.findings) {
    if (finding.handling == Handling::kCleared) {
      continue;
    }
    findings.push_back(finding.rule);
    if (const size_t colon = finding.rule.find(':'); colon != std::string::npos) {
      findings.push_back(finding.rule.substr(0, colon));
    }
  }
  const bool noted = call.force->snapshot->parts().sessions->note(
      *call.principal,
      {.labels = decision.labels(),
       .tool = tool,
       .findings = findings,
       .attack = worst_attack(call.event.findings, true)},
      call.event.time);
  if (noted) {
    return std::nullopt;
  }
  return Refusal{Stage::kPolicy,
                 ErrorKind::kUnavailable,
                 "sessions",
                 "there is no room to remember what this session sees",
                 "a session that can be remembered",
                 "try again; the operator raises `sessions.most`"};
}

Gate::Refused Gate::judge_findings(Call& call, Direction direction, size_t already) {
  const Findings& findings = call.event.findings;
  const OnFinding on = direction == Direction::kRequest ? call.settings.inspection.request
                                                        : call.settings.inspection.response;
  for (size_t i = already; i < findings.size(); ++i) {
    const Finding& finding = findings[i];
    if (finding.handling != Handling::kSeen) {
      continue;
    }
    const Stage stage = direction == Direction::kRequest ? Stage::kInspection : Stage::kResponse;
    if (finding.ruling == Ruling::kRefuse) {
      const std::string rule(finding.setting.empty() ? finding.inspector : finding.setting);
      return Refusal{stage,
                     ErrorKind::kDenied,
                     rule,
                     describe(finding),
                     fmt::format("nothing that `{}` refuses", rule),
                     finding.setting.empty()
                         ? fmt::format("see `{}` of the configuration", rule)
                         : fmt::format("take it out, or set `{}: annotate`", rule)};
    }
    if (on == OnFinding::kRefuse && finding.ruling == Ruling::kBySeverity &&
        finding.severity >= kRefuseFrom) {
      const std::string by_severity = "inspection." + std::string(name_of(direction));
      return Refusal{stage,
                     ErrorKind::kDenied,
                     by_severity,
                     describe(finding),
                     "no finding of severity high or above",
                     fmt::format("take it out, or set `{}: annotate`", by_severity)};
    }
  }
  return std::nullopt;
}

Task<void> Gate::refuse(Call& call, Refusal why) {
  const Protocol protocol = call.route == nullptr ? Protocol::kHttp : call.route->protocol;
  AccessEvent& event = call.event;
  event.outcome = call.gone                       ? Outcome::kCancelled
                  : why.stage == Stage::kUpstream ? Outcome::kFailed
                                                  : Outcome::kRefused;
  ErrorAnswer answer = render_error(protocol, status_of(why), client_message(why), event.id.str());
  event.status = status_of(why);
  event.response_bytes = answer.body.size();
  const ErrorKind kind = why.kind;
  event.refusal = std::move(why);
  if (call.recording != nullptr) {
    call.recording->withdraw_response();
  }
  // A refusal that cannot be recorded is still a refusal.
  [[maybe_unused]] const Result<> recorded = co_await record(call);
  if (call.gone) {
    call.http.abort();
    co_return;
  }
  net::ResponseHead head;
  head.status = answer.status;
  head.fields.add("content-type", answer.content_type);
  head.fields.add("sallyport-id", event.id.str());
  const std::string challenge = challenge_of(call);
  if (kind == ErrorKind::kUnauthenticated) {
    head.fields.add("www-authenticate", challenge);
    if (!call.dpop_nonce.empty()) {
      head.fields.add("dpop-nonce", call.dpop_nonce);
    }
  }
  const std::string retry_after = std::to_string(call.retry_after_s);
  if (call.retry_after_s > 0) {
    head.fields.add("retry-after", retry_after);
  }
  std::string grpc_status;
  if (answer.grpc_status) {
    grpc_status = std::to_string(*answer.grpc_status);
    head.fields.add("grpc-status", grpc_status);
    head.fields.add("grpc-message", answer.grpc_message);
  }
  head.content_length = answer.body.size();
  [[maybe_unused]] const Result<> sent = co_await call.http.respond(head, as_bytes(answer.body));
}

Task<void> Gate::answer_texts(Call& call) {
  Result<std::string> answer = std::string();
  const TextService* const texts = call.force->snapshot->parts().texts.get();
  const auto ask = [&call, &answer, texts] {
    const Principal& caller = *call.principal;
    answer = texts->answer(call.operation->action,
                           caller.team.str().empty() ? caller.id : caller.team.str(), call.body);
  };
  if (texts == nullptr) {
    answer = Error(ErrorKind::kUnavailable, "this gate looks for nothing in texts",
                   "the operator adds `privacy` to the configuration");
  } else if (texts->is_quick(call.body)) {
    ask();
  } else {
    auto run = ports_.work.run(ports_.loop, ask);
    if (const Result<> ran = co_await run; !ran) {
      answer = ran.error();
    }
  }
  call.laps.end(Timed::kInspection, *call.slot);
  if (!answer && call.must_withhold(answer.error().to_string())) {
    answer = Error(answer.error().kind(), "the question is wrong in a part that may not be shown");
  }
  if (!answer) {
    co_await refuse(call, refusal_of(Stage::kProtocol, answer.error(), "body"));
    co_return;
  }
  call.event.outcome = Outcome::kAllowed;
  call.event.status = 200;
  call.event.response_bytes = answer->size();
  if (const Result<> recorded = co_await record(call); !recorded) {
    co_await refuse(call, not_recorded(recorded.error()));
    co_return;
  }
  net::ResponseHead head;
  head.fields.add("sallyport-id", call.event.id.str());
  head.fields.add("content-type", "application/json");
  head.content_length = answer->size();
  [[maybe_unused]] const Result<> sent = co_await call.http.respond(head, as_bytes(*answer));
}

Task<void> Gate::list_models(Call& call) {
  std::vector<std::string> allowed;
  Verdicts shown;
  for (const Model* model : call.route->models) {
    if (!authorize(call, model->id)) {
      allowed.push_back(model->id.str());
      shown = call.verdicts();
    }
  }
  call.laps.end(Timed::kPolicy, *call.slot);
  if (!allowed.empty()) {
    call.restore(std::move(shown));  // of the last model that is shown
  }
  if (allowed.empty()) {
    if (auto refused = authorize(call, ModelId())) {
      co_await refuse(call, *std::move(refused));
      co_return;
    }
  }
  const auto created =
      std::chrono::duration_cast<std::chrono::seconds>(call.event.time.time_since_epoch()).count();
  const auto body = render_models(*call.operation, allowed, call.model_in_path, created);
  if (!body) {
    co_await refuse(call, Refusal{Stage::kRoute, ErrorKind::kNotFound, "routes.models",
                                  "unknown model `" + call.quote(call.model_in_path) + "`",
                                  "a model of this route", "ask for the list of models"});
    co_return;
  }
  call.event.outcome = Outcome::kAllowed;
  call.event.status = 200;
  call.event.response_bytes = body->size();
  if (const Result<> recorded = co_await record(call); !recorded) {
    co_await refuse(call, not_recorded(recorded.error()));
    co_return;
  }
  net::ResponseHead head;
  head.fields.add("sallyport-id", call.event.id.str());
  if (call.operation->request_body == BodyKind::kGrpc) {
    // gRPC: the status travels in the trailers.
    head.fields.add("content-type", "application/grpc");
    net::Fields trailers;
    trailers.add("grpc-status", "0");
    Result<> sent = co_await call.http.start(head);
    if (sent) {
      sent = co_await call.http.write(as_bytes(*body));
    }
    if (sent) {
      sent = co_await call.http.finish(trailers);
    }
    co_return;
  }
  head.fields.add("content-type", kJson);
  head.content_length = body->size();
  [[maybe_unused]] const Result<> sent = co_await call.http.respond(head, as_bytes(*body));
}

Task<Result<>> Gate::record(Call& call) {
  if (call.recorded) {
    co_return ok();
  }
  call.recorded = true;
  if (const auto recording = std::move(call.recording)) {
    Commitments kept = recording->finish();
    call.event.request_commitment = std::move(kept.request);
    call.event.response_commitment = std::move(kept.response);
  }
  call.event.duration_us = micros(call.laps.begin() - call.started);
  Result<> written = co_await ports_.sink.record(call.event);
  call.laps.end(Timed::kRecord, *call.slot);
  co_return written;
}

void Gate::settle(Call& call) {
  const AccessEvent& event = call.event;
  Slot& slot = *call.slot;
  slot.outcomes[static_cast<size_t>(event.outcome)].add();
  slot.statuses[std::min<size_t>(5, event.status / 100)].add();
  if (event.refusal) {
    slot.refusals[static_cast<size_t>(event.refusal->stage)].add();
  }
  if (event.break_glass) {
    slot.break_glass.add();
  }
  const MonoTime ended = now();
  slot.duration.observe(micros(ended - call.started));
  slot.input_tokens.add(static_cast<uint64_t>(std::max<int64_t>(0, event.input_tokens)));
  slot.output_tokens.add(static_cast<uint64_t>(std::max<int64_t>(0, event.output_tokens)));
  slot.request_bytes.add(event.request_bytes);
  slot.response_bytes.add(event.response_bytes);
  slot.findings.add(event.findings.size());
  ports_.metrics.active.subtract();
  const auto pool = ports_.pool.counts();
  ports_.metrics.pool_open.set(pool.open);
  ports_.metrics.pool_idle.set(pool.idle);
  if (call.trace != nullptr) {
    ports_.tracer->end(std::move(call.trace), event, ended);
  }
}

void Gate::begin_trace(Call& call) {
  const net::Fields& fields = call.http.head().fields;
  TraceFields from;
  if (fields.count("traceparent") == 1) {  // two contexts are none
    from.traceparent = *fields.find("traceparent");
  }
  std::string state;  // several fields are one list
  for (const net::Field& field : fields) {
    if (field.name == "tracestate") {
      state += state.empty() ? "" : ",";
      state += field.value;
    }
  }
  from.tracestate = state;
  call.trace = ports_.tracer->begin(from, call.started);
  call.event.trace_id = call.trace->id();
  call.laps.tell(*call.trace);
}

namespace {
Task<Result<>> record_malformed(EventSink& sink, AccessEvent event) {
  co_return co_await sink.record(event);
}
}  // namespace

net::Handler::PlainAnswer Gate::refuse_malformed(const ProtocolRefusal& refusal) {
  ports_.metrics.malformed.add();
  const WallTime received = ports_.loop.clock().now();
  AccessEvent event{.id = Ulid::make(received, ports_.random), .time = received};
  event.outcome = Outcome::kRefused;
  event.status = refusal.status;
  event.http = version_name(refusal.version);
  event.source = refusal.peer.address;
  event.principal = "anonymous";
  event.refusal = refusal_of(Stage::kProtocol, refusal.error, "http");
  ErrorAnswer answer =
      render_error(Protocol::kHttp, refusal.status, client_message(*event.refusal), event.id.str());
  ports_.loop.spawn("record", record_malformed(ports_.sink, std::move(event)));
  return {std::move(answer.content_type), std::move(answer.body)};
}

}  // namespace sally::gateway
