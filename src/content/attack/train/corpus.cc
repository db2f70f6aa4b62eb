#include "content/attack/train/corpus.h"

#include <algorithm>
#include <array>

#include "content/names/train/corpus.h"
#include "formats/json/document.h"

namespace sally::content::attack {
namespace {

Result<Example> read_example(std::string_view line) {
  TRY(const auto document, formats::JsonDocument::parse(line));
  const formats::JsonValue root = document.root();
  Example out;
  TRY(const auto text, root.string("text"));
  TRY(const auto source, root.string("source"));
  TRY(const auto kind, root.string("kind"));
  TRY(const int64_t label, root.int64("label"));
  if (label != 0 && label != 1) {
    return Error(ErrorKind::kInvalidInput, "a label is neither 0 nor 1");
  }
  out.text = text;
  out.source = source;
  out.kind = kind;
  out.is_attack = label == 1;
  const auto lang = root.string("lang");
  out.lang = lang.ok() ? std::string(*lang) : "en";
  return out;
}

// Documents, and what tools say; attacks that came with them.
constexpr auto kDocumentKinds = std::to_array<std::string_view>(
    {"document", "technical_doc", "security_doc", "code", "sentence", "list_doc", "notebook",
     "tool_output", "tool_schema", "tool", "agent_trace", "request_json", "discussion", "skill",
     "indirect", "indirect_tool", "indirect_injection", "retrieved", "tool-description"});
constexpr auto kDocumentSources = std::to_array<std::string_view>(
    {"t0_docs_train", "synth_indirect_train", "piarena", "dtagent", "email_agent"});

}  // namespace

Voice voice_of(const Example& example) {
  const auto is_in = [](const auto& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  if (is_in(kDocumentSources, example.source)) {
    return Voice::kDocument;
  }
  if (!example.is_attack &&
      (example.kind.find("system") != std::string::npos || example.kind == "prompt_template")) {
    return Voice::kSystem;
  }
  return is_in(kDocumentKinds, example.kind) ? Voice::kDocument : Voice::kUser;
}

Result<> read_examples(std::string_view lines, std::vector<Example>& out) {
  return names::for_each_line(lines, [&out](std::string_view line) -> Result<> {
    TRY(auto example, read_example(line));
    out.push_back(std::move(example));
    return ok();
  });
}

}  // namespace sally::content::attack
