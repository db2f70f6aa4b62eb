// Tool schemas: from what an MCP server says of its tools to actions of a Cedar schema, so that
// policies see the arguments of a call (arguments.h).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/json/document.h"

namespace sally::policy {

// The schema text of one action for each tool of `tools`, the array of a `tools/list` result; to be
// put behind the gate's own schema. The same tools give the same text, in whatever order they come.
//
// A property becomes an attribute where Cedar has a type for it: a string, an integer, a boolean,
// an array of one of these, an object of such properties; optional where `required` does not name
// it or where it may be null. What has none is left out, and a comment says what and why: policies
// do not see it. kInvalidInput where a tool has no name that the gate takes, or two have the same.
[[nodiscard]] Result<std::string> tool_schema(std::string_view route,
                                              const formats::JsonValue& tools);

// The array of the tools in `document`: itself, or what `tools` or `result.tools` holds.
[[nodiscard]] Result<formats::JsonValue> tools_of(const formats::JsonDocument& document);

}  // namespace sally::policy
