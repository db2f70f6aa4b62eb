// KServe v2, the Open Inference Protocol over REST: health, metadata, infer with JSON and binary
// tensors. (github.com/kserve/open-inference-protocol)
#include <algorithm>

#include "formats/json/writer.h"
#include "formats/sse.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/tensors.h"
#include "gateway/protocol/text_walk.h"

namespace sally::gateway {
namespace {

using formats::JsonType;
using formats::JsonWriter;
using enum net::Method;
using enum BodyKind;

constexpr std::string_view kLive = "kserve:server.live";
constexpr std::string_view kReady = "kserve:server.ready";
constexpr Protocol kThis = Protocol::kKserve;
// clang-format off
constexpr Operation kOperations[] = {
    //     action                    method pattern                                        body      model stream again gate
    {kThis, kLive,                    kGet,  "/v2/health/live",                             kNone,   kNo, kNo, kYes, kYes},
    {kThis, kReady,                   kGet,  "/v2/health/ready",                            kNone,   kNo, kNo, kYes, kYes},
    {kThis, "kserve:server.metadata", kGet,  "/v2",                                         kNone,   kNo, kNo, kYes, kYes},
    {kThis, "kserve:model.ready",     kGet,  "/v2/models/{model}/ready",                    kNone,   kYes, kNo, kYes, kNo},
    {kThis, "kserve:model.ready",     kGet,  "/v2/models/{model}/versions/{version}/ready", kNone,   kYes, kNo, kYes, kNo},
    {kThis, "kserve:model.metadata",  kGet,  "/v2/models/{model}",                          kNone,   kYes, kNo, kYes, kNo},
    {kThis, "kserve:model.metadata",  kGet,  "/v2/models/{model}/versions/{version}",       kNone,   kYes, kNo, kYes, kNo},
    {kThis, "kserve:infer",           kPost, "/v2/models/{model}/infer",                    kKserve, kYes, kNo, kYes, kNo},
    {kThis, "kserve:infer",           kPost, "/v2/models/{model}/versions/{version}/infer", kKserve, kYes, kNo, kYes, kNo},
};
// clang-format on

constexpr std::string_view kBinaryLength = "inference-header-content-length";

class InferRequest final : public TextWalk {
 public:
  explicit InferRequest(TextVisitor& visitor) : TextWalk(visitor, kDecided, Zone::kSaid) {}
  TensorList tensors;

 private:
  static constexpr std::string_view kDecided[] = {"inputs", "datatype", "parameters",
                                                  "binary_data_size"};
  void fact(const JsonPath& path, const JsonFact& fact) override {
    if (path.depth() == 0 && fact.type != JsonType::kObject) {
      object(Error(ErrorKind::kInvalidInput, "the body: expected an object"));
    }
    if (path.depth() == 1 && path.level(0).key == "inputs") {
      has_inputs_ = fact.type == JsonType::kArray;
    }
    if (path.depth() == 0 && !has_inputs_) {
      object(Error(ErrorKind::kInvalidInput, "`inputs`: expected an array"));
    }
    tensors.fact(path, fact, "inputs");
  }
  [[nodiscard]] bool is_decided_here(const JsonPath& path) const override {
    return path.depth() == 1 || path.level(0).key == "inputs";
  }
  [[nodiscard]] bool counts(const JsonPath& path) const override {
    return path.depth() > 2 && path.level(0).key == "inputs" && path.last_key() == "data";
  }

  bool has_inputs_ = false;
};

Result<RequestFacts> request_facts(const Operation& operation, const net::RequestHead& head,
                                   ByteView body, const JsonLimits& limits, TextVisitor& visitor) {
  RequestFacts facts;
  if (operation.request_body == BodyKind::kNone) {
    return facts;
  }
  const std::string_view text = as_text(body);
  TRY(const size_t json, json_part(head.fields.find(kBinaryLength).value_or(""), text.size()));
  InferRequest walk(visitor);
  TRY_OK(walk.read(text.substr(0, json), limits));
  TRY(const TensorList::Binary binary, walk.tensors.read(text.substr(json), "inputs", visitor));
  facts.text_bytes = walk.text_bytes() + binary.text_bytes;
  facts.unread = binary.unread;
  facts.parts_are_measured = head.fields.find(kBinaryLength).has_value();
  return facts;
}

// The protocol has no streams; an upstream that opens one anyway is read as plain events.
std::unique_ptr<StreamReader> stream_reader(const Operation& operation, const RequestFacts& facts,
                                            const JsonLimits& limits) {
  return kHttpAdapter.open_stream(operation, facts, limits);
}

std::string error_body(std::string_view text) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("error", text).end_object().finish();
  return out;
}

ErrorAnswer error_answer(uint16_t status, std::string_view text, std::string_view) {
  return {status, "application/json", error_body(text), std::nullopt, {}};
}

std::string stream_error(const Operation&, std::string_view text, std::string_view) {
  std::string out;
  formats::append_sse_event(out, "error", error_body(text));
  return out;
}

// The gate is the server that a client sees: it is alive when it answers, and ready for the models
// whose own readiness the client asks for.
std::optional<std::string> own_answer(const Operation& operation, std::span<const std::string>,
                                      std::string_view, int64_t) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (operation.action == kLive) {
    json.member("live", true);
  } else if (operation.action == kReady) {
    json.member("ready", true);
  } else {
    json.member("name", "sallyport").member("version", "2");
    json.key("extensions").begin_array().string("binary_tensor_data").end_array();
  }
  json.end_object().finish();
  return out;
}

}  // namespace

constinit const Adapter kKserveAdapter = {
    .operations = kOperations,
    .read_request = request_facts,
    .edits = no_edits,
    .read_answer = read_json_answer,
    .open_stream = stream_reader,
    .render_error = error_answer,
    .render_stream_error = stream_error,
    .render_models = own_answer,
};

}  // namespace sally::gateway
