// The JSON-RPC messages of a request to an MCP server. Private to protocol/.
#pragma once

#include <string_view>

#include "gateway/protocol/protocol.h"

namespace sally::gateway {

// One message, or a batch of them, read strictly: the calls, each decision once, and the body as it
// goes up, written anew from what was read. Every text goes to the visitor. kInvalidInput for what
// is no JSON-RPC 2.0, and where a member differs only in case from one that the gate decides by.
Result<RequestFacts> read_messages(std::string_view body, const JsonLimits& limits,
                                   TextVisitor& visitor);

// The limits within which what is read can be written again.
JsonLimits writable(JsonLimits limits);

// What tools and prompts, and what resources may be called: 1 to 256 printable ASCII characters, of
// prompts with spaces; 1 to 2048 without.
bool is_tool_name(std::string_view text);
bool is_prompt_name(std::string_view text);
bool is_resource_uri(std::string_view text);

}  // namespace sally::gateway
