// Any bytes as YAML: what plain YAML accepts is one document in any dialect, with the same tree.
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "formats/yaml/yaml.h"

namespace {

using sally::formats::YamlNode;

bool same(const YamlNode& a, const YamlNode& b) {
  if (a.kind != b.kind || a.text != b.text || a.place != b.place ||
      a.items.size() != b.items.size() || a.members.size() != b.members.size()) {
    return false;
  }
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) {
      return false;
    }
  }
  for (size_t i = 0; i < a.members.size(); ++i) {
    if (a.members[i].key != b.members[i].key || !same(a.members[i].value, b.members[i].value)) {
      return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::formats;
  const std::string_view text = sally::as_text(std::as_bytes(std::span(data, size)));
  const YamlLimits limits = {.bytes = 1 << 16, .depth = 24, .nodes = 5'000};
  const YamlDocuments any = parse_yaml_documents(text, limits);
  const YamlParsed plain = parse_yaml(text, limits);
  if (!plain.problem) {
    SALLY_CHECK(!any.problem);
    SALLY_CHECK(any.roots.size() <= 1);
    SALLY_CHECK(same(plain.root, any.roots.empty() ? YamlNode() : any.roots.front()));
  }
  return 0;
}
