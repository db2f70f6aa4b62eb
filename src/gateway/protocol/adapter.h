// What one protocol adapter provides, and what adapters share. Private to protocol/.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/json/reader.h"
#include "gateway/protocol/protocol.h"

namespace sally::gateway {

// One row per protocol, in `protocol.cc`. Every function has the contract of its namesake in
// protocol.h; `operation` is one of `operations`.
struct Adapter {
  std::span<const Operation> operations;
  Result<RequestFacts> (*read_request)(const Operation& operation, const net::RequestHead& head,
                                       ByteView body, const JsonLimits& limits,
                                       TextVisitor& visitor);
  std::vector<Edit> (*edits)(const Operation& operation, const RequestFacts& facts, ByteView body,
                             std::string_view upstream_model);
  Result<AnswerFacts> (*read_answer)(const Operation& operation, ByteView body,
                                     const JsonLimits& limits, TextVisitor& visitor);
  std::unique_ptr<StreamReader> (*open_stream)(const Operation& operation,
                                               const RequestFacts& facts, const JsonLimits& limits);
  // `text` is the message with the explanation id in it.
  ErrorAnswer (*render_error)(uint16_t status, std::string_view text, std::string_view id);
  std::string (*render_stream_error)(const Operation& operation, std::string_view text,
                                     std::string_view id);
  std::optional<std::string> (*render_models)(const Operation& operation,
                                              std::span<const std::string> models,
                                              std::string_view wanted, int64_t created);
};

// For the columns of the tables of operations.
inline constexpr bool kYes = true;
inline constexpr bool kNo = false;

extern const Adapter kOpenAiAdapter;
extern const Adapter kAnthropicAdapter;
extern const Adapter kKserveAdapter;
extern const Adapter kKserveGrpcAdapter;
extern const Adapter kMcpAdapter;
extern const Adapter kHttpAdapter;
extern const Adapter kPrivacyAdapter;

// For adapters of which an operation never asks.
std::vector<Edit> no_edits(const Operation&, const RequestFacts&, ByteView, std::string_view);
std::optional<std::string> no_models(const Operation&, std::span<const std::string>,
                                     std::string_view, int64_t);

// The edit that puts `upstream_model` in the place of the JSON string at `facts.model_span`, where
// there is one and the name differs.
std::vector<Edit> model_edit(const Operation& operation, const RequestFacts& facts, ByteView body,
                             std::string_view upstream_model);

// A model's name as the gate accepts it: 1 to 256 bytes of printable ASCII.
Result<> check_model_name(std::string_view name);

formats::JsonLimits to_json_limits(const JsonLimits& limits);

}  // namespace sally::gateway
