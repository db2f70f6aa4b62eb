// A file or member that a compressor made: gzip, bzip2, xz, lzma, lz4, zstd and zlib, which is what
// joblib and many savers write. What comes out is examined.
#pragma once

#include "vet/format.h"

namespace sally::vet::container {

bool may_be_compressed(const Look& look);
Result<> examine_compressed(const formats::Input& input, Examination& examination);

// joblib before 0.10: `ZF`, a length in hexadecimal, a zlib stream.
bool may_be_zfile(const Look& look);
Result<> examine_zfile(const formats::Input& input, Examination& examination);

}  // namespace sally::vet::container
