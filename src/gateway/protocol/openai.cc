// OpenAI: chat completions, completions, embeddings, responses, models.
// (platform.openai.com/docs/api-reference)
#include <algorithm>

#include "base/check.h"
#include "formats/json/writer.h"
#include "formats/sse.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/model_request.h"
#include "gateway/protocol/stream_walk.h"
#include "gateway/protocol/text_walk.h"

namespace sally::gateway {
namespace {

using formats::JsonWriter;
using enum net::Method;
using enum BodyKind;

constexpr std::string_view kChat = "openai:chat.completions";
constexpr std::string_view kCompletions = "openai:completions";
constexpr std::string_view kResponses = "openai:responses";
constexpr std::string_view kModel = "openai:models.retrieve";

constexpr Protocol kThis = Protocol::kOpenAi;
// clang-format off
constexpr Operation kOperations[] = {
    //     action                          method   pattern                           body    model stream again gate
    {kThis, kChat,                          kPost,   "/v1/chat/completions",           kJson, kYes, kYes, kYes, kNo},
    {kThis, kCompletions,                   kPost,   "/v1/completions",                kJson, kYes, kYes, kYes, kNo},
    {kThis, "openai:embeddings",            kPost,   "/v1/embeddings",                 kJson, kYes, kNo, kYes, kNo},
    {kThis, kResponses,                     kPost,   "/v1/responses",                  kJson, kYes, kYes, kNo, kNo},
    {kThis, "openai:responses.retrieve",    kGet,    "/v1/responses/{id}",             kNone, kNo, kYes, kYes, kNo},
    {kThis, "openai:responses.delete",      kDelete, "/v1/responses/{id}",             kNone, kNo, kNo, kNo, kNo},
    {kThis, "openai:responses.cancel",      kPost,   "/v1/responses/{id}/cancel",      kNone, kNo, kNo, kNo, kNo},
    {kThis, "openai:responses.input_items", kGet,    "/v1/responses/{id}/input_items", kNone, kNo, kNo, kYes, kNo},
    {kThis, "openai:models",                kGet,    "/v1/models",                     kNone, kNo, kNo, kYes, kYes},
    {kThis, kModel,                         kGet,    "/v1/models/{model...}",          kNone, kNo, kNo, kYes, kYes},
};
// clang-format on

// --- chat completions and completions, streamed ---

constexpr std::string_view kChatLanes[] = {
    "choices[{a}].delta.content",
    "choices[{a}].delta.refusal",
    "choices[{a}].delta.reasoning_content",
    "choices[{a}].delta.reasoning",
    "choices[{a}].delta.tool_calls[{b}].function.name",
    "choices[{a}].delta.tool_calls[{b}].function.arguments",
    "choices[{a}].delta.tool_calls[{b}].custom.input",
    "choices[{a}].text",
};
constexpr StreamRule kChatRules[] = {
    // Members that mean nothing here but stand in every event are found faster as rules.
    {.in = Node::kRoot, .key = "id"},
    {.in = Node::kRoot, .key = "object"},
    {.in = Node::kRoot, .key = "created"},
    {.in = Node::kRoot, .key = "model"},
    {.in = Node::kRoot, .key = "system_fingerprint"},
    {.in = Node::kRoot, .key = "choices", .opens = Node::kChoice},
    {.in = Node::kRoot, .key = "usage", .opens = Node::kUsage},
    {.in = Node::kChoice, .key = "index", .meaning = Meaning::kIndexA},
    {.in = Node::kChoice, .key = "delta", .opens = Node::kDelta},
    {.in = Node::kChoice, .key = "finish_reason", .meaning = Meaning::kEnd},
    {.in = Node::kChoice, .key = "logprobs"},
    {.in = Node::kChoice, .key = "text", .meaning = Meaning::kLane, .lane = 7},
    {.in = Node::kDelta, .key = "content", .meaning = Meaning::kLane, .lane = 0},
    {.in = Node::kDelta, .key = "role"},
    {.in = Node::kDelta, .key = "refusal", .meaning = Meaning::kLane, .lane = 1},
    {.in = Node::kDelta, .key = "reasoning_content", .meaning = Meaning::kLane, .lane = 2},
    {.in = Node::kDelta, .key = "reasoning", .meaning = Meaning::kLane, .lane = 3},
    {.in = Node::kDelta, .key = "tool_calls", .opens = Node::kToolCall},
    // The form before tool calls: one function, so index 0.
    {.in = Node::kDelta, .key = "function_call", .opens = Node::kFunction},
    {.in = Node::kToolCall, .key = "index", .meaning = Meaning::kIndexB},
    {.in = Node::kToolCall, .key = "function", .opens = Node::kFunction},
    {.in = Node::kToolCall, .key = "custom", .opens = Node::kCustom},
    {.in = Node::kFunction, .key = "name", .meaning = Meaning::kLane, .lane = 4},
    {.in = Node::kFunction, .key = "arguments", .meaning = Meaning::kLane, .lane = 5},
    {.in = Node::kCustom, .key = "input", .meaning = Meaning::kLane, .lane = 6},
};
constexpr RuleIndex kChatIndex = index_rules(kChatRules);
static_assert(kChatIndex[kNodes] == std::size(kChatRules), "rules stand in the order of nodes");
constexpr StreamTable kChatTable = {.rules = kChatRules,
                                    .lanes = kChatLanes,
                                    .growing = "choices[{a}].delta.",
                                    .scope_a = Node::kChoice,
                                    .scope_b = Node::kToolCall,
                                    .lane_by_type = false,
                                    .root = Zone::kModelAnswer,
                                    .speaks = Provenance::kAssistant};

class ChatStream final : public StreamWalk {
 public:
  ChatStream(const RequestFacts& facts, const JsonLimits& limits)
      : StreamWalk(kChatTable, kChatIndex, limits), usage_is_ours_(!facts.include_usage) {}

