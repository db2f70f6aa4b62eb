// A path that names a tile is its only spelling; a bundle's entries lie in it, one behind the
// other.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "verifier/tile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::verifier;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto name = parse_tile_path(text);
  if (name && tile_path(name->level, name->index, name->width) != text) {
    std::abort();
  }
  const Bundle bundle = Bundle::cut(sally::as_bytes(text), kTileWidth);
  size_t at = 0;
  for (unsigned i = 0; i < bundle.size(); ++i) {
    if (bundle.begin(i) != at + 2 || bundle.end(i) < bundle.begin(i) || bundle.end(i) > size) {
      std::abort();
    }
    at = bundle.end(i);
  }
  return 0;
}
