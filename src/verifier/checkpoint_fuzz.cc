// A checkpoint that is read says what its first three lines say, in their only spelling.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "verifier/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::verifier;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto checkpoint = Checkpoint::parse(text);
  if (checkpoint.ok()) {
    std::string again = checkpoint->origin + "\n" + std::to_string(checkpoint->size) + "\n" +
                        show_hash(checkpoint->root) + "\n";
    for (const std::string& line : checkpoint->extensions) {
      again += line + "\n";
    }
    if (again != text) {
      std::abort();
    }
  }
  [[maybe_unused]] const auto whole = SignedCheckpoint::parse(text);
  return 0;
}
