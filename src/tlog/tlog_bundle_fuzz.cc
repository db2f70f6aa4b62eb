// An entry bundle as it was found on a disk.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "tlog/tile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::tlog;
  const std::string_view bundle(reinterpret_cast<const char*>(data), size);
  BundleReader reader(bundle);
  std::string again;
  while (const auto entry = reader.next()) {
    append_to_bundle(again, *entry);
  }
  SALLY_CHECK(bundle.starts_with(again));
  SALLY_CHECK(reader.complete() == (again.size() == bundle.size()));
  return 0;
}
