// In any text, what is found lies in it, in order, apart, on the borders of characters.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "content/names/name_tagger.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::content;
  static const NameTagger tagger = std::move(*NameTagger::create());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Entity> found;
  tagger.find(text, found);
  size_t last = 0;
  for (const Entity& entity : found) {
    SALLY_CHECK(entity.begin >= last && entity.begin < entity.end && entity.end <= text.size());
    SALLY_CHECK(entity.score >= 0 && entity.score <= 1);
    last = entity.end;
  }
  return 0;
}
