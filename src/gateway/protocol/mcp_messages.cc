#include "gateway/protocol/mcp_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "formats/json/copy.h"
#include "formats/json/document.h"
#include "formats/json/lookalike.h"
#include "formats/json/writer.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/text_walk.h"

namespace sally::gateway {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::JsonWriter;

constexpr size_t kMostInBatch = 100;  // each is decided by itself

constexpr std::string_view kDecided[] = {"jsonrpc", "id",        "method", "params", "result",
                                         "error",   "arguments", "name",   "uri"};

bool is_printable(std::string_view text, size_t longest, char least) {
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [least](char c) { return c >= least && c < '\x7F'; });
}

bool is_method(std::string_view text) {
  return is_tool_name(text);
}

// What a message names, by its method.
struct NamingRow {
  std::string_view method;
  std::string_view member;  // of `params`
  bool (*fits)(std::string_view);
  std::string_view expected;
};
constexpr std::array kNaming{
    NamingRow{"tools/call", "name", &is_tool_name, "the name of a tool"},
    NamingRow{"prompts/get", "name", &is_prompt_name, "the name of a prompt"},
    NamingRow{"resources/read", "uri", &is_resource_uri, "the URI of a resource"},
    NamingRow{"resources/subscribe", "uri", &is_resource_uri, "the URI of a resource"},
    NamingRow{"resources/unsubscribe", "uri", &is_resource_uri, "the URI of a resource"},
};

// Shows the texts, and looks for members that a careless server would take for others.
class MessageWalk final : public TextWalk {
 public:
  explicit MessageWalk(TextVisitor& visitor) : TextWalk(visitor, kDecided, Zone::kRpcRequest) {}

 private:
  // How many levels stand above a message: one in a batch.
  static size_t base_of(const JsonPath& path) {
    return path.depth() > 0 && !path.level(0).object ? 1 : 0;
  }
  void fact(const JsonPath&, const JsonFact&) override {}
  [[nodiscard]] bool is_decided_here(const JsonPath& path) const override {
    const size_t base = base_of(path);
    return path.depth() == base + 1 ||
           (path.depth() == base + 2 && path.level(base).key == "params");
  }
  [[nodiscard]] bool counts(const JsonPath&) const override { return true; }
};

Error wrong(std::string message) {
  return Error(ErrorKind::kInvalidInput, std::move(message));
}

std::string written(const JsonValue& value) {
  std::string out;
  JsonWriter json(out);
  formats::copy(value, json);
  json.finish();
  return out;
}

Result<> check_id(const JsonValue& message) {
  const auto id = message.find("id");
  // null is what an error carries that belongs to no request.
  const bool fits =
      !id || id->is_string() || id->as_int64().ok() || (id->is_null() && !message.find("method"));
  return fits ? ok() : wrong("`id`: expected a string or an integer");
}

Result<RpcCall> read_call(const JsonValue& message) {
  if (!message.is_object()) {
    return wrong(
        fmt::format("a JSON-RPC message: expected an object, found {}", name_of(message.type())));
  }
  const auto version = message.find("jsonrpc");
  if (!version || !version->is_string() || *version->as_string() != "2.0") {
    return wrong("`jsonrpc`: expected `2.0`");
  }
  TRY_OK(check_id(message));
  const auto method = message.find("method");
  if (method.has_value() == (message.find("result") || message.find("error"))) {
    return wrong("a JSON-RPC message: expected either `method` or one of `result` and `error`");
  }
  RpcCall out;
  if (!method) {
    return out;
  }
  if (!method->is_string() || !is_method(*method->as_string())) {
    return wrong("`method`: expected 1 to 256 printable ASCII characters");
  }
  out.method = *method->as_string();
  const auto params = message.find("params");
  if (params && !params->is_object()) {
    return wrong(fmt::format("`params`: expected an object, found {}", name_of(params->type())));
  }
  const auto* naming = std::ranges::find(kNaming, out.method, &NamingRow::method);
  if (naming == kNaming.end()) {
    // A server that does not mind the case must not run what was taken for something else.
    const auto* meant =
        std::ranges::find(kNaming, formats::fold_name(out.method), &NamingRow::method);
    return meant == kNaming.end()
               ? Result<RpcCall>(std::move(out))
               : wrong(fmt::format("`method`: `{}` differs from `{}` only in case", out.method,
                                   meant->method));
  }
  const auto name = params ? params->find(naming->member) : std::nullopt;
  if (!name || !name->is_string() || !naming->fits(*name->as_string())) {
    return wrong(fmt::format("`params.{}`: expected {}", naming->member, naming->expected));
  }
  out.name = *name->as_string();
  if (out.method == kRpcToolCall) {
    const auto arguments = params->find("arguments");
    if (arguments && !arguments->is_object()) {
      return wrong(fmt::format("`params.arguments`: expected an object, found {}",
                               name_of(arguments->type())));
    }
    out.arguments = arguments ? written(*arguments) : "{}";
  }
  return out;
}

Result<> add_call(const JsonValue& message, std::vector<RpcCall>& calls) {
  TRY(RpcCall call, read_call(message));
  if (std::ranges::find(calls, call) == calls.end()) {
    calls.push_back(std::move(call));
  }
  return ok();
}

}  // namespace

bool is_tool_name(std::string_view text) {
  return is_printable(text, 256, '!');
}
bool is_prompt_name(std::string_view text) {
  return is_printable(text, 256, ' ');
}
bool is_resource_uri(std::string_view text) {
  return is_printable(text, 2048, '!');
}

JsonLimits writable(JsonLimits limits) {
  limits.depth = std::min<size_t>(limits.depth, JsonWriter::kMaxDepth);
  return limits;
}

Result<RequestFacts> read_messages(std::string_view body, const JsonLimits& limits,
                                   TextVisitor& visitor) {
  const JsonLimits within = writable(limits);
  MessageWalk walk(visitor);
  TRY_OK(walk.read(body, within));
  TRY(const JsonDocument document, JsonDocument::parse(body, to_json_limits(within)));
  const JsonValue root = document.root();
  RequestFacts facts;
  if (root.is_array()) {
    if (root.size() == 0) {
      return wrong("an empty batch");
    }
    if (root.size() > kMostInBatch) {
      return wrong(fmt::format("a batch of more than {} messages", kMostInBatch));
    }
    for (const JsonValue message : root) {
      TRY_OK(add_call(message, facts.calls));
    }
  } else {
    TRY_OK(add_call(root, facts.calls));
  }
  facts.rewritten = written(root);
  facts.text_bytes = walk.text_bytes();
  return facts;
}

}  // namespace sally::gateway
