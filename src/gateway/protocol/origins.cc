#include "gateway/protocol/origins.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/equal_names.h"
#include "gateway/protocol/name_marks.h"

namespace sally::gateway {
namespace {

using enum Zone;

// From whom the value of a member comes.
enum class From : uint8_t {
  kRow,      // as the row says
  kOuter,    // as what it stands in
  kDecided,  // as the member that decides says
};
struct Row {
  std::string_view key;
  Zone zone;  // of the value
  From from = From::kRow;
  Provenance provenance = Provenance::kUnknown;
};

constexpr Row said(std::string_view key, Provenance provenance) {
  return {key, kSaid, From::kRow, provenance};
}

// OpenAI (chat, completions, embeddings, responses) and Anthropic.
constexpr Row kModelRequestRows[] = {
    {"messages", kItems},
    {"input", kItems, From::kRow, Provenance::kUser},
    said("system", Provenance::kSystem),
    said("instructions", Provenance::kSystem),
    said("prompt", Provenance::kUser),
    said("suffix", Provenance::kUser),
    said("tools", Provenance::kToolDescription),
    said("functions", Provenance::kToolDescription),
    said("response_format", Provenance::kToolDescription),
    said("text", Provenance::kToolDescription),  // Responses: the schema of the answer
    said("documents", Provenance::kRetrieved),
};
constexpr Row kModelAnswerRows[] = {
    said("choices", Provenance::kAssistant),
    {"content", kContent, From::kRow, Provenance::kAssistant},
    {"output", kItems, From::kRow, Provenance::kAssistant},
    {"data", kItems},  // the input of a stored answer
    // Events.
    {"response", kModelAnswer},
    {"message", kModelAnswer},
    {"item", kItems, From::kRow, Provenance::kAssistant},
    {"part", kContent, From::kRow, Provenance::kAssistant},
    {"content_block", kContent, From::kRow, Provenance::kAssistant},
    said("delta", Provenance::kAssistant),
    said("text", Provenance::kAssistant),
    said("refusal", Provenance::kAssistant),
    said("arguments", Provenance::kAssistant),
    said("code", Provenance::kAssistant),
    said("summary", Provenance::kAssistant),
    said("annotation", Provenance::kRetrieved),
    // What an answer repeats of its request.
    said("instructions", Provenance::kSystem),
    said("tools", Provenance::kToolDescription),
};
constexpr Row kItemRows[] = {
    {"content", kContent, From::kDecided},
    // Of the model alone.
    said("tool_calls", Provenance::kAssistant),
    said("function_call", Provenance::kAssistant),
    said("arguments", Provenance::kAssistant),
    said("refusal", Provenance::kAssistant),
    said("reasoning_content", Provenance::kAssistant),
    said("reasoning", Provenance::kAssistant),
    said("summary", Provenance::kAssistant),
    said("action", Provenance::kAssistant),
    said("queries", Provenance::kAssistant),
    said("code", Provenance::kAssistant),
    {"input", kSaid, From::kRow, Provenance::kAssistant},
    // Of tools.
    {"output", kContent, From::kRow, Provenance::kTool},
    said("outputs", Provenance::kTool),
    said("error", Provenance::kTool),
    said("results", Provenance::kRetrieved),
    said("tools", Provenance::kToolDescription),
};
constexpr Row kBlockRows[] = {
    {"content", kContent, From::kDecided},       said("source", Provenance::kRetrieved),
    said("resource", Provenance::kRetrieved),    said("title", Provenance::kRetrieved),
    said("context", Provenance::kRetrieved),     said("citations", Provenance::kRetrieved),
    said("annotations", Provenance::kRetrieved), said("file", Provenance::kRetrieved),
    said("file_data", Provenance::kRetrieved),   said("filename", Provenance::kRetrieved),
};

constexpr Row kRpcRequestRows[] = {{"params", kParams, From::kDecided}};
constexpr Row kParamsRows[] = {{"arguments", kSaid, From::kOuter},
                               {"argument", kSaid, From::kOuter}};
// Whatever a server says that no row tells comes from a tool.
constexpr Row kRpcAnswerRows[] = {
    {"result", kResult, From::kRow, Provenance::kTool},
    said("params", Provenance::kTool),
    said("error", Provenance::kTool),
};
constexpr Row kResultRows[] = {
    {"content", kContent, From::kRow, Provenance::kTool},
    said("contents", Provenance::kRetrieved),
    said("messages", Provenance::kRetrieved),
    said("tools", Provenance::kToolDescription),
    said("prompts", Provenance::kToolDescription),
    said("resources", Provenance::kToolDescription),
    said("resourceTemplates", Provenance::kToolDescription),
    said("instructions", Provenance::kToolDescription),
};

struct Rows : std::span<const Row> {
  constexpr Rows() = default;
  template <size_t kSize>
  constexpr Rows(const Row (&rows)[kSize]) : span(rows) {  // NOLINT(google-explicit-constructor)
    for (const Row& row : rows) {
      marks |= mark_of(row.key);
    }
  }
  uint64_t marks = 0;
};

struct ZoneRow {
  Rows rows;
  // The member that decides, what is so where there is none, and what its value means.
  std::string_view decides{};
  Provenance (*means)(std::string_view value) = nullptr;
  // Whether what no row tells comes from whom the place itself does; else nobody knows.
  bool keeps = false;
};

Provenance of_role(std::string_view role) {
  struct Role {
    std::string_view name;
    Provenance provenance;
  };
  static constexpr Role kRoles[] = {
      {"user", Provenance::kUser},     {"assistant", Provenance::kAssistant},
      {"system", Provenance::kSystem}, {"developer", Provenance::kSystem},
      {"tool", Provenance::kTool},     {"function", Provenance::kTool},
  };
  for (const Role& one : kRoles) {
    if (equal_names(one.name, role)) {
      return one.provenance;
    }
  }
  return Provenance::kUnknown;
}

// Of the content of a block: that of a document, or what a tool answered.
Provenance of_type(std::string_view type) {
  static constexpr std::string_view kDocuments[] = {"document", "search_result",
                                                    "web_search_tool_result",
                                                    "web_fetch_tool_result", "web_fetch_result"};
  return std::ranges::find(kDocuments, type) == std::end(kDocuments) ? Provenance::kTool
                                                                     : Provenance::kRetrieved;
}

// Of arguments: the model's of a tool, else the user's.
Provenance of_method(std::string_view method) {
  return method == "tools/call" ? Provenance::kAssistant : Provenance::kUser;
}

// In the order of Zone.
constexpr std::array<ZoneRow, 11> kZones = {{
    {.rows = Rows(), .keeps = true},
    {.rows = kModelRequestRows},
    {.rows = kModelAnswerRows},
    {.rows = Rows(), .keeps = true},
    {.rows = kItemRows, .decides = "role", .means = of_role},
    {.rows = Rows(), .keeps = true},
    {.rows = kBlockRows, .decides = "type", .means = of_type, .keeps = true},
    {.rows = kRpcRequestRows, .decides = "method", .means = of_method},
    {.rows = kParamsRows},
    {.rows = kRpcAnswerRows},
    {.rows = kResultRows, .keeps = true},
}};
static_assert(kZones.size() == static_cast<size_t>(kResult) + 1);

const ZoneRow& row_of(Zone zone) {
  return kZones[static_cast<size_t>(zone)];
}

Zone object_in(Zone zone) {
  return zone == kItems ? kItem : zone == kContent ? kBlock : zone;
}

}  // namespace

Provenance Origins::decide(Level& level, size_t offset) {
  if (!level.decided) {
    level.decided = true;
    const ZoneRow& zone = row_of(level.zone);
    const auto found = find_ahead(body_, offset, zone.decides);
    level.said = found                 ? zone.means(*found)
                 : level.zone == kItem ? level.from
                                       : zone.means(std::string_view());
  }
  return level.said;
}

Origins::Value Origins::value_of(std::string_view key, size_t offset) {
  if (levels_.empty()) {
    return {root_, Provenance::kUnknown};
  }
  Level& level = levels_.back();
  if (!level.object || level.zone == kSaid) {
    return {level.zone, level.from};
  }
  const ZoneRow& zone = row_of(level.zone);
  // What is not trusted stays so, and stays what it is.
  const bool is_other = level.zone == kBlock && is_untrusted(level.from);
  const bool named = (zone.rows.marks & mark_of(key)) != 0;
  for (const Row& row : named ? std::span<const Row>(zone.rows) : std::span<const Row>()) {
    if (equal_names(row.key, key)) {
      switch (row.from) {
        case From::kRow:
          return {row.zone, row.provenance};
        case From::kOuter:
          return {row.zone, level.from};
        case From::kDecided:
          return {row.zone, is_other ? level.from : decide(level, offset)};
      }
    }
  }
  return {kSaid, zone.keeps ? level.from : Provenance::kUnknown};
}

void Origins::open(bool is_object, std::string_view key, size_t offset) {
  const Value value = value_of(key, offset);
  const Zone zone = is_object ? object_in(value.zone) : value.zone;
  // An item is from whom its role says, and from whom its list is only where an answer lists it.
  const bool asked = zone == kItem && value.from == Provenance::kUser;
  levels_.push_back(
      {zone, is_object, false, asked ? Provenance::kUnknown : value.from, Provenance::kUnknown});
}

Provenance Origins::of(std::string_view key, std::string_view text, size_t offset) {
  if (!levels_.empty()) {
    Level& level = levels_.back();
    const ZoneRow& zone = row_of(level.zone);
    if (level.object && zone.means != nullptr && !level.decided && equal_names(zone.decides, key)) {
      level.decided = true;
      level.said = zone.means(text);
      return level.from;
    }
  }
  return value_of(key, offset).from;
}

std::optional<std::string_view> find_ahead(std::string_view body, size_t offset,
                                           std::string_view name) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  const auto skip = [&](size_t at) {
    while (at < body.size() && is_space(body[at])) {
      ++at;
    }
    return at;
  };
  // Of the string that begins at `at`: the offset of its closing quote.
  const auto end_of_string = [&](size_t at) {
    for (size_t from = at + 1;;) {
      const size_t quote = body.find('"', from);
      if (quote == std::string_view::npos) {
        return body.size();
      }
      size_t before = quote;
      while (before > from && body[before - 1] == '\\') {
        --before;
      }
      if ((quote - before) % 2 == 0) {
        return quote;
      }
      from = quote + 1;
    }
  };
  size_t depth = 0;
  for (size_t at = offset; at < body.size(); ++at) {
    const char c = body[at];
    if (c == '"') {
      const size_t begin = at + 1;
      at = end_of_string(at);
      if (depth > 0 || at == body.size()) {
        continue;
      }
      const size_t colon = skip(at + 1);
      if (colon == body.size() || body[colon] != ':' || body.substr(begin, at - begin) != name) {
        continue;
      }
      const size_t value = skip(colon + 1);
      if (value == body.size() || body[value] != '"') {
        return std::string_view();
      }
      const size_t end = end_of_string(value);
      return body.substr(value + 1, end - value - 1);
    }
    if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) {
        return std::nullopt;
      }
      --depth;
    }
  }
  return std::nullopt;
}

}  // namespace sally::gateway
