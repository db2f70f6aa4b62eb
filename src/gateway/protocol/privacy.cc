// Questions about texts, which the gate answers itself: its own endpoint, and those of Presidio's
// analyzer and anonymizer.
#include "formats/json/writer.h"
#include "formats/sse.h"
#include "gateway/protocol/adapter.h"

namespace sally::gateway {
namespace {

using formats::JsonWriter;

constexpr Operation question(std::string_view action, std::string_view pattern) {
  return {.protocol = Protocol::kPrivacy,
          .action = action,
          .method = net::Method::kPost,
          .pattern = pattern,
          .request_body = BodyKind::kJson,
          .names_model = kNo,
          .may_stream = kNo,
          .repeatable = kYes,
          .answered_by_gate = kYes};
}
constexpr Operation look(std::string_view action, std::string_view pattern) {
  Operation out = question(action, pattern);
  out.method = net::Method::kGet;
  out.request_body = BodyKind::kNone;
  return out;
}
constexpr Operation kOperations[] = {
    question("privacy:inspect", "/v1/inspect"),     question("privacy:analyze", "/analyze"),
    question("privacy:anonymize", "/anonymize"),    question("privacy:deanonymize", "/deanonymize"),
    look("privacy:entities", "/supportedentities"), look("privacy:recognizers", "/recognizers"),
    look("privacy:anonymizers", "/anonymizers"),    look("privacy:health", "/health"),
};

// The texts are what is asked about: nobody refuses them, and the record does not tell of them.
Result<RequestFacts> request_facts(const Operation&, const net::RequestHead&, ByteView body,
                                   const JsonLimits&, TextVisitor&) {
  RequestFacts facts;
  facts.unread = !body.empty();
  return facts;
}

Result<AnswerFacts> no_answer(const Operation&, ByteView, const JsonLimits&, TextVisitor&) {
  return AnswerFacts();
}
std::unique_ptr<StreamReader> no_stream(const Operation&, const RequestFacts&, const JsonLimits&) {
  return nullptr;
}

// As Presidio's services put it.
std::string error_body(std::string_view text) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("error", text).end_object().finish();
  return out;
}
ErrorAnswer error_answer(uint16_t status, std::string_view text, std::string_view) {
  return {status, "application/json", error_body(text), std::nullopt, {}};
}
std::string stream_error(const Operation&, std::string_view text, std::string_view) {
  std::string out;
  formats::append_sse_event(out, "error", error_body(text));
  return out;
}

}  // namespace

constinit const Adapter kPrivacyAdapter = {
    .operations = kOperations,
    .read_request = request_facts,
    .edits = no_edits,
    .read_answer = no_answer,
    .open_stream = no_stream,
    .render_error = error_answer,
    .render_stream_error = stream_error,
    .render_models = no_models,
};

}  // namespace sally::gateway
