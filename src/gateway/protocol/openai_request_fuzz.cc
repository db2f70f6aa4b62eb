// Any bytes as the body of each JSON operation: what is accepted can be rewritten for an upstream,
// and then reads as the same request with the other model.
#include "base/check.h"
#include "gateway/protocol/protocol.h"

namespace {

using namespace sally;
using namespace sally::gateway;

class Count final : public TextVisitor {
 public:
  size_t bytes = 0;
  void text(const Place& place, std::string_view decoded, const Written& /*written*/) override {
    bytes += place.str().size() + decoded.size();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView body = std::as_bytes(std::span(data, size));
  const net::RequestHead head;
  for (const Protocol protocol :
       {Protocol::kOpenAi, Protocol::kAnthropic, Protocol::kKserve, Protocol::kMcp}) {
    for (const Operation& operation : operations_of(protocol)) {
      if (operation.request_body == BodyKind::kNone) {
        continue;
      }
      Count count;
      const auto facts = read_request(operation, head, body, {}, count);
      if (!facts.ok()) {
        continue;
      }
      const auto edits = edits_for_upstream(operation, *facts, body, "up/stream");
      const std::string edited = gateway::apply(body, edits);
      const auto again = read_request(operation, head, as_bytes(edited), {}, count);
      SALLY_CHECK(again.ok());
      SALLY_CHECK(again->stream == facts->stream && again->max_tokens == facts->max_tokens);
      SALLY_CHECK(again->model == (facts->model_span ? "up/stream" : facts->model));
      const bool usage_wanted = facts->stream && operation.action == "openai:chat.completions";
      SALLY_CHECK(!usage_wanted || again->include_usage);
    }
  }
  return 0;
}
