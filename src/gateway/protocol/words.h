// The names of members that the protocols themselves define. A member of such a name holds nothing
// but that name, so it need not be inspected, and it may stand in a recorded place.
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "base/equal_names.h"
#include "base/inline_name.h"

namespace sally::gateway {

namespace words_detail {

inline constexpr InlineName kWords[] = {
    // requests
    "model", "messages", "role", "content", "type", "text", "name", "stream", "stream_options",
    "include_usage", "max_tokens", "max_completion_tokens", "max_output_tokens", "temperature",
    "top_p", "top_k", "n", "stop", "stop_sequences", "seed", "user", "tools", "tool_choice",
    "function", "functions", "description", "parameters", "properties", "required", "input_schema",
    "strict", "response_format", "json_schema", "schema", "image_url", "url", "detail", "source",
    "media_type", "data", "system", "metadata", "user_id", "input", "prompt", "instructions",
    "suffix", "echo", "logprobs", "top_logprobs", "frequency_penalty", "presence_penalty",
    "logit_bias", "parallel_tool_calls", "encoding_format", "dimensions", "previous_response_id",
    "reasoning", "effort", "store", "truncation", "thinking", "budget_tokens", "cache_control",
    "tool_call_id", "tool_use_id", "is_error", "additionalProperties", "enum", "items",
    // answers
    "id", "object", "created", "created_at", "choices", "index", "message", "delta",
    "finish_reason", "stop_reason", "stop_sequence", "usage", "prompt_tokens", "completion_tokens",
    "total_tokens", "input_tokens", "output_tokens", "prompt_tokens_details",
    "completion_tokens_details", "cached_tokens", "audio_tokens", "reasoning_tokens",
    "accepted_prediction_tokens", "rejected_prediction_tokens", "input_tokens_details",
    "output_tokens_details", "cache_creation_input_tokens", "cache_read_input_tokens",
    "system_fingerprint", "service_tier", "refusal", "annotations", "tool_calls", "function_call",
    "arguments", "reasoning_content", "token", "bytes", "embedding", "error", "code", "param",
    "content_block", "partial_json", "signature", "output", "output_index", "content_index",
    "item_id", "item", "part", "response", "sequence_number", "status", "obfuscation",
    "summary_index", "call_id", "summary",
    // KServe
    "inputs", "outputs", "shape", "datatype", "model_name", "model_version", "binary_data_size",
    "binary_data", "binary_data_output",
    // MCP
    "jsonrpc", "method", "params", "result", "_meta", "progressToken", "protocolVersion",
    "capabilities", "clientInfo", "serverInfo", "version", "inputSchema", "nextCursor", "cursor",
    "uri", "mimeType", "isError", "structuredContent"};

constexpr size_t kSlots = 512;
static_assert(std::size(kWords) < UINT8_MAX && std::size(kWords) < kSlots / 2);

constexpr size_t slot_of(std::string_view word) {
  uint32_t hash = static_cast<uint32_t>(word.size()) * 0x9E3779B1U;
  const auto mix = [&hash](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U; };
  mix(word.front());
  mix(word[word.size() / 2]);
  mix(word[word.size() - word.size() / 4 - 1]);
  mix(word.back());
  return (hash ^ (hash >> 15)) % kSlots;
}

// For each slot the number of its word from 1 on; 0 where it is free.
constexpr std::array<uint8_t, kSlots> build() {
  std::array<uint8_t, kSlots> slots{};
  for (size_t i = 0; i < std::size(kWords); ++i) {
    size_t slot = slot_of(kWords[i].view());
    while (slots[slot] != 0) {
      slot = (slot + 1) % kSlots;
    }
    slots[slot] = static_cast<uint8_t>(i + 1);
  }
  return slots;
}

inline constexpr std::array<uint8_t, kSlots> kTable = build();

}  // namespace words_detail

// Whether `word` is exactly one of them.
inline bool is_protocol_word(std::string_view word) {
  using namespace words_detail;
  if (word.empty()) {
    return false;
  }
  for (size_t slot = slot_of(word); kTable[slot] != 0; slot = (slot + 1) % kSlots) {
    if (equal_names(kWords[kTable[slot] - 1].view(), word)) {
      return true;
    }
  }
  return false;
}

}  // namespace sally::gateway
