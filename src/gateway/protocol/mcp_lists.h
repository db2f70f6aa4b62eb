// Lists that an MCP server gives of what it offers: tools, prompts, resources. A caller is shown
// what it could use.
//
//   TRY(const bool lists, has_lists(answer, limits));
//   if (lists) { TRY(McpLists read, McpLists::read(answer, limits)); ... read.write(keep); }
//
// A list is told by its form, not by the request it may answer: a message whose `result` has
// `tools`, `prompts`, `resources` or `resourceTemplates`. So none comes past on another stream,
// under another id, or again when a stream is resumed.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/json/document.h"
#include "gateway/protocol/protocol.h"

namespace sally::gateway {

enum class ListKind : uint8_t { kTools, kPrompts, kResources, kTemplates };
inline constexpr size_t kListKinds = 4;

struct ListRow {
  std::string_view member;  // of `result`
  std::string_view name;    // of an element: the member by which it is called
  std::string_view action;  // what is done with an element: what policies are asked about
};
const ListRow& row_of(ListKind kind);

// Whether an answer (a message, or a batch) has a list. kUpstream where a member differs only in
// case from what would make it one. What is no strict JSON is none: its reader says so.
Result<bool> has_lists(std::string_view answer, const JsonLimits& limits);

class McpLists {
 public:
  struct Item {
    ListKind kind;
    std::string_view name;  // empty: one that no caller can name, and so never kept
    formats::JsonValue value;
    // The whole element in canonical JSON.
    [[nodiscard]] std::string canonical() const;
  };

  // kUpstream where it is no strict JSON, a list is no array of objects, an element has no name or
  // one in another case, or there are more than kMostItems.
  static Result<McpLists> read(std::string_view answer, const JsonLimits& limits);
  static constexpr size_t kMostItems = 10'000;

  // In the order of the answer.
  [[nodiscard]] std::span<const Item> items() const { return items_; }
  // The answer with those items for which `keep` is true, written anew. One for each of items().
  [[nodiscard]] std::string write(const std::vector<bool>& keep) const;

 private:
  explicit McpLists(formats::JsonDocument document) : document_(std::move(document)) {}
  Result<> read_message(const formats::JsonValue& message);

  formats::JsonDocument document_;
  std::vector<Item> items_;
};

}  // namespace sally::gateway
