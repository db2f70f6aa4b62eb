// Protocol adapters: what the gate knows of each API. Pure: bytes in, facts out; no sockets.
//
// An adapter recognises its operations by method and path, reads what the gate must know of a
// request in one strict pass, shows every text to the inspectors, and speaks the protocol's own
// error shape, so that the official SDKs raise the right exception.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "core/inspector.h"
#include "core/rewriter.h"
#include "net/http.h"

namespace sally::gateway {

enum class Protocol : uint8_t { kOpenAi, kAnthropic, kKserve, kKserveGrpc, kMcp, kHttp, kPrivacy };
inline constexpr size_t kProtocols = 7;
std::string_view name_of(
    Protocol protocol);  // `openai`, `anthropic`, `kserve`, `kserve-grpc`, `mcp`, `http`, `privacy`
std::optional<Protocol> parse_protocol(std::string_view text);

enum class BodyKind : uint8_t {
  kNone,    // no body expected; one that comes is passed only by kHttp
  kJson,    // one JSON document, read strictly
  kKserve,  // JSON, optionally followed by binary tensors (Inference-Header-Content-Length)
  kGrpc,    // length-prefixed messages
  kOpaque,  // passed as it is; JSON and text among it are inspected, the rest is `skipped`
};

// One row of an adapter's table.
struct Operation {
  Protocol protocol;
  std::string_view action;  // `openai:chat.completions`: what policies name
  net::Method method;
  // `/v1/chat/completions`, `/v2/models/{model}/infer`; `{x}` is one segment, `{x...}` at the end
  // the rest of the path (models are called `org/name`); `*` any path: kMcp, kHttp.
  std::string_view pattern;
  BodyKind request_body;
  bool names_model;       // by body or path; the gate then maps it to an upstream
  bool may_stream;        // by `stream: true` (or always, for MCP and gRPC)
  bool repeatable;        // may be sent again when no byte of an answer was read
  bool answered_by_gate;  // the gate answers it itself (`/v1/models`, see `render_models`)
};

// A route's path prefix is stripped before. The model where the pattern has `{model}`.
struct OperationMatch {
  const Operation* operation;
  std::string_view model_in_path;  // view into `path`
};
// The operation of `protocol` that this method and path name. kNotFound for an unknown path with
// the nearest known one as hint; kInvalidInput (405) for a known path with another method.
Result<OperationMatch> match_operation(Protocol protocol, net::Method method,
                                       std::string_view path);
std::span<const Operation> operations_of(Protocol protocol);

// Where a value stands in the raw bytes of a body.
struct Span {
  size_t offset = 0;
  size_t length = 0;
};

// How a text stands in the body that it was read from, for whoever puts another in its place.
struct Written {
  enum class As : uint8_t {
    kElsewhere,   // not as a text of the body: nothing can be put in its place there
    kJsonString,  // `span` is the string with its quotes
    kAll,         // the whole body, as it is
  };
  As as = As::kElsewhere;
  // It names something that the protocol goes by (a model, a role, a tool): it cannot be another.
  bool fixed = false;
  TextForm form = TextForm::kPlain;
  Span span{};
  Provenance provenance = Provenance::kUnknown;
};

// Shows every decoded text of a document to the inspectors. `place` is the JSON path
// (`messages[1].content`); object keys are texts too (place: the path of the object), except those
// that are the protocols' own words (`role`, `content`), which hold nothing but themselves. A key
// in a place that might be more than a name is shown as `*`, since places are recorded.
class TextVisitor {
 public:
  // Whether it reads from `written` more than where a text stands. What is asked once, when a
  // document begins; where the answer is no, the rest is as of a text of which nobody knows.
  [[nodiscard]] virtual bool asks_origin() const { return true; }
  virtual void text(const Place& place, std::string_view decoded, const Written& written) = 0;

