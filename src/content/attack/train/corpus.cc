#include "content/attack/train/corpus.h"

#include <algorithm>

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

}  // namespace

Result<> read_examples(std::string_view lines, std::vector<Example>& out) {
  return names::for_each_line(lines, [&out](std::string_view line) -> Result<> {
    TRY(auto example, read_example(line));
    out.push_back(std::move(example));
    return ok();
  });
}

}  // namespace sally::content::attack
