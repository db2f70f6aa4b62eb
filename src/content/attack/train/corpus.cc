#include "content/attack/train/corpus.h"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace

Result<> read_examples(std::string_view lines, std::vector<Example>& out) {
  for (size_t number = 1; !lines.empty(); ++number) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    if (end > 0) {
      auto example = read_example(lines.substr(0, end));
      if (!example.ok()) {
        return example.error().in(fmt::format("line {}", number));
      }
      out.push_back(std::move(*example));
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return ok();
}

}  // namespace sally::content::attack
