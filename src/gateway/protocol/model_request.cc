#include "gateway/protocol/model_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/equal_names.h"
#include "base/text.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/text_walk.h"

namespace sally::gateway {
namespace {

using formats::JsonType;

constexpr std::string_view kTokenLimits[] = {"max_tokens", "max_completion_tokens",
                                             "max_output_tokens", "max_tokens_to_sample"};
constexpr std::string_view kDecided[] = {"model",
                                         "stream",
                                         "stream_options",
                                         "include_usage",
                                         "max_tokens",
                                         "max_completion_tokens",
                                         "max_output_tokens",
                                         "max_tokens_to_sample",
                                         "role",
                                         "type",
                                         "content"};
// Members whose strings are no prompt, wherever they stand.
constexpr std::string_view kLabels[] = {"role", "type", "id", "tool_call_id", "tool_use_id"};
// Members of the root whose texts a model reads.
constexpr std::string_view kPrompts[] = {"messages",     "prompt",    "input",
                                         "instructions", "system",    "tools",
                                         "suffix",       "functions", "response_format"};

template <size_t N>
bool among(const std::string_view (&names)[N], std::string_view name) {
  return std::ranges::any_of(names, [name](auto one) { return equal_names(one, name); });
}

class ModelRequest final : public TextWalk {
 public:
  explicit ModelRequest(TextVisitor& visitor) : TextWalk(visitor, kDecided, Zone::kModelRequest) {}
  RequestFacts facts;

 private:
  // `name` is empty for the body itself.
  void expect(bool right, std::string_view name, std::string_view wanted, const JsonFact& fact) {
    if (right) {
      return;
    }
    const std::string where = name.empty() ? "the body" : fmt::format("`{}`", name);
    const std::string found = fact.type == JsonType::kNumber
                                  ? fmt::format("`{}`", printable(fact.text, 40))
                                  : std::string(name_of(fact.type));
    object(Error(ErrorKind::kInvalidInput,
                 fmt::format("{}: expected {}, found {}", where, wanted, found)));
  }

  void fact(const JsonPath& path, const JsonFact& fact) override {
    if (path.depth() == 0) {
      expect(fact.type == JsonType::kObject, "", "an object", fact);
    } else if (path.depth() == 1) {
      root_member(path.level(0).key, fact);
    } else if (path_is(path, {"stream_options", "include_usage"})) {
      expect(fact.type == JsonType::kBoolean || fact.type == JsonType::kNull,
             "stream_options.include_usage", "a boolean", fact);
      facts.include_usage = fact.boolean;
    }
  }

  void root_member(std::string_view name, const JsonFact& fact) {
    if (name == "model") {
      expect(fact.type == JsonType::kString, name, "a string", fact);
      if (fact.type == JsonType::kString) {
        if (auto fit = check_model_name(fact.text); !fit.ok()) {
          object(std::move(fit).error());
        }
        facts.model = fact.text;
        facts.model_span = fact.span;
      }
    } else if (name == "stream") {
      expect(fact.type == JsonType::kBoolean || fact.type == JsonType::kNull, name, "a boolean",
             fact);
      facts.stream = fact.boolean;
    } else if (name == "stream_options") {
      expect(fact.type == JsonType::kObject || fact.type == JsonType::kNull, name, "an object",
             fact);
      facts.stream_options_span = fact.span;
    } else if (among(kTokenLimits, name) && fact.type != JsonType::kNull) {
      const auto count = formats::json_int64(fact.type == JsonType::kNumber ? fact.text : "");
      expect(count && *count >= 0, name, "a count of tokens", fact);
      if (count) {
        // Where several are given, a server obeys one of them: assume the largest.
        facts.max_tokens = std::max(facts.max_tokens.value_or(0), *count);
      }
    }
  }

  [[nodiscard]] bool is_decided_here(const JsonPath& path) const override {
    return path.depth() == 1 || (path.depth() == 2 && path.level(0).key == "stream_options") ||
           is_message(path);
  }
  // A message, or a block of what it says.
  static bool is_message(const JsonPath& path) {
    return (path.depth() == 3 || (path.depth() == 5 && path.level(2).key == "content")) &&
           (path.level(0).key == "messages" || path.level(0).key == "input");
  }
  [[nodiscard]] bool counts(const JsonPath& path) const override {
    return path.depth() > 0 && path.level(0).object && among(kPrompts, path.level(0).key) &&
           !among(kLabels, path.last_key());
  }
};

}  // namespace

Result<RequestFacts> read_model_request(const Operation& operation, const net::RequestHead& head,
                                        ByteView body, const JsonLimits& limits,
                                        TextVisitor& visitor) {
  if (operation.request_body == BodyKind::kNone) {
    RequestFacts facts;
    // Responses: a stored answer can be streamed again.
    facts.stream = operation.may_stream && head.query.find("stream=true") != std::string_view::npos;
    return facts;
  }
  ModelRequest walk(visitor);
  TRY_OK(walk.read(as_text(body), limits));
  if (operation.names_model && walk.facts.model.empty()) {
    return Error(ErrorKind::kInvalidInput, "`model`: missing", "name the model to call");
  }
  walk.facts.text_bytes = walk.text_bytes();
  return std::move(walk.facts);
}

}  // namespace sally::gateway
