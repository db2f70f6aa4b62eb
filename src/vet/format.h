// The formats that are read: one row each. A file is read as every one of them that a loader could
// take it for.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "formats/input.h"
#include "vet/examination.h"

namespace sally::vet {

// What is looked at to tell what an input may be.
struct Look {
  std::string_view name;  // of the file, without folders, as it was written
  ByteView head;          // the first kHead octets, or all there are
  const formats::Input& input;

  static constexpr size_t kHead = 4096;
};

struct Format {
  std::string_view name;  // `safetensors`; empty: what is looked for in any text
  // Whether a loader could take it for this. By what it holds; by its name only where loaders do so
  // (`requirements.txt`).
  bool (*may_be)(const Look& look);
  // Reports to the examination. An error is one more finding: what was not read.
  Result<> (*examine)(const formats::Input& input, Examination& examination);
};

std::span<const Format> formats_read();

}  // namespace sally::vet
