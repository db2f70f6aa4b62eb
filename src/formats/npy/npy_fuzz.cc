// The header of a .npy file: what is accepted lies within the input.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "formats/npy/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const sally::formats::MemoryInput input(std::as_bytes(std::span(data, size)));
  const auto header = sally::formats::read_npy_header(input);
  if (header.ok() && header->data > size) {
    std::abort();
  }
  return 0;
}
