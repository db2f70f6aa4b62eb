#include "cedar/cases/context_edit.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "cedar/cases/json_extent.h"
#include "cedar/entities/value_reader.h"
#include "formats/json/writer.h"

namespace sally::cedar {
namespace {

std::string shown(const std::vector<std::string>& path, size_t length) {
  std::string out = "context";
  for (size_t i = 0; i < length; ++i) {
    out += "." + path[i];
  }
  return printable(out);
}

}  // namespace

ContextEditor::Node ContextEditor::read(std::string_view json) {
  Node out;
  const size_t begin = json.find_first_not_of(" \t\r\n");
  out.text = begin == std::string_view::npos ? "" : json.substr(begin);
  SALLY_CHECK(!out.text.empty());
  return out;
}

// An object of text becomes one of members.
void ContextEditor::open(Node& node) {
  const std::string text = std::exchange(node.text, {});
  const auto document = formats::JsonDocument::parse(text, cedar_json_limits());
  SALLY_CHECK(document.ok());
  for (const formats::JsonValue member : document->root()) {
    const size_t begin = member.offset();
    node.members[std::string(member.name())].text =
        text.substr(begin, json_end(text, begin) - begin);
  }
}

Result<> ContextEditor::apply(const ContextEdit& edit) {
  if (edit.path.empty()) {
    root_ = read(*edit.json);
    return ok();
  }
  Node* at = &root_;
  for (size_t i = 0; i < edit.path.size(); ++i) {
    if (!at->text.empty() && at->text.front() != '{') {
      return Error(ErrorKind::kInvalidInput, fmt::format("`{}` is no object", shown(edit.path, i)));
    }
    if (!at->text.empty()) {
      open(*at);
    }
    const bool last = i + 1 == edit.path.size();
    const auto member = at->members.find(edit.path[i]);
    if (!edit.json.has_value() && member == at->members.end()) {
      return Error(ErrorKind::kInvalidInput,
                   fmt::format("there is no `{}` to take away", shown(edit.path, i + 1)));
    }
    if (!edit.json.has_value() && last) {
      at->members.erase(member);
      return ok();
    }
    at = &at->members[edit.path[i]];
  }
  *at = read(*edit.json);
  return ok();
}

// Recursion ends: only edits open nodes, and their paths are short.
void ContextEditor::write(const Node& node, std::string& out) {
  if (!node.text.empty()) {
    out += node.text;
    return;
  }
  out += '{';
  bool first = true;
  for (const auto& [name, member] : node.members) {
    out += first ? "" : ",";
    first = false;
    formats::append_json_string(out, name);
    out += ':';
    write(member, out);
  }
  out += '}';
}

std::string ContextEditor::to_json() const {
  std::string out;
  write(root_, out);
  return out;
}

}  // namespace sally::cedar
