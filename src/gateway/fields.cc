#include "gateway/fields.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/equal_names.h"
#include "base/inline_name.h"

namespace sally::gateway {
namespace {

constexpr uint8_t bit(Protocol protocol) {
  return static_cast<uint8_t>(1U << static_cast<unsigned>(protocol));
}
constexpr uint8_t kAll = 0xFF;
constexpr uint8_t kOpenAi = bit(Protocol::kOpenAi);
constexpr uint8_t kAnthropic = bit(Protocol::kAnthropic);
constexpr uint8_t kKserve = bit(Protocol::kKserve);
constexpr uint8_t kGrpc = bit(Protocol::kKserveGrpc);
constexpr uint8_t kMcp = bit(Protocol::kMcp);
constexpr uint8_t kHttp = bit(Protocol::kHttp);

// `name` ending in `*` stands for every name with that beginning.
struct Row {
  InlineName name;
  uint8_t protocols;
};

constexpr std::array kUp = {
    Row{"accept", kAll},
    Row{"accept-language", kAll},
    Row{"anthropic-beta", kAnthropic},
    Row{"anthropic-version", kAnthropic},
    Row{"content-type", kAll},
    Row{"grpc-accept-encoding", kGrpc},
    Row{"grpc-timeout", kGrpc},
    Row{"idempotency-key", kOpenAi | kAnthropic | kHttp},
    Row{"if-match", kHttp},
    Row{"if-modified-since", kHttp},
    Row{"if-none-match", kHttp},
    Row{"if-range", kHttp},
    Row{"if-unmodified-since", kHttp},
    Row{"inference-header-content-length", kKserve},
    Row{"last-event-id", kMcp | kHttp},
    Row{"mcp-protocol-version", kMcp},
    Row{"mcp-session-id", kMcp},
    Row{"openai-beta", kOpenAi},
    Row{"range", kHttp},
    Row{"sec-websocket-key", kHttp},
    Row{"sec-websocket-protocol", kHttp},
    Row{"sec-websocket-version", kHttp},
    Row{"traceparent", kAll},
    Row{"tracestate", kAll},
    Row{"user-agent", kAll},
};

constexpr std::array kDown = {
    Row{"accept-ranges", kHttp},
    Row{"allow", kHttp},
    Row{"anthropic-ratelimit-*", kAnthropic},
    Row{"cache-control", kAll},
    Row{"content-disposition", kHttp},
    Row{"content-language", kAll},
    Row{"content-range", kHttp},
    Row{"content-type", kAll},
    Row{"etag", kHttp},
    Row{"expires", kHttp},
    Row{"grpc-encoding", kGrpc},
    Row{"grpc-message", kGrpc},
    Row{"grpc-status", kGrpc},
    Row{"grpc-status-details-bin", kGrpc},
    Row{"inference-header-content-length", kKserve},
    Row{"last-modified", kHttp},
    Row{"mcp-session-id", kMcp},
    Row{"openai-model", kOpenAi},
    Row{"openai-processing-ms", kOpenAi},
    Row{"openai-version", kOpenAi},
    Row{"request-id", kAnthropic},
    Row{"retry-after", kAll},
    Row{"retry-after-ms", kOpenAi | kAnthropic},
    Row{"sec-websocket-accept", kHttp},
    Row{"sec-websocket-protocol", kHttp},
    Row{"vary", kHttp},
    Row{"x-ratelimit-*", kOpenAi},
    Row{"x-request-id", kAll},
    Row{"x-should-retry", kOpenAi | kAnthropic},
};

template <size_t N>
bool listed(const std::array<Row, N>& table, Protocol protocol, std::string_view name,
            std::span<const std::string> extra) {
  for (const Row& row : table) {
    std::string_view known = row.name.view();
    const bool is_beginning = known.ends_with('*');
    known.remove_suffix(is_beginning ? 1 : 0);
    const bool same = is_beginning ? name.starts_with(known) : equal_names(name, known);
    if (same) {
      return (row.protocols & bit(protocol)) != 0;
    }
  }
  return std::ranges::find(extra, name) != extra.end();
}

std::string_view essence(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t')) {
    content_type.remove_suffix(1);
  }
  return content_type;
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

}  // namespace

bool passes_up(Protocol protocol, std::string_view name, std::span<const std::string> extra) {
  return listed(kUp, protocol, name, extra);
}

bool passes_down(Protocol protocol, std::string_view name, std::span<const std::string> extra) {
  return listed(kDown, protocol, name, extra);
}

bool media_type_is(std::string_view content_type, std::string_view wanted) {
  return equal_ignoring_case(essence(content_type), wanted);
}

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  if (content_type == kJson) {
    return true;  // as nearly everybody writes it
  }
  const std::string_view type = essence(content_type);
  return equal_ignoring_case(type, kJson) || ends_with_ignoring_case(type, "+json");
}

bool is_text(std::string_view content_type) {
  const std::string_view type = essence(content_type);
  constexpr std::array<std::string_view, 5> kTexts = {"application/xml", "application/javascript",
                                                      "application/x-ndjson", "application/jsonl",
                                                      "application/x-www-form-urlencoded"};
  return (type.size() > 5 && equal_ignoring_case(type.substr(0, 5), "text/")) ||
         ends_with_ignoring_case(type, "+xml") ||
         std::ranges::any_of(kTexts, [&](auto text) { return equal_ignoring_case(type, text); });
}

}  // namespace sally::gateway
