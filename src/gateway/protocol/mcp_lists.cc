#include "gateway/protocol/mcp_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "formats/json/copy.h"
#include "formats/json/lookalike.h"
#include "formats/json/reader.h"
#include "formats/json/writer.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/mcp_messages.h"

namespace sally::gateway {
namespace {

using formats::JsonDocument;
using formats::JsonValue;
using formats::JsonWriter;

constexpr std::array<ListRow, kListKinds> kRows = {{
    {"tools", "name", "mcp:tools/call"},
    {"prompts", "name", "mcp:prompts/get"},
    {"resources", "uri", "mcp:resources/read"},
    {"resourceTemplates", "uriTemplate", "mcp:resources/read"},
}};
constexpr std::string_view kResult = "result";

std::optional<ListKind> kind_of(std::string_view member) {
  const auto* found = std::ranges::find(kRows, member, &ListRow::member);
  return found == kRows.end() ? std::nullopt
                              : std::optional(static_cast<ListKind>(found - kRows.begin()));
}

// Whether a caller can name it.
bool can_be_named(ListKind kind, std::string_view name) {
  switch (kind) {
    case ListKind::kTools:
      return is_tool_name(name);
    case ListKind::kPrompts:
      return is_prompt_name(name);
    case ListKind::kResources:
    case ListKind::kTemplates:
      return is_resource_uri(name);
  }
  return false;
}

bool is_other_case_of(std::string_view key, std::string_view name) {
  constexpr size_t kLongestFold = 3;  // bytes of a letter that folds to one
  return key != name && key.size() <= kLongestFold * name.size() &&
         formats::fold_name(key) == formats::fold_name(name);
}

Error only_in_case(std::string_view name) {
  return Error(ErrorKind::kUpstream,
               fmt::format("the answer has a member that differs from `{}` only in case", name));
}

// Follows the keys down to the members of `result`.
class Probe {
 public:
  bool found = false;
  std::optional<Error> wrong;

  void begin_object(size_t) { open(true); }
  void begin_array(size_t) { open(false); }
  void end_object(size_t) { --depth_; }
  void end_array(size_t) { --depth_; }
  void key(const formats::JsonText& key) {
    if (depth_ == base_ + 1) {
      in_result_ = key.text == kResult;
      if (is_other_case_of(key.text, kResult)) {
        wrong = only_in_case(kResult);
      }
    } else if (in_result_ && depth_ == base_ + 2) {
      for (const ListRow& row : kRows) {
        found = found || key.text == row.member;
        if (is_other_case_of(key.text, row.member)) {
          wrong = only_in_case(row.member);
        }
      }
    }
  }
  void string(const formats::JsonText&) {}
  void number(const formats::JsonNumber&) {}
  void boolean(bool, size_t) {}
  void null(size_t) {}

 private:
  void open(bool is_object) {
    base_ = depth_ == 0 && !is_object ? 1 : base_;  // of a batch
    ++depth_;
  }

  size_t depth_ = 0;
  size_t base_ = 0;         // how many levels stand above a message
  bool in_result_ = false;  // the last member of the message
};

}  // namespace

const ListRow& row_of(ListKind kind) {
  return kRows[static_cast<size_t>(kind)];
}

Result<bool> has_lists(std::string_view answer, const JsonLimits& limits) {
  Probe probe;
  formats::JsonReader reader;
  if (const auto read = reader.walk(answer, to_json_limits(limits), probe); !read.ok()) {
    return false;
  }
  if (probe.wrong) {
    return *std::move(probe.wrong);
  }
  return probe.found;
}

std::string McpLists::Item::canonical() const {
  std::string out;
  JsonWriter json(out);
  formats::copy_canonical(value, json);
  json.finish();
  return out;
}

Result<McpLists> McpLists::read(std::string_view answer, const JsonLimits& limits) {
  auto document = JsonDocument::parse(answer, to_json_limits(writable(limits)));
  if (!document.ok()) {
    return Error(ErrorKind::kUpstream, "the list is no strict JSON: " + document.error().message());
  }
  McpLists out(*std::move(document));
  const JsonValue root = out.document_.root();
  if (!root.is_array()) {
    TRY_OK(out.read_message(root));
    return out;
  }
  for (const JsonValue message : root) {
    TRY_OK(out.read_message(message));
  }
  return out;
}

Result<> McpLists::read_message(const JsonValue& message) {
  const auto result = message.find(kResult);
  if (!result || !result->is_object()) {
    return ok();
  }
  for (const JsonValue list : *result) {
    const auto kind = kind_of(list.name());
    if (!kind) {
      continue;
    }
    const ListRow& row = row_of(*kind);
    if (!list.is_array()) {
      return Error(ErrorKind::kUpstream, fmt::format("`{}`: expected an array", row.member));
    }
    for (const JsonValue item : list) {
      const auto name = item.find(row.name);
      if (!name || !name->is_string()) {
        return Error(ErrorKind::kUpstream,
                     fmt::format("an element of `{}` has no `{}`", row.member, row.name));
      }
      for (const JsonValue member : item) {
        if (is_other_case_of(member.name(), row.name)) {
          return only_in_case(row.name);
        }
      }
      if (items_.size() == kMostItems) {
        return Error(ErrorKind::kUpstream, fmt::format("a list of more than {}", kMostItems));
      }
      const std::string_view text = *name->as_string();
      items_.push_back({*kind, can_be_named(*kind, text) ? text : std::string_view(), item});
    }
  }
  return ok();
}

std::string McpLists::write(const std::vector<bool>& keep) const {
  SALLY_CHECK(keep.size() == items_.size());
  std::string out;
  JsonWriter json(out);
  size_t at = 0;
  const auto list = [&](const JsonValue& items) {
    json.begin_array();
    for (const JsonValue item : items) {
      if (keep[at++]) {
        formats::copy(item, json);
      }
    }
    json.end_array();
  };
  const auto result = [&](const JsonValue& value) {
    json.begin_object();
    for (const JsonValue member : value) {
      json.key(member.name());
      kind_of(member.name()) ? list(member) : formats::copy(member, json);
    }
    json.end_object();
  };
  const auto message = [&](const JsonValue& value) {
    if (!value.is_object()) {
      formats::copy(value, json);
      return;
    }
    json.begin_object();
    for (const JsonValue member : value) {
      json.key(member.name());
      member.name() == kResult&& member.is_object() ? result(member) : formats::copy(member, json);
    }
    json.end_object();
  };
  const JsonValue root = document_.root();
  if (root.is_array()) {
    json.begin_array();
    for (const JsonValue one : root) {
      message(one);
    }
    json.end_array();
  } else {
    message(root);
  }
  json.finish();
  return out;
}

}  // namespace sally::gateway
