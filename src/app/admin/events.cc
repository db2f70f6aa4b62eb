// The receiver of security events: push delivery (RFC 8935) of CAEP events.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "app/admin/endpoint.h"
#include "identity/events/receiver.h"
#include "ledger/outbox.h"

namespace sally::app {
namespace {

using formats::JsonWriter;
using identity::EventPlan;
using identity::ReceivedEvents;
using identity::SecurityEvent;

constexpr std::array kProblemMembers{
    Member{"err", MemberType::kChoice, "", Needed::kMust,
           "invalid_request|invalid_key|invalid_issuer|invalid_audience|authentication_failed|"
           "access_denied"},
    Member{"description", MemberType::kText, "What is wrong, for people.", Needed::kMust},
};
constexpr std::array kSchemas{
    Schema{"EventProblem", "The event was not taken (RFC 8935, section 2.3).", kProblemMembers}};

std::string show(const SecurityEvent& event, const std::string& note) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("type", event.uri).member("note", note);
  json.end_object();
  json.finish();
  return out;
}

// Everything of one token, in one transaction: each is taken once.
Result<bool> carry_out(const AdminParts& parts, const AdminCall& call,
                       const ReceivedEvents& received, const std::vector<EventPlan>& plans) {
  const Author author{"issuer:" + received.issuer, call.author.from};
  identity::RevocationService service(parts.state, parts.random, author.who,
                                      record_revocations({parts.clock, parts.random}, author));
  bool first = false;
  TRY_OK(parts.state.write([&](store::Transaction& transaction) -> Result<> {
    TRY(first,
        transaction.revocations().note_event(received.issuer + "/" + received.token.id, call.now));
    for (size_t i = 0; first && i < plans.size(); ++i) {
      for (const identity::RevocationRequest& request : plans[i].revocations) {
        TRY_OK(service.revoke(transaction, request, call.now));
      }
      if (!plans[i].note.empty()) {
        ChangeEvent event =
            change_by_program(parts.clock, parts.random, "event.receive", received.token.id);
        event.who = author.who;
        event.from = author.from;
        event.after = show(received.token.events[i], plans[i].note);
        TRY_OK(ledger::put_into_outbox(transaction, event));
      }
    }
    return ok();
  }));
  return first;
}

Result<AdminAnswer> receive(const AdminParts& parts, const AdminCall& call) {
  const auto received = identity::verify_events(call.body, parts.event_issuer, call.now);
  if (!received.ok()) {
    return answer_with_event_problem(received.error().code, received.error().description);
  }
  std::vector<EventPlan> plans;
  for (const SecurityEvent& event : received->token.events) {
    auto plan = identity::plan_event(*received, event, call.now);
    if (!plan.ok()) {
      return answer_with_event_problem(plan.error().code, plan.error().description);
    }
    plans.push_back(*std::move(plan));
  }
  TRY(const bool first, carry_out(parts, call, *received, plans));
  if (first) {
    // It is stored: what cannot be put in force at once is within a second.
    [[maybe_unused]] const auto refreshed = parts.refresh();
  }
  return AdminAnswer{.status = 202, .body = {}};
}

constexpr std::array kEndpoints{
    Endpoint{.method = net::Method::kPost,
             .path = "/v1/events",
             .action = "events.receive",
             .summary = "Take security events of an issuer: push delivery (RFC 8935) of CAEP 1.0.",
             .takes = CallBody::kToken,
             .status = 202,
             .answer = "",
             .problem = "EventProblem",
             .access = Access::kSigned,
             .handle = receive},
};

}  // namespace

AdminAnswer answer_with_event_problem(std::string_view code, std::string_view description) {
  return answer_with(
      400, [&](JsonWriter& json) { json.member("err", code).member("description", description); });
}

std::span<const Endpoint> event_endpoints() {
  return kEndpoints;
}
std::span<const Schema> event_schemas() {
  return kSchemas;
}

}  // namespace sally::app
