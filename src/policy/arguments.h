// Arguments: what a tool is called with, as policies see it.
//
// A tool may have an action of its own, `Action::"mcp:tools/call:ROUTE/TOOL"` in the group
// `Action::"mcp:tools/call"`, whose context has a record `arguments` beside what every call has
// (tool_schema.h makes such actions). A call of the tool is then asked about with that action, and
// its arguments must fit.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cedar/eval/arena.h"
#include "cedar/eval/cell.h"
#include "cedar/schema/schema.h"
#include "formats/json/document.h"

namespace sally::policy {

inline constexpr std::string_view kToolCall = "mcp:tools/call";
inline constexpr std::string_view kArguments = "arguments";

// `mcp:tools/call:ROUTE/TOOL`.
[[nodiscard]] std::string tool_action(std::string_view route, std::string_view tool);

// The tools that have an action of their own.
class ToolActions {
 public:
  // Every action of `schema` that is called like one of a tool. kInvalidInput, with all that is
  // wrong, where one does not stand in the group, does not apply to what the plain one applies to,
  // asks for more of the context than the gate has, or has arguments of types that JSON cannot
  // fill.
  static Result<ToolActions> of(const cedar::Schema& schema);

  // The type of the record; null where the tool has no action of its own. Valid while the schema
  // is.
  [[nodiscard]] const cedar::Type* find(std::string_view route, std::string_view tool) const;
  [[nodiscard]] bool empty() const { return arguments_.empty(); }

 private:
  std::map<std::string, const cedar::Type*, std::less<>> arguments_;  // by the id of the action
};

// `arguments` as a record of `type`, in `arena`, with views into the document. Members that the
// type does not declare are left out: policies do not see them; null stands for an optional member
// that is absent. kInvalidInput where a declared member is missing or of another type, and where a
// member differs from a declared one, or from another member, only in case: some servers take one
// for the other. kTooLarge where the arena is full.
[[nodiscard]] Result<cedar::Cell> read_arguments(const formats::JsonValue& arguments,
                                                 const cedar::Type& type, cedar::Arena& arena);

}  // namespace sally::policy
