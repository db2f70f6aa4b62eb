// Generic HTTP: whatever is behind the gate. Passed as it is; JSON and text are inspected.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "formats/json/writer.h"
#include "formats/sse.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/stream_walk.h"
#include "gateway/protocol/text_walk.h"

namespace sally::gateway {
namespace {

using formats::JsonWriter;
using enum net::Method;
using enum BodyKind;

constexpr Protocol kThis = Protocol::kHttp;
// clang-format off
constexpr Operation kOperations[] = {
    //     action          method    patternbody      model stream again gate
    {kThis, "http:GET",     kGet,     "*", kOpaque, kNo, kYes, kYes, kNo},
    {kThis, "http:HEAD",    kHead,    "*", kOpaque, kNo, kNo, kYes, kNo},
    {kThis, "http:POST",    kPost,    "*", kOpaque, kNo, kYes, kNo, kNo},
    {kThis, "http:PUT",     kPut,     "*", kOpaque, kNo, kYes, kNo, kNo},
    {kThis, "http:DELETE",  kDelete,  "*", kOpaque, kNo, kYes, kNo, kNo},
    {kThis, "http:PATCH",   kPatch,   "*", kOpaque, kNo, kYes, kNo, kNo},
    {kThis, "http:OPTIONS", kOptions, "*", kOpaque, kNo, kNo, kYes, kNo},
};
// clang-format on

// Shows all of a document; decides nothing by it.
class PlainWalk final : public TextWalk {
 public:
  explicit PlainWalk(TextVisitor& visitor) : TextWalk(visitor, {}, Zone::kSaid) {}

 private:
  void fact(const JsonPath&, const JsonFact&) override {}
  [[nodiscard]] bool counts(const JsonPath&) const override { return true; }
};

// `application/json`, `application/problem+json; charset=utf-8`.
bool is_json_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) {
    type.remove_suffix(1);
  }
  return equal_ignoring_case(type, "application/json") ||
         (type.size() > 5 && equal_ignoring_case(type.substr(type.size() - 5), "+json"));
}

// A body that says it is JSON must be: otherwise the server might read what the gate could not. Any
// other is shown as the text it is; what is no text is not read.
Result<RequestFacts> request_facts(const Operation&, const net::RequestHead& head, ByteView body,
                                   const JsonLimits& limits, TextVisitor& visitor) {
  RequestFacts facts;
  const std::string_view text = as_text(body);
  if (text.empty()) {
    return facts;
  }
  if (is_json_type(head.fields.find("content-type").value_or(""))) {
    PlainWalk walk(visitor);
    TRY_OK(walk.read(text, limits));
    facts.text_bytes = walk.text_bytes();
  } else if (is_utf8(text)) {
    visitor.text("body", text, {.as = Written::As::kAll, .span = {.length = text.size()}});
    facts.text_bytes = text.size();
  } else {
    facts.unread = true;
  }
  return facts;
}

// Events of any kind: JSON is shown string by string, anything else is one text that grows.
constexpr std::string_view kLanes[] = {"data"};
constexpr RuleIndex kIndex = index_rules({});
constexpr StreamTable kTable = {.rules = {},
                                .lanes = kLanes,
                                .growing = "",
                                .scope_a = Node::kChoice,
                                .scope_b = Node::kChoice,
                                .lane_by_type = false,
                                .root = Zone::kSaid,
                                .speaks = Provenance::kUnknown};

class PlainStream final : public StreamWalk {
 public:
  explicit PlainStream(const JsonLimits& limits) : StreamWalk(kTable, kIndex, limits) {}

 private:
  // There is no end marker: the end of the body is the end.
  void conclude(const Event&, bool& ended, bool&) override { ended = true; }
  bool plain(std::string_view, bool&) override { return false; }
  [[nodiscard]] bool takes_text() const override { return true; }
};

std::unique_ptr<StreamReader> stream_reader(const Operation&, const RequestFacts&,
                                            const JsonLimits& limits) {
  return std::make_unique<PlainStream>(limits);
}

struct Title {
  uint16_t status;
  std::string_view title;
};
constexpr Title kTitles[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

// RFC 9457.
std::string problem(uint16_t status, std::string_view text, std::string_view id) {
  const auto* found = std::ranges::find(kTitles, status, &Title::status);
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("type", "about:blank");
  json.member("title", found == std::end(kTitles) ? "Error" : found->title);
  json.member("status", status).member("detail", text);
  if (!id.empty()) {
    json.member("instance", fmt::format("urn:ulid:{}", id));
  }
  json.end_object().finish();
  return out;
}

ErrorAnswer error_answer(uint16_t status, std::string_view text, std::string_view id) {
  return {status, "application/problem+json", problem(status, text, id), std::nullopt, {}};
}

std::string stream_error(const Operation&, std::string_view text, std::string_view id) {
  std::string out;
  formats::append_sse_event(out, "error", problem(403, text, id));
  return out;
}

}  // namespace

constinit const Adapter kHttpAdapter = {
    .operations = kOperations,
    .read_request = request_facts,
    .edits = no_edits,
    .read_answer = read_json_answer,
    .open_stream = stream_reader,
    .render_error = error_answer,
    .render_stream_error = stream_error,
    .render_models = no_models,
};

}  // namespace sally::gateway
