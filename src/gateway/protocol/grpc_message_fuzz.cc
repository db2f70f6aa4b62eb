// Any bytes as a gRPC body: scanned whole or byte by byte it names the same models, a rewritten
// body names the other one, and a guard for that model accepts it.
#include "base/check.h"
#include "gateway/protocol/grpc_scan.h"
#include "gateway/protocol/protocol.h"

namespace {

using namespace sally;
using namespace sally::gateway;

class Ignore final : public TextVisitor {
 public:
  void text(const Place&, std::string_view, const Written&) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView body = std::as_bytes(std::span(data, size));
  const std::string_view text = as_text(body);
  GrpcScan whole;
  std::vector<GrpcScan::Message> messages;
  const bool read = whole.feed(text, messages).ok();
  GrpcScan pieces;
  std::vector<GrpcScan::Message> others;
  bool read_in_pieces = true;
  for (size_t i = 0; i < text.size() && read_in_pieces; ++i) {
    read_in_pieces = pieces.feed(text.substr(i, 1), others).ok();
  }
  SALLY_CHECK(read == read_in_pieces && messages.size() == others.size());
  for (size_t i = 0; i < messages.size(); ++i) {
    SALLY_CHECK(messages[i].name == others[i].name);
  }
  Ignore ignore;
  const net::RequestHead head;
  for (const Operation& operation : operations_of(Protocol::kKserveGrpc)) {
    const auto facts = read_request(operation, head, body, {}, ignore);
    if (!facts.ok() || !operation.names_model) {
      continue;
    }
    const std::string edited =
        gateway::apply(body, edits_for_upstream(operation, *facts, body, "up/stream"));
    const auto again = read_request(operation, head, as_bytes(edited), {}, ignore);
    SALLY_CHECK(again.ok() && again->model == "up/stream");
    GrpcModelGuard guard("up/stream");
    SALLY_CHECK(guard.feed(edited).ok());
  }
  return 0;
}
