// MCP over streamable HTTP: JSON-RPC messages by POST, server messages by GET, the end of a session
// by DELETE. (modelcontextprotocol.io/specification/2025-06-18/basic/transports)
#include <fmt/format.h>

#include <algorithm>

#include "formats/json/writer.h"
#include "formats/sse.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/mcp_messages.h"
#include "gateway/protocol/stream_walk.h"
#include "gateway/protocol/text_walk.h"

namespace sally::gateway {
namespace {

using formats::JsonWriter;
using enum net::Method;
using enum BodyKind;

constexpr Protocol kThis = Protocol::kMcp;
// clang-format off
constexpr Operation kOperations[] = {
    //     action             method   patternbody    model stream again gate
    {kThis, "mcp:message",     kPost,   "*", kJson, kNo, kYes, kNo, kNo},
    {kThis, "mcp:listen",      kGet,    "*", kNone, kNo, kYes, kYes, kNo},
    {kThis, "mcp:end-session", kDelete, "*", kNone, kNo, kNo, kNo, kNo},
};
// clang-format on

Result<RequestFacts> request_facts(const Operation& operation, const net::RequestHead&,
                                   ByteView body, const JsonLimits& limits, TextVisitor& visitor) {
  if (operation.request_body == BodyKind::kNone) {
    RequestFacts facts;
    facts.stream = operation.may_stream;
    return facts;
  }
  return read_messages(as_text(body), limits, visitor);
}

// What goes up is what was read, not the bytes it was read from.
std::vector<Edit> whole_body(const Operation&, const RequestFacts& facts, ByteView body,
                             std::string_view) {
  if (facts.rewritten.empty()) {
    return {};
  }
  return {{{0, body.size()}, facts.rewritten}};
}

// Whole messages: no text of MCP grows over events.
constexpr RuleIndex kIndex = index_rules({});
constexpr StreamTable kTable = {.rules = {},
                                .lanes = {},
                                .growing = "",
                                .scope_a = Node::kChoice,
                                .scope_b = Node::kChoice,
                                .lane_by_type = false,
                                .root = Zone::kRpcAnswer,
                                .speaks = Provenance::kTool};

class MessageStream final : public StreamWalk {
 public:
  explicit MessageStream(const JsonLimits& limits) : StreamWalk(kTable, kIndex, limits) {}

 private:
  // The answer to the request ends the stream of a POST; one of a GET ends when it ends.
  void conclude(const Event& event, bool& ended, bool&) override {
    ended = ended || event.root_result;
  }
  bool plain(std::string_view, bool&) override { return false; }
};

std::unique_ptr<StreamReader> stream_reader(const Operation&, const RequestFacts&,
                                            const JsonLimits& limits) {
  return std::make_unique<MessageStream>(limits);
}

struct ErrorCode {
  uint16_t status;
  int code;
};
// JSON-RPC 2.0, 5.1: -32600 and -32601 are its own, -32000 to -32099 a server's.
constexpr ErrorCode kErrors[] = {
    {400, -32600}, {401, -32001}, {403, -32003}, {404, -32601}, {405, -32601}, {408, -32008},
    {413, -32013}, {415, -32015}, {429, -32029}, {502, -32052}, {503, -32053}, {504, -32054},
};
constexpr int kInternal = -32603;

std::string error_body(uint16_t status, std::string_view text) {
  const auto* found = std::ranges::find(kErrors, status, &ErrorCode::status);
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("jsonrpc", "2.0").key("id").null();
  json.key("error").begin_object();
  json.member("code", found == std::end(kErrors) ? kInternal : found->code).member("message", text);
  json.end_object().end_object().finish();
  return out;
}

ErrorAnswer error_answer(uint16_t status, std::string_view text, std::string_view) {
  return {status, "application/json", error_body(status, text), std::nullopt, {}};
}

std::string stream_error(const Operation&, std::string_view text, std::string_view) {
  std::string out;
  formats::append_sse_event(out, "message", error_body(403, text));
  return out;
}

}  // namespace

constinit const Adapter kMcpAdapter = {
    .operations = kOperations,
    .read_request = request_facts,
    .edits = whole_body,
    .read_answer = read_json_answer,
    .open_stream = stream_reader,
    .render_error = error_answer,
    .render_stream_error = stream_error,
    .render_models = no_models,
};

}  // namespace sally::gateway
