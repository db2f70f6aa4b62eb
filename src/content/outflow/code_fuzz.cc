// Dangers lie inside the text, in order, each rule once for a line.
#include <cstdint>

#include "base/check.h"
#include "content/outflow/code_danger.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::content;
  static const CodeDanger finder = std::move(*CodeDanger::create());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<FoundDanger> found;
  finder.find(text, found);
  for (size_t i = 0; i < found.size(); ++i) {
    SALLY_CHECK(found[i].begin < found[i].end && found[i].end <= size);
    SALLY_CHECK(i == 0 || found[i - 1].begin < found[i].begin ||
                (found[i - 1].begin == found[i].begin && !(found[i - 1] == found[i])));
  }
  return 0;
}
