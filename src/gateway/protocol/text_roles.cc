#include "gateway/protocol/text_roles.h"

#include <algorithm>

#include "base/equal_names.h"
#include "gateway/protocol/name_marks.h"

namespace sally::gateway {
namespace {

// Of every protocol: OpenAI, Anthropic, KServe, MCP.
constexpr std::string_view kFixed[] = {
    "model", "role", "type", "name", "id", "object", "tool_choice", "tool_call_id", "tool_use_id",
    "call_id", "item_id", "previous_response_id", "finish_reason", "stop_reason", "effort",
    "encoding_format", "format", "service_tier", "system_fingerprint", "signature", "status",
    "media_type", "required", "enum", "obfuscation",
    // KServe
    "datatype", "model_name", "model_version",
    // MCP
    "jsonrpc", "method", "protocolVersion", "version", "mimeType", "uri", "cursor", "nextCursor",
    "progressToken"};

// Members below which everything is what somebody says.
constexpr std::string_view kSaid[] = {"arguments", "structuredContent"};
constexpr std::string_view kSaidInBlock = "input";  // of Anthropic; at the root it is OpenAI's own

// Members whose text is JSON itself: the arguments of a tool.
constexpr std::string_view kJson[] = {"arguments", "partial_json", "input_json_delta"};

template <size_t kSize>
bool is_among(const std::string_view (&names)[kSize], std::string_view name) {
  return std::ranges::any_of(names,
                             [name](std::string_view one) { return equal_names(one, name); });
}

bool is_said(const JsonPath& path) {
  for (size_t i = 0; i + 1 < path.depth(); ++i) {
    const std::string_view key = path.level(i).key;
    if (path.level(i).object &&
        (is_among(kSaid, key) || (i > 0 && equal_names(key, kSaidInBlock)))) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool is_media_uri(std::string_view text) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kCoding = ";base64,";
  if (!text.starts_with(kScheme) || text.starts_with("data:text/")) {
    return false;
  }
  const size_t coding = text.find(kCoding);
  const auto is_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=' || c == '-' || c == '_';
  };
  const auto is_of_type = [&](char c) { return is_digit(c) || c == '.' || c == ';'; };
  return coding != std::string_view::npos &&
         std::ranges::all_of(text.substr(kScheme.size(), coding - kScheme.size()), is_of_type) &&
         std::ranges::all_of(text.substr(coding + kCoding.size()), is_digit);
}

bool is_fixed(const JsonPath& path, std::string_view text) {
  if (is_media_uri(text)) {
    return true;
  }
  return is_fixed_member(path.last_key()) && !is_said(path);
}

bool is_fixed_member(std::string_view member) {
  static constexpr uint64_t kMarks = marks_of(kFixed);
  return (kMarks & mark_of(member)) != 0 && is_among(kFixed, member);
}

TextForm form_of_member(std::string_view member) {
  static constexpr uint64_t kMarks = marks_of(kJson);
  return (kMarks & mark_of(member)) != 0 && is_among(kJson, member) ? TextForm::kJson
                                                                    : TextForm::kPlain;
}

Written written_at(const JsonPath& path, const formats::JsonText& text, Provenance provenance) {
  return {Written::As::kJsonString,
          is_fixed(path, text.text),
          form_of_member(path.last_key()),
          {text.offset, text.length},
          provenance};
}

}  // namespace sally::gateway
