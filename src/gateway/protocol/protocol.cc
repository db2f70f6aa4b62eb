#include "gateway/protocol/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "formats/json/writer.h"
#include "gateway/protocol/adapter.h"

namespace sally::gateway {
namespace {

struct ProtocolRow {
  std::string_view name;
  const Adapter* adapter;
};
// In the order of Protocol.
constexpr std::array<ProtocolRow, kProtocols> kTable = {{
    {"openai", &kOpenAiAdapter},
    {"anthropic", &kAnthropicAdapter},
    {"kserve", &kKserveAdapter},
    {"kserve-grpc", &kKserveGrpcAdapter},
    {"mcp", &kMcpAdapter},
    {"http", &kHttpAdapter},
    {"privacy", &kPrivacyAdapter},
}};

const ProtocolRow& row_of(Protocol protocol) {
  return kTable[static_cast<size_t>(protocol)];
}
const Adapter& adapter_of(Protocol protocol) {
  return *row_of(protocol).adapter;
}
const Adapter& adapter_of(const Operation& operation) {
  return adapter_of(operation.protocol);
}

// Whether `path` has the form of `pattern`; what stands for `{model}` goes to `model`.
bool matches(std::string_view pattern, std::string_view path, std::string_view& model) {
  if (pattern == "*") {
    return true;
  }
  while (!pattern.empty()) {
    if (pattern.front() != '{') {
      if (path.empty() || path.front() != pattern.front()) {
        return false;
      }
      pattern.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    }
    std::string_view name = pattern.substr(1, pattern.find('}') - 1);
    pattern.remove_prefix(name.size() + 2);
    std::string_view value = path.substr(0, path.find('/'));
    if (name.ends_with("...")) {
      name.remove_suffix(3);
      value = path;
    }
    if (value.empty() || value.ends_with('/')) {
      return false;
    }
    if (name == "model") {
      model = value;
    }
    path.remove_prefix(value.size());
  }
  return path.empty();
}

// The message as clients see it: with the id by which it can be explained.
std::string with_id(std::string_view message, std::string_view id) {
  return id.empty() ? std::string(message) : fmt::format("{} (sallyport explain {})", message, id);
}

}  // namespace

std::string_view name_of(Protocol protocol) {
  return row_of(protocol).name;
}

std::optional<Protocol> parse_protocol(std::string_view text) {
  const auto* found = std::ranges::find(kTable, text, &ProtocolRow::name);
  if (found == kTable.end()) {
    return std::nullopt;
  }
  return static_cast<Protocol>(found - kTable.begin());
}

std::span<const Operation> operations_of(Protocol protocol) {
  return adapter_of(protocol).operations;
}

Result<OperationMatch> match_operation(Protocol protocol, net::Method method,
                                       std::string_view path) {
  std::string allowed;
  std::vector<std::string_view> patterns;
  for (const Operation& operation : operations_of(protocol)) {
    std::string_view model;
    if (matches(operation.pattern, path, model)) {
      if (operation.method == method) {
        return OperationMatch{&operation, model};
      }
      allowed.append(allowed.empty() ? "" : ", ").append(net::name_of(operation.method));
    }
    patterns.push_back(operation.pattern);
  }
  if (!allowed.empty()) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`{}` does not take {}", printable(path), net::name_of(method)),
                 "use " + allowed);
  }
  const std::string_view near = nearest(path, patterns);
  return Error(ErrorKind::kNotFound,
               fmt::format("the {} protocol has no `{}`", name_of(protocol), printable(path)),
               near.empty() ? "" : fmt::format("did you mean `{}`?", near));
}

Result<RequestFacts> read_request(const Operation& operation, const net::RequestHead& head,
                                  ByteView body, const JsonLimits& limits, TextVisitor& visitor) {
  return adapter_of(operation).read_request(operation, head, body, limits, visitor);
}

std::vector<Edit> edits_for_upstream(const Operation& operation, const RequestFacts& facts,
                                     ByteView body, std::string_view upstream_model) {
  return adapter_of(operation).edits(operation, facts, body, upstream_model);
}

std::string apply(ByteView body, std::span<const Edit> edits) {
  const std::string_view text = as_text(body);
  size_t longest = text.size();
  for (const Edit& edit : edits) {
    longest += edit.with.size();
  }
  std::string out;
  out.reserve(longest);
  size_t at = 0;
  for (const Edit& edit : edits) {
    SALLY_CHECK(edit.span.offset >= at && edit.span.offset <= text.size());
    out.append(text.substr(at, edit.span.offset - at)).append(edit.with);
    at = edit.span.offset + edit.span.length;
  }
  SALLY_CHECK(at <= text.size());
  out.append(text.substr(at));
  return out;
}

void Usage::merge(const Usage& later) {
  input = later.input ? later.input : input;
  output = later.output ? later.output : output;
}

Result<AnswerFacts> read_answer(const Operation& operation, ByteView body, const JsonLimits& limits,
                                TextVisitor& visitor) {
  return adapter_of(operation).read_answer(operation, body, limits, visitor);
}

std::unique_ptr<StreamReader> open_stream(const Operation& operation, const RequestFacts& facts,
                                          const JsonLimits& limits) {
  return adapter_of(operation).open_stream(operation, facts, limits);
}

ErrorAnswer render_error(Protocol protocol, uint16_t status, std::string_view message,
                         std::string_view id) {
  return adapter_of(protocol).render_error(status, with_id(message, id), id);
}

std::string render_stream_error(const Operation& operation, std::string_view message,
                                std::string_view id) {
  return adapter_of(operation).render_stream_error(operation, with_id(message, id), id);
}

std::optional<std::string> render_models(const Operation& operation,
                                         std::span<const std::string> models,
                                         std::string_view wanted, int64_t created) {
  return adapter_of(operation).render_models(operation, models, wanted, created);
}

int64_t estimate_tokens(size_t text_bytes) {
  return static_cast<int64_t>(text_bytes / 4 + (text_bytes % 4 == 0 ? 0 : 1));
}

// --- what adapters share ---

std::vector<Edit> no_edits(const Operation&, const RequestFacts&, ByteView, std::string_view) {
  return {};
}

std::optional<std::string> no_models(const Operation&, std::span<const std::string>,
                                     std::string_view, int64_t) {
  return std::nullopt;
}

std::vector<Edit> model_edit(const Operation&, const RequestFacts& facts, ByteView,
                             std::string_view upstream_model) {
  if (!facts.model_span || upstream_model.empty() || upstream_model == facts.model) {
    return {};
  }
  std::string name;
  formats::append_json_string(name, upstream_model);
  return {{*facts.model_span, std::move(name)}};
}

Result<> check_model_name(std::string_view name) {
  constexpr size_t kLongest = 256;
  const auto printable_ascii = [](char c) { return c > ' ' && c < '\x7F'; };
  if (name.empty() || name.size() > kLongest || !std::ranges::all_of(name, printable_ascii)) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("`model`: expected 1 to {} printable ASCII characters, found `{}`",
                             kLongest, printable(name, 60)));
  }
  return ok();
}

formats::JsonLimits to_json_limits(const JsonLimits& limits) {
  return {.bytes = formats::JsonLimits{}.bytes, .depth = limits.depth, .members = limits.members};
}

}  // namespace sally::gateway
