// Anthropic: messages, count_tokens, models. (docs.anthropic.com/en/api)
#include <algorithm>

#include "base/clock.h"
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

constexpr std::string_view kModel = "anthropic:models.retrieve";
constexpr Protocol kThis = Protocol::kAnthropic;
// clang-format off
constexpr Operation kOperations[] = {
    //     action                             method pattern                      body    model stream again gate
    {kThis, "anthropic:messages",              kPost, "/v1/messages",              kJson, kYes, kYes, kYes, kNo},
    {kThis, "anthropic:messages.count_tokens", kPost, "/v1/messages/count_tokens", kJson, kYes, kNo, kYes, kNo},
    {kThis, "anthropic:models",                kGet,  "/v1/models",                kNone, kNo, kNo, kYes, kYes},
    {kThis, kModel,                            kGet,  "/v1/models/{model...}",     kNone, kNo, kNo, kYes, kYes},
};
// clang-format on

constexpr std::string_view kLanes[] = {"content[{a}].text", "content[{a}].input_json_delta",
                                       "content[{a}].thinking"};
constexpr StreamRule kRules[] = {
    {.in = Node::kRoot, .key = "type", .meaning = Meaning::kType},
    {.in = Node::kRoot, .key = "index", .meaning = Meaning::kIndexA},
    {.in = Node::kRoot, .key = "delta", .opens = Node::kDelta},
    {.in = Node::kRoot, .key = "content_block", .opens = Node::kBlock},
    {.in = Node::kRoot, .key = "message", .opens = Node::kMessage},
    {.in = Node::kRoot, .key = "usage", .opens = Node::kUsage},
    {.in = Node::kDelta, .key = "type"},
    {.in = Node::kDelta, .key = "text", .meaning = Meaning::kLane, .lane = 0},
    {.in = Node::kDelta, .key = "partial_json", .meaning = Meaning::kLane, .lane = 1},
    {.in = Node::kDelta, .key = "thinking", .meaning = Meaning::kLane, .lane = 2},
    {.in = Node::kDelta, .key = "stop_reason"},
    {.in = Node::kDelta, .key = "stop_sequence"},
    // A block may begin with the first piece of its text.
    {.in = Node::kBlock, .key = "text", .meaning = Meaning::kLane, .lane = 0},
    {.in = Node::kBlock, .key = "thinking", .meaning = Meaning::kLane, .lane = 2},
    {.in = Node::kMessage, .key = "usage", .opens = Node::kUsage},
};
constexpr RuleIndex kIndex = index_rules(kRules);
static_assert(kIndex[kNodes] == std::size(kRules), "rules stand in the order of nodes");
constexpr StreamTable kTable = {.rules = kRules,
                                .lanes = kLanes,
                                .growing = "content[{a}].delta.",
                                .scope_a = Node::kRoot,
                                .scope_b = Node::kToolCall,
                                .lane_by_type = false,
                                .root = Zone::kModelAnswer,
                                .speaks = Provenance::kAssistant,
                                .closing_type = "content_block_stop"};

class MessageStream final : public StreamWalk {
 public:
  explicit MessageStream(const JsonLimits& limits) : StreamWalk(kTable, kIndex, limits) {}

 private:
  void conclude(const Event& event, bool& ended, bool&) override {
    ended = ended || event.type == "message_stop" || event.type == "error";
  }
  bool plain(std::string_view, bool&) override { return false; }
};

std::unique_ptr<StreamReader> stream_reader(const Operation&, const RequestFacts&,
                                            const JsonLimits& limits) {
  return std::make_unique<MessageStream>(limits);
}

struct ErrorShape {
  uint16_t status;
  std::string_view type;
};
constexpr ErrorShape kErrors[] = {
    {400, "invalid_request_error"}, {401, "authentication_error"},  {403, "permission_error"},
    {404, "not_found_error"},       {405, "invalid_request_error"}, {408, "timeout_error"},
    {409, "invalid_request_error"}, {413, "request_too_large"},     {415, "invalid_request_error"},
    {422, "invalid_request_error"}, {429, "rate_limit_error"},      {503, "overloaded_error"},
    {504, "timeout_error"},
};

std::string error_body(uint16_t status, std::string_view text, std::string_view id) {
  const auto* found = std::ranges::find(kErrors, status, &ErrorShape::status);
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("type", "error").key("error").begin_object();
  json.member("type", found == std::end(kErrors) ? "api_error" : found->type);
  json.member("message", text).end_object();
  json.member("request_id", id).end_object().finish();
  return out;
}

ErrorAnswer error_answer(uint16_t status, std::string_view text, std::string_view id) {
  return {status, "application/json", error_body(status, text, id), std::nullopt, {}};
}

std::string stream_error(const Operation&, std::string_view text, std::string_view id) {
  std::string out;
  formats::append_sse_event(out, "error", error_body(403, text, id));
  return out;
}

void write_model(JsonWriter& json, std::string_view id, std::string_view created) {
  json.begin_object().member("type", "model").member("id", id).member("display_name", id);
  json.member("created_at", created).end_object();
}

std::optional<std::string> own_answer(const Operation& operation,
                                      std::span<const std::string> models, std::string_view wanted,
                                      int64_t created) {
  const std::string time = format_time(WallTime{} + std::chrono::seconds(created));
  std::string out;
  JsonWriter json(out);
  if (operation.action == kModel) {
    if (std::ranges::find(models, wanted) == models.end()) {
      return std::nullopt;
    }
    write_model(json, wanted, time);
  } else {
    json.begin_object().key("data").begin_array();
    for (const std::string& model : models) {
      write_model(json, model, time);
    }
    json.end_array().member("has_more", false);
    json.key("first_id");
    models.empty() ? json.null() : json.string(models.front());
    json.key("last_id");
    models.empty() ? json.null() : json.string(models.back());
    json.end_object();
  }
  json.finish();
  return out;
}

}  // namespace

constinit const Adapter kAnthropicAdapter = {
    .operations = kOperations,
    .read_request = read_model_request,
    .edits = model_edit,
    .read_answer = read_json_answer,
    .open_stream = stream_reader,
    .render_error = error_answer,
    .render_stream_error = stream_error,
    .render_models = own_answer,
};

}  // namespace sally::gateway
