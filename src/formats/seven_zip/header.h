// What the header of a 7z archive would cost whoever reads it.
#pragma once

#include "base/result.h"
#include "formats/input.h"

namespace sally::formats {

// Whether libarchive may have the archive: its memory grows with the numbers that the header
// states, before it has seen what they count. Walks the header, unpacked where it is compressed, as
// far as it states any. kTooLarge for a header or a dictionary beyond what is read, kInvalidInput
// for a number of more than there is room for and for what no writer makes. 7zFormat.txt of the
// LZMA SDK.
Result<> check_seven_zip_header(const Input& input);

}  // namespace sally::formats
