// MCP over streamable HTTP: JSON-RPC messages by POST, server messages by GET, the end of a session
// by DELETE. (modelcontextprotocol.io/specification/2025-06-18/basic/transports)
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "formats/json/writer.h"
#include "formats/sse.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/stream_walk.h"
#include "gateway/protocol/text_walk.h"

namespace sally::gateway {
namespace {

using formats::JsonType;
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

constexpr std::string_view kDecided[] = {"jsonrpc", "method", "params", "name"};
constexpr std::string_view kToolCall = "tools/call";
constexpr size_t kMostInBatch = 100;  // each is decided by itself

// A name that policies and records will hold.
bool is_name(std::string_view text) {
  constexpr size_t kLongest = 256;
  return !text.empty() && text.size() <= kLongest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

// One JSON-RPC message or a batch of them.
class MessageWalk final : public TextWalk {
 public:
  explicit MessageWalk(TextVisitor& visitor) : TextWalk(visitor, kDecided) {}
  RequestFacts facts;

 private:
  void wrong(std::string message) { object(Error(ErrorKind::kInvalidInput, std::move(message))); }

  // How many levels stand above a message: one in a batch.
  static size_t base_of(const JsonPath& path) {
    return path.depth() > 0 && !path.level(0).object ? 1 : 0;
  }

  void fact(const JsonPath& path, const JsonFact& fact) override {
    if (path.depth() == 0 && fact.type == JsonType::kArray) {
      if (messages_ == 0) {
        wrong("an empty batch");
      }
      return;
    }
    const size_t base = base_of(path);
    if (path.depth() == base) {
      end_message(fact);
    } else if (path.depth() == base + 1) {
      message_member(path.level(base).key, fact);
    } else if (path.depth() == base + 2 && path.level(base).key == "params" &&
               path.level(base + 1).object && path.level(base + 1).key == "name") {
      named_ = fact.type == JsonType::kString && is_name(fact.text);
      name_ = named_ ? fact.text : std::string_view{};
    }
  }

  void message_member(std::string_view key, const JsonFact& fact) {
    if (key == "jsonrpc") {
      version_ = fact.type == JsonType::kString && fact.text == "2.0";
    } else if (key == "method") {
      if (fact.type != JsonType::kString || !is_name(fact.text)) {
        wrong("`method`: expected 1 to 256 printable ASCII characters");
      }
      method_ = fact.text;
    } else if (key == "result" || key == "error") {
      answer_ = true;
    }
  }

  void end_message(const JsonFact& fact) {
    ++messages_;
    if (fact.type != JsonType::kObject) {
      wrong(fmt::format("a JSON-RPC message: expected an object, found {}", name_of(fact.type)));
    } else if (!version_) {
      wrong("`jsonrpc`: expected `2.0`");
    } else if (method_.empty() == !answer_) {
      wrong("a JSON-RPC message: expected either `method` or one of `result` and `error`");
    } else if (method_ == kToolCall && !named_) {
      wrong("`params.name`: expected the name of a tool");
    }
    if (messages_ > kMostInBatch) {
      wrong(fmt::format("a batch of more than {} messages", kMostInBatch));
    }
    RpcCall call{std::string(method_), std::string(method_ == kToolCall ? name_ : "")};
    if (messages_ <= kMostInBatch && std::ranges::find(facts.calls, call) == facts.calls.end()) {
      facts.calls.push_back(std::move(call));
    }
    version_ = answer_ = named_ = false;
    method_ = name_ = {};
  }

  [[nodiscard]] bool is_decided_here(const JsonPath& path) const override {
    const size_t base = base_of(path);
    return path.depth() == base + 1 ||
           (path.depth() == base + 2 && path.level(base).key == "params");
  }
  [[nodiscard]] bool counts(const JsonPath&) const override { return true; }

  size_t messages_ = 0;
  // Of the message being read.
  bool version_ = false;
  bool answer_ = false;
  bool named_ = false;
  std::string_view method_;
  std::string_view name_;
};

Result<RequestFacts> request_facts(const Operation& operation, const net::RequestHead&,
                                   ByteView body, const JsonLimits& limits, TextVisitor& visitor) {
  if (operation.request_body == BodyKind::kNone) {
    RequestFacts facts;
    facts.stream = operation.may_stream;
    return facts;
  }
  MessageWalk walk(visitor);
  TRY_OK(walk.read(as_text(body), limits));
  walk.facts.text_bytes = walk.text_bytes();
  return std::move(walk.facts);
}

// Whole messages: no text of MCP grows over events.
constexpr RuleIndex kIndex = index_rules({});
constexpr StreamTable kTable = {.rules = {},
                                .lanes = {},
                                .growing = "",
                                .scope_a = Node::kChoice,
                                .scope_b = Node::kChoice,
                                .lane_by_type = false};

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
    .edits = no_edits,
    .read_answer = read_json_answer,
    .open_stream = stream_reader,
    .render_error = error_answer,
    .render_stream_error = stream_error,
    .render_models = no_models,
};

}  // namespace sally::gateway
