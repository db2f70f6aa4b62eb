// How an array lies in a joblib file, behind the pickle of its wrapper.
//
// Source: joblib 1.2, numpy_pickle.py; numpy 1.24, dtype.__reduce__.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/pickle/heap.h"

namespace sally::formats {

// A numpy type as its pickle tells it: `<f4`.
struct NumpyType {
  char kind = 'V';       // as numpy has it: `f`, `i`, `u`, `b`, `c`, `S`, `U`, `O`, `M`, `m`, `V`
  char order = '|';      // `<`, `>`, `=` or `|`
  uint64_t octets = 0;   // of one item
  bool objects = false;  // items are Python objects
};

struct JoblibLayout {
  NumpyType type;
  std::vector<int64_t> shape;
  bool fortran = false;
  bool aligned = false;  // an octet with the length of a padding comes first
  bool objects = false;  // a pickle stands there instead of octets
  uint64_t octets = 0;   // of all items; UINT64_MAX where that overflows
};

// What numpy.dtype(...) with its state is; nullopt where the pickle does not tell.
std::optional<NumpyType> numpy_type(const PickleHeap& heap, PickleValue dtype);
// The lengths of a tuple of lengths.
std::optional<std::vector<int64_t>> numpy_shape(const PickleHeap& heap, PickleValue shape);
// The product of `shape` and `octets`; UINT64_MAX where that overflows.
uint64_t numpy_octets(const std::vector<int64_t>& shape, uint64_t octets);
// Of a NumpyArrayWrapper with its state; nullopt where the pickle does not tell.
std::optional<JoblibLayout> joblib_layout(const PickleHeap& heap, PickleValue wrapper);

}  // namespace sally::formats
