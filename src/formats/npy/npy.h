// The header of a .npy file: what its octets are. Parsed as the literal that it has to be; never
// evaluated. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <string>

#include "formats/input.h"

namespace sally::formats {

struct NpyHeader {
  uint64_t data = 0;     // where its octets begin, from the beginning of the input
  std::string type;      // `descr` as it stands there, cut
  bool objects = false;  // they are a pickle; also where the type is none that is known
  uint64_t octets = 0;   // that the array has, where it has no objects
};

// Whether `head` begins as one.
bool begins_npy(ByteView head);

// The header that begins at `from`. kInvalidInput where it is none; kTooLarge above 1 MiB.
Result<NpyHeader> read_npy_header(const Input& input, uint64_t from = 0);

}  // namespace sally::formats
