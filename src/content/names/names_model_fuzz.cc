// Any model file is refused or works: what it finds lies in the text, in order, apart.
//
// Input: a model file behind its checksum, which is made right here.
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "content/model_file.h"
#include "content/names/name_tagger.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::content;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  std::string file("SALLYNER\1\0\0\0", 12);
  const uint32_t sum = model_file::checksum_of(body);
  file.append(reinterpret_cast<const char*>(&sum), sizeof(sum));
  file += body;
  auto model = names::Model::parse(file);
  if (!model.ok()) {
    return 0;
  }
  SALLY_CHECK(names::Model::parse(model->serialise()).ok());
  const NameTagger tagger(std::move(*model));
  constexpr std::string_view kText =
      "Dr. Ada Quill (ada.quill@example.org) of Nordwind GmbH\n12 Old Mill Road, Oslo 0150";
  std::vector<Entity> found;
  tagger.find(kText, found);
  size_t last = 0;
  for (const Entity& entity : found) {
    SALLY_CHECK(entity.begin >= last && entity.begin < entity.end && entity.end <= kText.size());
    SALLY_CHECK(entity.score >= 0 && entity.score <= 1);
    last = entity.end;
  }
  return 0;
}
