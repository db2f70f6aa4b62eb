// Any octets as a slot of a subject's key and as the head of a record of content: what is accepted
// is written back the same way.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "capture/content_store.h"
#include "capture/subject_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::capture;
  std::array<std::byte, SubjectSlot::kSize> bytes{};
  std::copy_n(reinterpret_cast<const std::byte*>(data), std::min(size, bytes.size()),
              bytes.begin());
  if (const auto slot = SubjectSlot::decode(bytes)) {
    const auto again = SubjectSlot::decode(slot->encode());
    SALLY_CHECK(again && again->tag == slot->tag && again->key == slot->key);
  }
  if (const auto place = ContentPlace::decode(bytes); place && place->head) {
    const auto again = ContentPlace::decode(place->head->encode());
    SALLY_CHECK(again && again->head && again->head->id == place->head->id &&
                again->sealed_bytes == place->sealed_bytes);
  }
  return 0;
}
