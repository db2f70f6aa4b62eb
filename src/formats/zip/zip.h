// Zip, as every reader that exists might read it. APPNOTE 6.3.10.
//
// Loaders disagree: Python's zipfile goes by the last end record and moves offsets by what stands
// before the archive; miniz (PyTorch) takes offsets as they are, and ignores checksums, flags and
// local names; readers of streams know local headers only. So all of it is read: each directory
// that an end record can mean, the local header of each of its members, and local headers that
// stand where no directory says so. What does not agree is a remark.
//
// Octets of members are not read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/input.h"

namespace sally::formats {

struct ZipLimits {
  uint32_t members = 200'000;
  uint64_t names = uint64_t{16} << 20;      // octets of all names
  uint64_t searched = uint64_t{256} << 20;  // octets outside of members that are searched
};

// One reading of a member. Where two of them differ, there are two.
struct ZipMember {
  std::string name;       // as it stands there
  uint64_t header = 0;    // where its local header begins
  uint64_t data = 0;      // where its octets begin
  uint64_t packed = 0;    // octets of it, all of them in the input
  uint64_t unpacked = 0;  // octets that come out, by what it says
  uint64_t reach = 0;     // octets up to whatever comes next; at least `packed`
  uint32_t crc = 0;
  uint32_t mode = 0;      // Unix file mode; 0: not known
  uint16_t method = 0;    // kZipStored, ...
  uint16_t flags = 0;     // of the directory and of the local header, either
  bool listed = false;    // in a directory
  bool has_sizes = true;  // false: they follow its octets
};

inline constexpr uint16_t kZipStored = 0;
inline constexpr uint16_t kZipDeflated = 8;
inline constexpr uint16_t kZipBzip2 = 12;
inline constexpr uint16_t kZipLzma = 14;
inline constexpr uint16_t kZipZstd = 93;
inline constexpr uint16_t kZipXz = 95;

inline constexpr uint16_t kZipEncrypted = 0x0001;
inline constexpr uint16_t kZipSizesFollow = 0x0008;
inline constexpr uint16_t kZipPatched = 0x0020;
inline constexpr uint16_t kZipStrong = 0x0040;
inline constexpr uint16_t kZipMasked = 0x2000;

enum class ZipOddity : uint8_t {
  kNamesDiffer,      // in the directory and in the local header
  kMethodsDiffer,    //
  kSizesDiffer,      //
  kChecksumsDiffer,  //
  kFlagsDiffer,      //
  kNoMember,         // the directory names a place where no member begins
  kPastEnd,          // a member reaches past the end of the input
  kHidden,           // a member that no directory names
  kOverlap,          // two members share octets
  kTwoDirectories,   // readers differ in which directory they take
  kCountDiffers,     // the end record counts other members than there are
  kNoDirectory,      // readers of streams read it, others do not
  kNulInName,        // readers end the name there, or do not
  kExtra,            // octets that belong to nothing
  kUnsearched,       // more of them than are searched
};

struct ZipRemark {
  ZipOddity what;
  uint64_t offset;
  std::string text;  // which member, how many
};

struct ZipStretch {
  uint64_t offset;
  uint64_t length;
};

struct ZipContents {
  std::vector<ZipMember> members;   // by where they begin
  std::vector<ZipRemark> remarks;   // bounded
  std::vector<ZipStretch> outside;  // octets of no member: comments, what stands between; bounded
  std::optional<Error> unread;      // why not all of it was read
};

// Whether some reader takes `input` for a zip; `head` is its beginning.
bool may_be_zip(const Input& input, ByteView head);

ZipContents read_zip(const Input& input, const ZipLimits& limits);

}  // namespace sally::formats