 protected:
  ~TextVisitor() = default;
};

// A JSON-RPC message of MCP.
inline constexpr std::string_view kRpcToolCall = "tools/call";
struct RpcCall {
  std::string method;     // `tools/call`; empty: an answer to the server
  std::string name;       // of the tool, the prompt, or the URI of the resource; empty: of nothing
  std::string arguments;  // of `tools/call`: a JSON object, written anew
  friend bool operator==(const RpcCall&, const RpcCall&) = default;
};

// What the gate needs to know of a request.
struct RequestFacts {
  std::string model;               // empty where the operation names none, or names it in the path
  std::optional<Span> model_span;  // of the JSON string with its quotes; absent: not in a JSON body
  bool stream = false;
  // OpenAI chat and completions with stream: whether `stream_options.include_usage` is set; where
  // it is not, `edits_for_upstream` adds it so that usage can be settled.
  bool include_usage = false;
  std::optional<Span> stream_options_span;
  std::optional<int64_t> max_tokens;
  size_t text_bytes = 0;  // decoded text in the prompt: for counting tokens when usage is missing
  std::vector<RpcCall> calls;  // of MCP: its messages; those that are the same once
  std::string rewritten;       // of MCP: the body as it goes up
  // Part of the body holds what no inspector reads: numeric binary tensors, protobuf, other media.
  bool unread = false;
  // A field says how long a part of the body is: no text in it can become another.
  bool parts_are_measured = false;
};

struct JsonLimits {
  size_t depth = 64;
  size_t members = 100'000;  // of the whole document
};

// Reads `body` strictly: valid UTF-8, no BOM, no duplicate
// member, depth and count bounded, nothing after the document; and for members the operation knows,
// the right type (`stream` a boolean, `model` a non-empty string of at most 256 bytes of printable
// ASCII). A member that differs from one the gate decides by only in case (`Model`) is refused:
// some servers (Go's encoding/json) would read it as that one. kInvalidInput with a message fit for
// the caller.
Result<RequestFacts> read_request(const Operation& operation, const net::RequestHead& head,
                                  ByteView body, const JsonLimits& limits, TextVisitor& visitor);

// A replacement in the raw body: `with` in place of `span`. In order, not overlapping.
struct Edit {
  Span span;
  std::string with;
};
// What must change on the way up: the model's name there, `include_usage`. A model named in the
// path is the caller's to rewrite.
std::vector<Edit> edits_for_upstream(const Operation& operation, const RequestFacts& facts,
                                     ByteView body, std::string_view upstream_model);
std::string apply(ByteView body, std::span<const Edit> edits);

// Token usage as the upstream reported it.
struct Usage {
  std::optional<int64_t> input;
  std::optional<int64_t> output;
  void merge(const Usage& later);
};

// Reads a whole (non-streamed) JSON answer: texts to the visitor, usage out. kUpstream when it is
// no strict JSON.
struct AnswerFacts {
  Usage usage;
  size_t text_bytes = 0;
};
Result<AnswerFacts> read_answer(const Operation& operation, ByteView body, const JsonLimits& limits,
                                TextVisitor& visitor);

// One streamed answer. Fed with whole SSE events (see formats/sse.h), tells which texts they append
// to. A `lane` is one text that grows over events: `choices[0].delta.content`,
// `content[1].input_json_delta`, `choices[0].delta.tool_calls[0].function.arguments`.
// A `whole` text is complete in itself (an id, a member the protocol does not know): it is
// inspected by itself and nothing of it grows; its lane is `kNoLane`. One that the stream has just
// shown is not shown again. Where one `closes`, the lane is over, and the delta has no text; only
// the arguments of tools close before the stream ends. Another text of which the protocol says that
// it is over `rests`, also without a text: servers were seen that went on all the same.
struct Delta {
  static constexpr uint32_t kNoLane = UINT32_MAX;
  uint32_t lane;  // small dense numbers, stable within the stream
  bool whole;
  std::string_view
      place;  // valid while the reader lives for a lane, until the next feed for a whole
  std::string_view text;  // decoded; valid until the next feed, and while `data` lives
  Written written{};      // in `data`
  bool closes = false;
  bool rests = false;
};
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  // `type` is the SSE event field (empty if none), `data` the joined data; no slack is needed.
  // Appends to `deltas`. kUpstream when the data is no strict JSON (`[DONE]` is known).
  virtual Result<> feed(std::string_view type, std::string_view data,
                        std::vector<Delta>& deltas) = 0;
  [[nodiscard]] virtual const Usage& usage() const = 0;
  [[nodiscard]] virtual size_t text_bytes() const = 0;
  // Whether the protocol's own end marker came (`[DONE]`, `message_stop`, `response.completed`).
  [[nodiscard]] virtual bool ended() const = 0;
  // The next event shows all its texts, also those that the stream has just shown: one of them did
  // not go on as it was.
  virtual void forget_shown() = 0;
  // Whether the event fed last exists only because the gate asked for it (an OpenAI usage chunk the
  // client did not ask for): it is then not passed on.
  [[nodiscard]] virtual bool last_was_ours() const = 0;
};
std::unique_ptr<StreamReader> open_stream(const Operation& operation, const RequestFacts& facts,
                                          const JsonLimits& limits);

// An error in the protocol's own shape.
struct ErrorAnswer {
  uint16_t status;
  std::string content_type;
  std::string body;
  // gRPC: status and message travel as trailers with HTTP 200.
  std::optional<int> grpc_status;
  std::string grpc_message;
};
// `message` is fit for the client; `id` is the explanation id and stands in the message too.
ErrorAnswer render_error(Protocol protocol, uint16_t status, std::string_view message,
                         std::string_view id);
// The same as an SSE event that ends a stream that had begun (bytes as they go on the wire).
std::string render_stream_error(const Operation& operation, std::string_view message,
                                std::string_view id);

// The gate's own answer to an operation with `answered_by_gate`: listings (`/v1/models`,
// `/v1/models/{model}`) for the models the caller may use, and the health and name of the gate as a
// KServe server. JSON, except kKserveGrpc: a length-prefixed message, to go with `application/grpc`
// and a `grpc-status: 0` trailer. nullopt when `wanted` is not among `models`.
std::optional<std::string> render_models(const Operation& operation,
                                         std::span<const std::string> models,
                                         std::string_view wanted, int64_t created);

// Tokens by a rule of thumb (bytes / 4, rounded up), for when an upstream does not report usage.
int64_t estimate_tokens(size_t text_bytes);

}  // namespace sally::gateway
