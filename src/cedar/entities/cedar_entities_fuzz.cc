// Any bytes as entities: whatever is accepted is closed, and in no circle.
#include <string_view>

#include "base/check.h"
#include "cedar/entities/json_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entities = read_entities(text);
  if (entities.ok()) {
    for (size_t i = 0; i < entities->all().size(); ++i) {
      const Entity& entity = entities->all()[i];
      SALLY_CHECK(entities->find(entity.uid) == &entity);
      for (const EntityUid& parent : entity.parents) {
        SALLY_CHECK(entities->is_in(entity.uid, parent) && parent != entity.uid);
      }
      for (const uint32_t ancestor : entities->ancestors(i)) {
        SALLY_CHECK(entities->names()[ancestor] != entity.uid);
      }
      (void)entity.attributes.to_string();
    }
  }
  (void)read_context(text);
  return 0;
}