 private:
  void conclude(const Event& event, bool&, bool& ours) override {
    // The chunk that `include_usage` adds has no choices.
    ours = usage_is_ours_ && event.usage && event.scopes_a == 0;
  }
  bool plain(std::string_view data, bool& ended) override {
    const bool done = data == "[DONE]";
    ended = ended || done;
    return done;
  }

  bool usage_is_ours_;
};

// --- responses, streamed ---

constexpr std::string_view kResponseLanes[] = {"output[{a}].content[{b}].delta"};
constexpr StreamRule kResponseRules[] = {
    {.in = Node::kRoot, .key = "type", .meaning = Meaning::kType},
    {.in = Node::kRoot,
     .key = "delta",
     .meaning = Meaning::kLane,
     .lane = 0,
     .opens = Node::kDelta},
    {.in = Node::kRoot, .key = "output_index", .meaning = Meaning::kIndexA},
    {.in = Node::kRoot, .key = "content_index", .meaning = Meaning::kIndexB},
    {.in = Node::kRoot, .key = "summary_index", .meaning = Meaning::kIndexB},
    {.in = Node::kRoot, .key = "response", .opens = Node::kResponse},
    {.in = Node::kResponse, .key = "usage", .opens = Node::kUsage},
};
constexpr RuleIndex kResponseIndex = index_rules(kResponseRules);
static_assert(kResponseIndex[kNodes] == std::size(kResponseRules),
              "rules stand in the order of nodes");
constexpr StreamTable kResponseTable = {.rules = kResponseRules,
                                        .lanes = kResponseLanes,
                                        .growing = "output[{a}].content[{b}].delta.",
                                        .scope_a = Node::kRoot,
                                        .scope_b = Node::kRoot,
                                        .lane_by_type = true,
                                        .root = Zone::kModelAnswer,
                                        .speaks = Provenance::kAssistant,
                                        .closing_type = "response.output_item.done"};
constexpr std::string_view kResponseEnds[] = {"response.completed", "response.incomplete",
                                              "response.failed", "response.cancelled", "error"};

class ResponseStream final : public StreamWalk {
 public:
  explicit ResponseStream(const JsonLimits& limits)
      : StreamWalk(kResponseTable, kResponseIndex, limits) {}

 private:
  void conclude(const Event& event, bool& ended, bool&) override {
    ended = ended || std::ranges::find(kResponseEnds, event.type) != std::end(kResponseEnds);
  }
  bool plain(std::string_view data, bool&) override { return data == "[DONE]"; }
};

std::unique_ptr<StreamReader> stream_reader(const Operation& operation, const RequestFacts& facts,
                                            const JsonLimits& limits) {
  if (operation.action.starts_with(kResponses)) {
    return std::make_unique<ResponseStream>(limits);
  }
  return std::make_unique<ChatStream>(facts, limits);
}

// --- edits ---

// Where `include_usage` stands inside the raw `stream_options`.
class UsageOption final {
 public:
  std::optional<Span> value;
  bool empty = true;

  void begin_object(size_t) { ++depth_; }
  void end_object(size_t) { --depth_; }
  void begin_array(size_t) { ++depth_; }
  void end_array(size_t) { --depth_; }
  void key(const formats::JsonText& key) {
    empty = false;
    wanted_ = depth_ == 1 && key.text == "include_usage";
  }
  void string(const formats::JsonText&) {}
  void number(const formats::JsonNumber&) {}
  void boolean(bool flag, size_t offset) { found(offset, flag ? 4 : 5); }
  void null(size_t offset) { found(offset, 4); }

