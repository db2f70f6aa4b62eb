// Jinja templates, read as Jinja 3 reads them (https://jinja.palletsprojects.com/templates/): the
// texts, tags and expressions of one template, with nothing run.
//
//   const JinjaTemplate read = JinjaTemplate::parse(text);
//   for (const JinjaTag& tag : read.tags()) { ... read.node(tag.expressions[0]) ... }
//
// What cannot be read is a tag `broken`, and reading goes on behind it: Jinja would refuse the
// whole template, but nobody should have to rely on that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sally::formats {

enum class JinjaKind : uint8_t {
  kName,       // `text`
  kText,       // `text` is what the literals say, escapes undone; NUL for a character not known
  kNumber,     // `text` as it was written
  kList,       // and tuples
  kDict,       // key, value, key, value
  kUnary,      // `text` is the operator
  kBinary,     // the same, comparisons too
  kCondition,  // value, condition, other value (or two)
  kAttribute,  // of the first: `text`
  kSubscript,  // of the first, by the second
  kSlice,      // begin, end, step: each may be kNothing
  kNothing,
  kCall,     // of the first, with the others
  kKeyword,  // `text`=value; `*` and `**` for unpacked ones
  kFilter,   // `text` of the first (kNothing in a filter tag), with the others
  kTest,     // the same
};

struct JinjaNode {
  JinjaKind kind;
  uint32_t depth = 1;  // of what is below, at most JinjaTemplate::kMostDepth
  uint64_t offset = 0;
  std::string text = {};
  std::vector<uint32_t> parts = {};  // see JinjaTemplate::node
};

struct JinjaTag {
  // `data` (text between tags), `output` ({{ }}), `broken`, or the tag's own word: `for`, `endfor`.
  std::string word;
  uint64_t offset = 0;
  std::string text = {};                  // of data; why it is broken; the name of a macro or block
  std::vector<std::string> targets = {};  // names bound: of for, set, macro, with, import
  std::vector<uint32_t> expressions = {};  // of set and with: one for each target, or one
};

class JinjaTemplate {
 public:
  static constexpr uint32_t kMostDepth = 200;
  static constexpr size_t kMostNodes = 500'000;

  // Never fails: what is wrong is in the tags. Above kMostNodes, or behind too many broken tags,
  // the rest is one broken tag.
  static JinjaTemplate parse(std::string_view text);

  [[nodiscard]] const std::vector<JinjaTag>& tags() const { return tags_; }
  [[nodiscard]] const JinjaNode& node(uint32_t index) const { return nodes_[index]; }
  // What of it Jinja would refuse, the first; nullptr: nothing.
  [[nodiscard]] const JinjaTag* broken() const;

 private:
  friend class JinjaParser;
  std::vector<JinjaTag> tags_;
  std::vector<JinjaNode> nodes_;
};

// Whether `text` has a tag of Jinja in it at all. Cheap.
bool has_jinja(std::string_view text);

}  // namespace sally::formats
