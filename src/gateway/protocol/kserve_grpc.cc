// KServe v2 over gRPC: inference.GRPCInferenceService.
// (github.com/kserve/open-inference-protocol, open_inference_grpc.proto)
#include <fmt/format.h>

#include <algorithm>

#include "gateway/protocol/adapter.h"
#include "gateway/protocol/grpc_scan.h"

namespace sally::gateway {
namespace {

using enum net::Method;
using enum BodyKind;

constexpr std::string_view kMetadata = "kserve-grpc:server.metadata";
constexpr Protocol kThis = Protocol::kKserveGrpc;
#define SALLY_SERVICE "/inference.GRPCInferenceService/"
// clang-format off
constexpr Operation kOperations[] = {
    //     action                        method pattern                           body    model stream again gate
    {kThis, "kserve-grpc:server.live",    kPost, SALLY_SERVICE "ServerLive",       kGrpc, kNo, kNo, kYes, kYes},
    {kThis, "kserve-grpc:server.ready",   kPost, SALLY_SERVICE "ServerReady",      kGrpc, kNo, kNo, kYes, kYes},
    {kThis, kMetadata,                    kPost, SALLY_SERVICE "ServerMetadata",   kGrpc, kNo, kNo, kYes, kYes},
    {kThis, "kserve-grpc:model.ready",    kPost, SALLY_SERVICE "ModelReady",       kGrpc, kYes, kNo, kYes, kNo},
    {kThis, "kserve-grpc:model.metadata", kPost, SALLY_SERVICE "ModelMetadata",    kGrpc, kYes, kNo, kYes, kNo},
    {kThis, "kserve-grpc:infer",          kPost, SALLY_SERVICE "ModelInfer",       kGrpc, kYes, kNo, kYes, kNo},
    {kThis, "kserve-grpc:stream-infer",   kPost, SALLY_SERVICE "ModelStreamInfer", kGrpc, kYes, kYes, kNo, kNo},
};
// clang-format on
#undef SALLY_SERVICE

Result<RequestFacts> request_facts(const Operation& operation, const net::RequestHead&,
                                   ByteView body, const JsonLimits&, TextVisitor&) {
  RequestFacts facts;
  GrpcScan scan;
  std::vector<GrpcScan::Message> messages;
  TRY_OK(scan.feed(as_text(body), messages));
  facts.stream = operation.may_stream;
  // Of a stream the first message is enough to begin with; GrpcModelGuard looks at the others.
  const bool whole = scan.at_boundary() && messages.size() == 1;
  if (operation.may_stream ? messages.empty() : !whole) {
    return Error(ErrorKind::kInvalidInput, "grpc: expected one whole message");
  }
  if (!operation.names_model) {
    return facts;
  }
  facts.model = messages.front().name;
  TRY_OK(check_model_name(facts.model));
  for (const GrpcScan::Message& message : messages) {
    if (message.name != facts.model) {
      return Error(ErrorKind::kInvalidInput, "grpc: messages of one stream name different models",
                   "use one stream per model");
    }
  }
  facts.unread = true;  // tensors are not decoded
  return facts;
}

void put_varint(std::string& out, uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

// The length prefix of a message, after the byte that says it is not compressed.
std::string length_prefix(size_t length) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(length >> shift);
  }
  return out;
}

std::vector<Edit> edits(const Operation&, const RequestFacts& facts, ByteView body,
                        std::string_view upstream_model) {
  std::vector<Edit> out;
  if (facts.model.empty() || upstream_model.empty() || upstream_model == facts.model) {
    return out;
  }
  GrpcScan scan;
  std::vector<GrpcScan::Message> messages;
  const bool read = scan.feed(as_text(body), messages).ok();
  SALLY_CHECK(read);  // the body was read before
  for (const GrpcScan::Message& message : messages) {
    std::string value;
    put_varint(value, upstream_model.size());
    value += upstream_model;
    const size_t old_size = message.value_end - message.value_begin;
    out.push_back(
        {{message.begin + 1, 4}, length_prefix(message.length - old_size + value.size())});
    out.push_back({{message.value_begin, old_size}, std::move(value)});
  }
  return out;
}

// Answers are not decoded: the pipeline relays them and records that they were not read.
Result<AnswerFacts> answer_facts(const Operation&, ByteView, const JsonLimits&, TextVisitor&) {
  return AnswerFacts{};
}

// An upstream that answers a gRPC request with server-sent events is read as plain events.
std::unique_ptr<StreamReader> stream_reader(const Operation& operation, const RequestFacts& facts,
                                            const JsonLimits& limits) {
  return kHttpAdapter.open_stream(operation, facts, limits);
}

struct StatusCode {
  uint16_t http;
  int grpc;
};
// grpc.github.io/grpc/core/md_doc_statuscodes.html
constexpr StatusCode kCodes[] = {
    {400, 3},   // INVALID_ARGUMENT
    {401, 16},  // UNAUTHENTICATED
    {403, 7},   // PERMISSION_DENIED
    {404, 5},   // NOT_FOUND
    {405, 12},  // UNIMPLEMENTED
    {408, 4},   // DEADLINE_EXCEEDED
    {409, 10},  // ABORTED
    {413, 8},   // RESOURCE_EXHAUSTED
    {415, 3},   // INVALID_ARGUMENT
    {429, 8},   // RESOURCE_EXHAUSTED
    {499, 1},   // CANCELLED
    {502, 14},  // UNAVAILABLE
    {503, 14},  // UNAVAILABLE
    {504, 4},   // DEADLINE_EXCEEDED
};
constexpr int kInternal = 13;

// `grpc-message` is percent-encoded outside printable ASCII (PROTOCOL-HTTP2.md).
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c < ' ' || c > '~' || c == '%') {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

ErrorAnswer error_answer(uint16_t status, std::string_view text, std::string_view) {
  const auto* found = std::ranges::find(kCodes, status, &StatusCode::http);
  return {200,
          "application/grpc",
          {},
          found == std::end(kCodes) ? kInternal : found->grpc,
          percent_encoded(text)};
}

// The status of a stream travels in its trailers.
std::string stream_error(const Operation&, std::string_view, std::string_view) {
  return {};
}

std::optional<std::string> own_answer(const Operation& operation, std::span<const std::string>,
                                      std::string_view, int64_t) {
  // ServerMetadataResponse: name = 1, version = 2. The others: a bool as field 1.
  constexpr std::string_view kServerMetadata = "\x0A\x09sallyport\x12\x01\x32";
  constexpr std::string_view kTrue = "\x08\x01";
  const std::string_view message = operation.action == kMetadata ? kServerMetadata : kTrue;
  return std::string(1, '\0') + length_prefix(message.size()) + std::string(message);
}

}  // namespace

constinit const Adapter kKserveGrpcAdapter = {
    .operations = kOperations,
    .read_request = request_facts,
    .edits = edits,
    .read_answer = answer_facts,
    .open_stream = stream_reader,
    .render_error = error_answer,
    .render_stream_error = stream_error,
    .render_models = own_answer,
};

}  // namespace sally::gateway
