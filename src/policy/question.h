// Question: one AccessRequest as Cedar sees it, in the words of policies/first/schema.cedarschema.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/entities/entities.h"
#include "cedar/eval/arena.h"
#include "cedar/eval/request.h"
#include "cedar/eval/store.h"
#include "core/decision.h"
#include "policy/arguments.h"

namespace sally::policy {

// Makes questions in memory that it keeps. One thread uses it.
class QuestionMaker {
 public:
  QuestionMaker() : arena_(cedar::Arena::fixed(kMemory)) {}

  // What is known of an entity by name (`store`: attributes, groups) and what the call says of it
  // stand together. An action of MCP that the store does not have is `mcp:other`. Views into
  // `request`, `store` and this, until the next question. kTooLarge for more findings than fit into
  // kMemory.
  // kTooLarge too, and kInvalidInput, where a tool of `tools` is called with arguments that cannot
  // be read as its action says (arguments.h); arguments that are not known are none.
  Result<cedar::RequestView> make(const AccessRequest& request, const cedar::EntityStore& store,
                                  const ToolActions& tools);

  // The question that was made last, with the entities that stand for it alone: for explanations.
  struct Copy {
    cedar::Request request;
    std::vector<cedar::Entity> entities;
  };
  [[nodiscard]] Copy copy(const cedar::RequestView& view) const;

  static constexpr size_t kMemory = size_t{1} << 20;

 private:
  class Maker;
  cedar::Arena arena_;
  std::vector<const cedar::StoredEntity*> made_;    // of the last question
  std::optional<formats::JsonDocument> arguments_;  // the same
};

// What the entities of a question are called.
[[nodiscard]] cedar::EntityUid tool_uid(std::string_view route, std::string_view tool);
// The type of what `action` may name as AccessRequest::tool: a tool, a prompt, a resource.
[[nodiscard]] std::string_view named_type(std::string_view action);
inline constexpr std::string_view kKey = "Key";
inline constexpr std::string_view kUser = "User";
inline constexpr std::string_view kAgent = "Agent";
inline constexpr std::string_view kWorkload = "Workload";
inline constexpr std::string_view kGroup = "Group";
inline constexpr std::string_view kRole = "Role";
inline constexpr std::string_view kGate = "Gate";
inline constexpr std::string_view kGateId = "this";
inline constexpr std::string_view kAnonymous = "Anonymous";
inline constexpr std::string_view kAnonymousId = "caller";
inline constexpr std::string_view kTeam = "Team";
inline constexpr std::string_view kModel = "Model";
inline constexpr std::string_view kRoute = "Route";
inline constexpr std::string_view kTool = "Tool";
inline constexpr std::string_view kPrompt = "Prompt";
inline constexpr std::string_view kMcpResource = "McpResource";
inline constexpr std::string_view kRequest = "Request";
inline constexpr std::string_view kAction = "Action";
// The attribute of what is called that its caller carries on in the session.
inline constexpr std::string_view kLabels = "labels";

}  // namespace sally::policy
