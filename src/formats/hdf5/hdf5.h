// HDF5: the attributes of a file's root group whose values are text. Superblocks 0 to 3, both
// kinds of object headers, fixed and variable strings; datasets are not read.
// https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "formats/input.h"

namespace sally::formats {

struct Hdf5Attribute {
  std::string name;
  std::string text;     // empty where its value is no text
  uint64_t offset = 0;  // of the text
};

struct Hdf5 {
  std::vector<Hdf5Attribute> attributes;
  // Whether attributes may stand where this did not look: in a fractal heap, under a shared type.
  bool more = false;
  // Why it was not read to its end.
  std::optional<Error> fault;
};

// Where the superblock begins; nullopt: it is no HDF5. Looks at the few places that a superblock
// may stand.
std::optional<uint64_t> hdf5_begin(const Input& input);
Hdf5 read_hdf5(const Input& input);

}  // namespace sally::formats
