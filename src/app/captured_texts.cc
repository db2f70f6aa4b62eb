#include "app/captured_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "formats/sse.h"
#include "gateway/protocol/protocol.h"

namespace sally::app {
namespace {

class Collector final : public gateway::TextVisitor {
 public:
  void text(const Place& place, std::string_view decoded,
            const gateway::Written& written) override {
    texts.push_back({place.str(), std::string(decoded), written.provenance});
  }
  std::vector<CapturedText> texts;
};

Result<const gateway::Operation*> operation_of(const AccessEvent& event) {
  if (const auto protocol = gateway::parse_protocol(event.protocol)) {
    const auto operations = gateway::operations_of(*protocol);
    for (const gateway::Operation& operation : operations) {
      if (operation.action == event.action) {
        return &operation;
      }
    }
    // The action of a message of MCP says what is in it: `mcp:tools/call`.
    for (const gateway::Operation& operation : operations) {
      if (operation.pattern == "*" && net::name_of(operation.method) == event.method) {
        return &operation;
      }
    }
  }
  return Error(ErrorKind::kInvalidInput,
               fmt::format("nobody knows how `{}` is read", event.action));
}

// Where a stream was possible, whether the answer is one: JSON is none.
bool is_stream(const AccessEvent& event, std::string_view body) {
  const size_t first = body.find_first_not_of(" \t\r\n");
  return event.stream && first != std::string_view::npos && body[first] != '{' &&
         body[first] != '[';
}

// A stream's texts, each put together from its pieces.
Result<std::vector<CapturedText>> streamed_texts(const gateway::Operation& operation,
                                                 std::string_view body) {
  const auto reader = gateway::open_stream(operation, {}, {});
  if (reader == nullptr) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("nobody knows how a stream of `{}` is read", operation.action));
  }
  formats::SseParser parser(body.size() + 1);
  parser.push(body);
  std::vector<CapturedText> out;
  std::map<uint32_t, size_t> lanes;
  for (;;) {
    TRY(const auto event, parser.next());
    if (!event) {
      return out;
    }
    std::vector<gateway::Delta> deltas;
    TRY_OK(reader->feed(event->type, event->data, deltas));
    for (const gateway::Delta& delta : deltas) {
      const auto known = delta.whole ? lanes.end() : lanes.find(delta.lane);
      if (known != lanes.end()) {
        out[known->second].text += delta.text;
        continue;
      }
      if (!delta.whole) {
        lanes.emplace(delta.lane, out.size());
      }
      out.push_back({std::string(delta.place), std::string(delta.text), delta.written.provenance});
    }
  }
}

}  // namespace

Result<std::vector<CapturedText>> captured_texts(const AccessEvent& event, Direction direction,
                                                 std::string_view body) {
  TRY(const gateway::Operation* operation, operation_of(event));
  if (direction == Direction::kResponse && is_stream(event, body)) {
    return streamed_texts(*operation, body);
  }
  Collector collector;
  if (direction == Direction::kResponse) {
    TRY_OK(gateway::read_answer(*operation, as_bytes(body), {}, collector));
  } else {
    net::RequestHead head;
    head.method = operation->method;
    head.path = event.path;
    head.has_body = true;
    head.fields.add("content-type", "application/json");
    TRY_OK(gateway::read_request(*operation, head, as_bytes(body), {}, collector));
  }
  return std::move(collector.texts);
}

}  // namespace sally::app
