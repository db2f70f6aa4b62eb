#include "app/admin/api.h"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "gateway/credentials.h"
#include "ledger/outbox.h"
#include "net/until_done.h"

namespace sally::app {
namespace {

// The media type of the field, without parameters.
std::string_view media_type(const net::RequestHead& head) {
  const std::string_view value = head.fields.find("content-type").value_or("");
  return trim_blanks(value.substr(0, value.find(';')));
}

Result<> check_body(const Endpoint& endpoint, const net::RequestHead& head, std::string_view body) {
  const bool empty = body.empty();
  switch (endpoint.takes) {
    case CallBody::kNone:
      return empty ? ok() : Error(ErrorKind::kInvalidInput, "this call takes no body");
    case CallBody::kJson:
      // A page of somebody else's can send a form, and no JSON.
      if (!equal_ignoring_case(media_type(head), "application/json")) {
        return Error(ErrorKind::kInvalidInput, "the body is no `application/json`",
                     "content-type: application/json");
      }
      return ok();
    case CallBody::kToken:
      if (!equal_ignoring_case(media_type(head), "application/secevent+jwt")) {
        return Error(ErrorKind::kInvalidInput, "the body is no `application/secevent+jwt`",
                     "content-type: application/secevent+jwt");
      }
      return ok();
  }
  return ok();
}

Task<Result<std::string>> read_all(net::ServerExchange& http) {
  std::string out;
  while (http.head().has_body) {
    CO_TRY(const ByteView piece, co_await http.next_body());
    if (piece.empty()) {
      break;
    }
    out.append(as_text(piece));
  }
  co_return out;
}

uint16_t status_of(const Error& error) {
  return error.kind() == ErrorKind::kUsage ? uint16_t{400} : row_of(error.kind()).http_status;
}

}  // namespace

struct AdminApi::Pending {
  const Endpoint* endpoint = nullptr;
  PrincipalPtr principal;  // null: trusted
  Author author;
  std::string body;
  Arguments arguments;
  std::string challenge;  // of a refusal for who called
  std::string dpop_nonce;
};

AdminAnswer answer_of(const Error& error) {
  return answer_with(status_of(error), [&](formats::JsonWriter& json) {
    json.member("status", "error").member("detail", error.message());
    if (!error.hint().empty()) {
      json.member("hint", error.hint());
    }
  });
}

std::string author_of(const Principal& principal) {
  return std::string(name_of(principal.kind)) + ":" + principal.id;
}

AdminApi::AdminApi(net::Loop& loop, Housekeeper& keeper, const AdminParts& parts, Trust trust,
                   Deciders deciders)
    : loop_(loop), keeper_(keeper), parts_(parts), trust_(trust), deciders_(std::move(deciders)) {}

Task<void> AdminApi::serve(net::ServerExchange& http) {
  Pending pending;
  Result<AdminAnswer> result = co_await answer(http, pending);
  const bool event = pending.endpoint != nullptr && pending.endpoint->access == Access::kSigned;
  const AdminAnswer answer =
      result ? *std::move(result)
      : event && status_of(result.error()) == 400
          ? answer_with_event_problem("invalid_request", result.error().message())
          : answer_of(result.error());
  net::ResponseHead head;
  head.status = answer.status;
  if (!answer.body.empty()) {
    head.fields.add("content-type", "application/json");
    head.fields.add("content-language", "en");
  }
  head.fields.add("cache-control", "no-store");
  if (!pending.challenge.empty()) {
    head.fields.add("www-authenticate", pending.challenge);
  }
  if (!pending.dpop_nonce.empty()) {
    head.fields.add("dpop-nonce", pending.dpop_nonce);
  }
  head.content_length = answer.body.size();
  [[maybe_unused]] const Result<> sent = co_await http.respond(head, as_bytes(answer.body));
}

// Cheapest first; nothing of the body before it is known that the caller may.
Task<Result<AdminAnswer>> AdminApi::answer(net::ServerExchange& http, Pending& pending) {
  const net::RequestHead& head = http.head();
  CO_TRY(const Routed routed, route(endpoints_, head.method, head.path));
  pending.endpoint = routed.endpoint;
  if (head.fields.find("origin")) {
    co_return Error(ErrorKind::kDenied, "a page in a browser cannot administer the gate");
  }
  CO_TRY_OK(co_await identify(http, pending));
  if (const Result<> allowed = authorize(http, pending); !allowed) {
    auto run = keeper_.run(loop_, [&] { note_refusal(pending, allowed.error()); });
    co_await run;
    co_return allowed.error();
  }
  CO_TRY(pending.body, co_await read_all(http));
  const Endpoint& endpoint = *pending.endpoint;
  CO_TRY_OK(check_body(endpoint, head, pending.body));
  for (size_t i = 0; i < routed.values.size(); ++i) {
    CO_TRY(const std::string value, percent_decode(routed.values[i]));
    CO_TRY_OK(pending.arguments.read_one(endpoint.path_members[i], value));
  }
  CO_TRY_OK(pending.arguments.read_query(head.query, endpoint.query));
  if (endpoint.takes == CallBody::kJson) {
    CO_TRY_OK(pending.arguments.read_body(pending.body, endpoint.body));
  }
  if (endpoint.takes == CallBody::kToken &&
      identity::must_ask_for_keys(pending.body, parts_.event_issuer)) {
    co_await net::until_done(loop_, [&](std::function<void()> done) {
      deciders_.ask_issuer(pending.body, parts_.clock.now(), std::move(done));
    });
  }
  std::optional<Result<AdminAnswer>> result;
  auto run = keeper_.run(loop_, [&] {
    const AdminCall call{.arguments = pending.arguments,
                         .body = pending.body,
                         .author = pending.author,
                         .principal = pending.principal.get(),
                         .now = parts_.clock.now()};
    result.emplace(endpoint.handle(parts_, call));
    if (!*result) {
      note_refusal(pending, result->error());
    }
  });
  co_await run;
  co_return *std::move(result);
}

Task<Result<>> AdminApi::identify(net::ServerExchange& http, Pending& pending) {
  if (trust_ == Trust::kWhoeverConnects) {
    pending.author = {local_user(), "admin socket"};
    co_return ok();
  }
  pending.author = {"anonymous", http.peer().address};
  if (pending.endpoint->access == Access::kSigned) {
    co_return ok();
  }
  const std::shared_ptr<const Identifier> identifier = deciders_.identifier();
  const Credentials credentials = gateway::credentials_of(http.head(), http.peer());
  const WallTime now = parts_.clock.now();
  auto who = identifier->identify(credentials, now);
  if (!who) {
    co_await net::until_done(loop_, [&](std::function<void()> done) {
      identifier->ask(credentials, now, std::move(done));
    });
    who = identifier->identify(credentials, now);
  }
  pending.challenge = "Bearer";
  if (!who) {
    co_return Error(ErrorKind::kUnavailable, "who is calling cannot be told at the moment");
  }
  if (!who->ok()) {
    const NotIdentified& why = who->error();
    pending.challenge = why.challenge;
    pending.dpop_nonce = why.dpop_nonce;
    co_return why.error;
  }
  pending.principal = **std::move(who);
  if (pending.principal->kind == PrincipalKind::kAnonymous) {
    co_return Error(ErrorKind::kUnauthenticated, "nobody is calling: there is no credential",
                    "send an API key or a token: authorization: Bearer ...");
  }
  pending.challenge.clear();
  pending.author.who = author_of(*pending.principal);
  co_return ok();
}

Result<> AdminApi::authorize(const net::ServerExchange& http, const Pending& pending) const {
  if (pending.principal == nullptr) {
    return ok();  // trusted, or what is sent proves itself
  }
  const net::RequestHead& head = http.head();
  const RouteId no_route;
  const ModelId no_model;
  // Who breaks the glass gets at models and tools, not at the gate itself: here policies decide.
  Principal who = *pending.principal;
  who.break_glass.clear();
  const Decision decision =
      deciders_.authorizer()->decider()->decide({.principal = who,
                                                 .action = pending.endpoint->action,
                                                 .protocol = kAdminProtocol,
                                                 .route = no_route,
                                                 .model = no_model,
                                                 .tool = {},
                                                 .method = net::name_of(head.method),
                                                 .path = head.path,
                                                 .source = http.peer().address,
                                                 .findings = {},
                                                 .bytes = head.content_length.value_or(0),
                                                 .max_tokens = {},
                                                 .now = parts_.clock.now()});
  if (decision.allowed()) {
    return ok();
  }
  return Error(
      ErrorKind::kDenied,
      fmt::format("{} may not do `{}`", author_of(*pending.principal), pending.endpoint->action),
      "a policy permits it: action == Action::\"" + std::string(pending.endpoint->action) +
          "\", resource == Gate::\"this\"");
}

void AdminApi::note_refusal(const Pending& pending, const Error& error) const {
  const bool changes = pending.endpoint->method != net::Method::kGet;
  if (!changes || pending.endpoint->access == Access::kSigned ||
      pending.author.who == "anonymous") {
    return;
  }
  ChangeEvent event = change_by_program(parts_.clock, parts_.random, pending.endpoint->action, {});
  event.who = pending.author.who;
  event.from = pending.author.from;
  event.failure = error.message();
  // A refusal that cannot be recorded is still a refusal.
  [[maybe_unused]] const Result<> recorded = record_change(parts_.state, event);
}

net::Handler::PlainAnswer AdminApi::refuse_malformed(const ProtocolRefusal& refusal) {
  return {"application/json", answer_of(refusal.error).body};
}

}  // namespace sally::app
