// What an MCP server lists, shown to a caller: what it could use, as it was approved.
#include <algorithm>
#include <array>
#include <utility>

#include "core/tool_pins.h"
#include "gateway/call.h"
#include "gateway/gate.h"
#include "gateway/protocol/mcp_lists.h"

namespace sally::gateway {
namespace {

using Items = std::span<const McpLists::Item>;

// Notes every tool, and hides those whose description is not the approved one.
void check_pins(const Call& call, Items items, std::vector<bool>& keep) {
  ToolPins* pins = call.force->snapshot->parts().tool_pins.get();
  const OnToolChange on = call.route->tool_changes;
  if (pins == nullptr || on == OnToolChange::kIgnore) {
    return;
  }
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].kind != ListKind::kTools || items[i].name.empty()) {
      continue;
    }
    const auto standing = pins->see(call.route->id.str(), items[i].name, items[i].canonical());
    keep[i] = keep[i] && (standing == ToolStanding::kApproved || on == OnToolChange::kReport);
  }
}

// Hides those of one kind that the caller could never use.
Result<> ask(const Call& call, const Authorizer& authorizer, ListKind kind, Items items,
             std::vector<bool>& keep) {
  std::vector<std::string_view> names;
  for (const McpLists::Item& item : items) {
    if (item.kind == kind) {
      // A template is no resource yet: what is asked is whether there is any.
      names.push_back(kind == ListKind::kTemplates ? std::string_view() : item.name);
    }
  }
  if (names.empty()) {
    return ok();
  }
  if (kind == ListKind::kTemplates) {
    names.resize(1);
  }
  const ModelId no_model;
  TRY(const std::vector<bool> could, authorizer.could({.principal = *call.principal,
                                                       .action = row_of(kind).action,
                                                       .protocol = call.event.protocol,
                                                       .route = call.route->id,
                                                       .model = no_model,
                                                       .tool = {},
                                                       .method = net::name_of(net::Method::kPost),
                                                       .path = call.http.head().path,
                                                       .source = call.event.source,
                                                       .findings = {},
                                                       .max_tokens = {},
                                                       .now = call.event.time},
                                                      names));
  size_t at = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].kind == kind) {
      keep[i] = keep[i] && could.at(kind == ListKind::kTemplates ? 0 : at++);
    }
  }
  return ok();
}

Result<std::string> shown(const Call& call, const Authorizer& authorizer, std::string_view answer) {
  TRY(const McpLists lists, McpLists::read(answer, call.settings.limits.json));
  const Items items = lists.items();
  std::vector<bool> keep(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    keep[i] = !items[i].name.empty();
  }
  check_pins(call, items, keep);
  for (const ListKind kind :
       {ListKind::kTools, ListKind::kPrompts, ListKind::kResources, ListKind::kTemplates}) {
    TRY_OK(ask(call, authorizer, kind, items, keep));
  }
  return lists.write(keep);
}

}  // namespace

Task<Result<std::string>> Gate::show_lists(Call& call, std::string_view answer) {
  Result<std::string> out = std::string();
  const std::shared_ptr<const InForce> now = force_;
  auto run = ports_.work.run(
      ports_.loop, [&] { out = shown(call, *now->snapshot->parts().authorizer, answer); });
  CO_TRY_OK(co_await run);
  co_return out;
}

Gate::Refused Gate::unapproved(const Call& call, const RpcCall& message) {
  const ToolPins* pins = call.force->snapshot->parts().tool_pins.get();
  if (message.method != kRpcToolCall || pins == nullptr ||
      call.route->tool_changes != OnToolChange::kBlock ||
      !pins->is_changed(call.route->id.str(), message.name)) {
    return std::nullopt;
  }
  const std::string tool = call.quote(message.name);
  return Refusal{Stage::kPolicy,
                 ErrorKind::kDenied,
                 "routes.tool_changes",
                 "tool `" + tool + "` describes itself otherwise than when it was approved",
                 "the description that was approved",
                 "`sallyport tools list` shows what changed, `sallyport tools approve` accepts it"};
}

}  // namespace sally::gateway