 private:
  void found(size_t offset, size_t length) {
    if (wanted_ && depth_ == 1) {
      value = Span{offset, length};
    }
  }
  size_t depth_ = 0;
  bool wanted_ = false;
};

Edit usage_edit(const RequestFacts& facts, ByteView body) {
  constexpr std::string_view kOption = R"("include_usage":true)";
  const std::string_view text = as_text(body);
  if (!facts.stream_options_span) {
    // The root is an object with at least the member `model`.
    return {{text.find('{') + 1, 0}, R"("stream_options":{"include_usage":true},)"};
  }
  const Span span = *facts.stream_options_span;
  const std::string_view raw = text.substr(span.offset, span.length);
  UsageOption option;
  formats::JsonReader reader;
  const bool read = reader.walk(raw, {}, option).ok();
  SALLY_CHECK(read);  // the whole body was read before
  if (option.value) {
    return {{span.offset + option.value->offset, option.value->length}, "true"};
  }
  if (option.empty) {  // `{}` or null
    return {span, "{" + std::string(kOption) + "}"};
  }
  return {{span.offset + 1, 0}, std::string(kOption) + ","};
}

std::vector<Edit> edits(const Operation& operation, const RequestFacts& facts, ByteView body,
                        std::string_view upstream_model) {
  std::vector<Edit> out = model_edit(operation, facts, body, upstream_model);
  const bool reports_usage_on_demand =
      operation.action == kChat || operation.action == kCompletions;
  if (reports_usage_on_demand && facts.stream && !facts.include_usage) {
    out.push_back(usage_edit(facts, body));
    std::ranges::sort(out, {}, [](const Edit& edit) { return edit.span.offset; });
  }
  return out;
}

// --- answers of the gate itself ---

struct ErrorShape {
  uint16_t status;
  std::string_view type;
  std::string_view code;
};
constexpr ErrorShape kErrors[] = {
    {400, "invalid_request_error", "invalid_request"},
    {401, "authentication_error", "invalid_api_key"},
    {403, "permission_error", "permission_denied"},
    {404, "invalid_request_error", "not_found"},
    {405, "invalid_request_error", "method_not_allowed"},
    {408, "timeout_error", "timeout"},
    {409, "conflict_error", "conflict"},
    {413, "invalid_request_error", "request_too_large"},
    {415, "invalid_request_error", "unsupported_media_type"},
    {422, "invalid_request_error", "unprocessable"},
    {429, "rate_limit_error", "rate_limit_exceeded"},
    {502, "upstream_error", "bad_gateway"},
    {503, "upstream_error", "unavailable"},
    {504, "upstream_error", "timeout"},
};
constexpr ErrorShape kServerError = {500, "server_error", "internal_error"};

const ErrorShape& shape_of(uint16_t status) {
  const auto* found = std::ranges::find(kErrors, status, &ErrorShape::status);
  return found == std::end(kErrors) ? kServerError : *found;
}

void write_error(JsonWriter& json, const ErrorShape& shape, std::string_view text) {
  json.key("error").begin_object();
  json.member("message", text).member("type", shape.type);
  json.key("param").null();
  json.member("code", shape.code).end_object();
}

ErrorAnswer error_answer(uint16_t status, std::string_view text, std::string_view) {
  ErrorAnswer out{status, "application/json", {}, std::nullopt, {}};
  JsonWriter json(out.body);
  json.begin_object();
  write_error(json, shape_of(status), text);
  json.end_object().finish();
  return out;
}

// The SDKs raise on an event whose data has a member `error`.
std::string stream_error(const Operation& operation, std::string_view text, std::string_view) {
  const ErrorShape& shape = shape_of(403);
  const bool responses = operation.action.starts_with(kResponses);
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  if (responses) {
    json.member("type", "error").member("code", shape.code).member("message", text);
    json.key("param").null();
  }
  write_error(json, shape, text);
  json.end_object().finish();
  std::string out;
  formats::append_sse_event(out, responses ? "error" : "", data);
  return out;
}

void write_model(JsonWriter& json, std::string_view id, int64_t created) {
  json.begin_object().member("id", id).member("object", "model").member("created", created);
  json.member("owned_by", "sallyport").end_object();
}

std::optional<std::string> own_answer(const Operation& operation,
                                      std::span<const std::string> models, std::string_view wanted,
                                      int64_t created) {
  std::string out;
  JsonWriter json(out);
  if (operation.action == kModel) {
    if (std::ranges::find(models, wanted) == models.end()) {
      return std::nullopt;
    }
    write_model(json, wanted, created);
  } else {
    json.begin_object().member("object", "list").key("data").begin_array();
    for (const std::string& model : models) {
      write_model(json, model, created);
    }
    json.end_array().end_object();
  }
  json.finish();
  return out;
}

}  // namespace

constinit const Adapter kOpenAiAdapter = {
    .operations = kOperations,
    .read_request = read_model_request,
    .edits = edits,
    .read_answer = read_json_answer,
    .open_stream = stream_reader,
    .render_error = error_answer,
    .render_stream_error = stream_error,
    .render_models = own_answer,
};

}  // namespace sally::gateway
