// Any tools that an MCP server may name: what is made of them is a schema that the gate takes, and
// whatever it is asked with then is decided or refused.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "cedar/schema/parser.h"
#include "policy/arguments.h"
#include "policy/first_policies.h"
#include "policy/gate_schema.h"
#include "policy/policy_texts.h"
#include "policy/tool_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::policy;
  const auto document = formats::JsonDocument::parse({reinterpret_cast<const char*>(data), size},
                                                     {.bytes = size_t{1} << 20});
  if (!document.ok()) {
    return 0;
  }
  const auto tools = tools_of(*document);
  if (!tools.ok()) {
    return 0;
  }
  const auto made = tool_schema("tools", *tools);
  if (!made.ok()) {
    return 0;
  }
  std::string text;
  for (const FirstPolicy& file : first_policies()) {
    if (file.name == kSchemaFile) {
      text = file.text;
    }
  }
  text += *made;
  const auto schema = cedar::parse_schema(text);
  SALLY_CHECK(schema.ok());
  SALLY_CHECK(check_gate_schema(*schema).ok());
  const auto actions = ToolActions::of(*schema);
  SALLY_CHECK(actions.ok());
  // Each tool's own description as its arguments.
  cedar::Arena arena = cedar::Arena::fixed(size_t{1} << 18);
  for (const formats::JsonValue tool : *tools) {
    const cedar::Type* type = actions->find("tools", *tool.string("name"));
    SALLY_CHECK(type != nullptr);
    arena.reset();
    [[maybe_unused]] const auto read = read_arguments(tool, *type, arena);
  }
  return 0;
}
