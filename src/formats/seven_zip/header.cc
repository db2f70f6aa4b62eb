#include "formats/seven_zip/header.h"

#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

namespace sally::formats {
namespace {

constexpr uint64_t kMostHeader = uint64_t{4} << 20;  // libarchive holds many times of it
constexpr uint64_t kMostDictionary = uint64_t{256} << 20;
constexpr uint64_t kMostCoders = 4;

// What a part of the header begins with.
enum class Id : uint8_t {
  kEnd = 0x00,
  kHeader = 0x01,
  kProperties = 0x02,
  kMainStreams = 0x04,
  kFiles = 0x05,
  kPackInfo = 0x06,
  kUnpackInfo = 0x07,
  kSubStreams = 0x08,
  kSizes = 0x09,
  kDigests = 0x0A,
  kFolder = 0x0B,
  kUnpackSizes = 0x0C,
  kStreamsOfFolders = 0x0D,
  kEncoded = 0x17,
};

// The methods whose properties say how much memory they take.
constexpr uint64_t kLzma = 0x030101;
constexpr uint64_t kLzma2 = 0x21;
constexpr uint64_t kPpmd = 0x030401;

struct Coder {
  uint64_t method = 0;
  Bytes properties;
};

// What belongs together: coders, one behind the other.
struct Folder {
  std::vector<Coder> coders;
  uint64_t outs = 0;
};

struct Packed {
  uint64_t from = 0;  // behind the first 32 octets
  uint64_t streams = 0;
  uint64_t first_size = 0;
};

Error no_header() {
  return Error(ErrorKind::kInvalidInput, "7z: its header is none that is read");
}

Error large_header() {
  return Error(ErrorKind::kTooLarge,
               fmt::format("7z: its header has more than {} MiB", kMostHeader >> 20U));
}

// A number as 7z writes it: the ones that lead the first octet count those that follow.
Result<uint64_t> number(InputReader& in) {
  TRY(const auto first, in.little<uint8_t>());
  uint64_t value = 0;
  unsigned mask = 0x80;
  for (unsigned i = 0; i < 8; ++i, mask >>= 1U) {
    if ((first & mask) == 0) {
      return value | static_cast<uint64_t>(first & (mask - 1)) << (8 * i);
    }
    TRY(const auto next, in.little<uint8_t>());
    value |= static_cast<uint64_t>(next) << (8 * i);
  }
  return value;
}

// How many of what takes at least `least` octets each.
Result<uint64_t> count_of(InputReader& in, uint64_t least) {
  TRY(const uint64_t count, number(in));
  if (count > in.remaining() / least) {
    return Error(ErrorKind::kInvalidInput, "7z: its header counts more than there is room for");
  }
  return count;
}

Result<Id> id(InputReader& in) {
  TRY(const auto found, in.little<uint8_t>());
  return static_cast<Id>(found);
}

Result<> expect(InputReader& in, Id wanted) {
  TRY(const Id found, id(in));
  return found == wanted ? ok() : Result<>(no_header());
}

// Lists stand where they belong and not in a stream of their own, which only very old writers did.
Result<> expect_here(InputReader& in) {
  TRY(const auto external, in.little<uint8_t>());
  return external == 0 ? ok() : Result<>(no_header());
}

Result<> skip_numbers(InputReader& in, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    TRY_OK(number(in));
  }
  return ok();
}

// Checksums of `count`; for which of them there is one.
Result<std::vector<bool>> digests(InputReader& in, uint64_t count) {
  std::vector<bool> defined(count, true);
  TRY(const auto all, in.little<uint8_t>());
  uint64_t there = count;
  if (all == 0) {
    there = 0;
    uint8_t bits = 0;
    for (uint64_t i = 0; i < count; ++i) {
      if (i % 8 == 0) {
        TRY(bits, in.little<uint8_t>());
      }
      defined[i] = (bits & (0x80U >> (i % 8))) != 0;
      there += defined[i] ? 1 : 0;
    }
  }
  TRY_OK(in.skip(there * sizeof(uint32_t)));
  return defined;
}

uint32_t little32(ByteView octets) {
  uint32_t value = 0;
  std::memcpy(&value, octets.data(), sizeof(value));
  return value;
}

// What a coder holds in memory to undo what was done.
uint64_t dictionary_of(const Coder& coder) {
  const ByteView properties = coder.properties;
  if ((coder.method == kLzma || coder.method == kPpmd) && properties.size() == 5) {
    return little32(properties.subspan(1));
  }
  if (coder.method == kLzma2 && properties.size() == 1) {
    const auto code = std::to_integer<unsigned>(properties[0]);
    return code > 40 ? UINT64_MAX : (uint64_t{2} | (code & 1U)) << (code / 2 + 11);
  }
  return 0;
}

Result<Coder> read_coder(InputReader& in, uint64_t& ins, uint64_t& outs) {
  constexpr uint8_t kIdSize = 0x0F;
  constexpr uint8_t kHasStreams = 0x10;
  constexpr uint8_t kHasProperties = 0x20;
  Coder coder;
  TRY(const auto flags, in.little<uint8_t>());
  TRY(const ByteView method, in.take(flags & kIdSize));
  if (method.size() > sizeof(coder.method)) {
    return no_header();
  }
  for (const std::byte octet : method) {
    coder.method = coder.method << 8U | std::to_integer<uint64_t>(octet);
  }
  uint64_t own_ins = 1;
  uint64_t own_outs = 1;
  if ((flags & kHasStreams) != 0) {
    TRY(own_ins, number(in));
    TRY(own_outs, number(in));
  }
  if (own_ins > kMostCoders || own_outs > kMostCoders) {
    return no_header();
  }
  ins += own_ins;
  outs += own_outs;
  if ((flags & kHasProperties) != 0) {
    TRY(const uint64_t length, number(in));
    TRY(const ByteView properties, in.take(length));
    coder.properties.assign(properties.begin(), properties.end());
  }
  if (dictionary_of(coder) > kMostDictionary) {
    return Error(ErrorKind::kTooLarge,
                 fmt::format("7z: a dictionary of more than {} MiB", kMostDictionary >> 20U));
  }
  return coder;
}

Result<Folder> read_folder(InputReader& in) {
  TRY(const uint64_t count, number(in));
  if (count == 0 || count > kMostCoders) {
    return no_header();
  }
  Folder folder;
  uint64_t ins = 0;
  for (uint64_t i = 0; i < count; ++i) {
    TRY(Coder coder, read_coder(in, ins, folder.outs));
    folder.coders.push_back(std::move(coder));
  }
  if (folder.outs == 0 || ins < folder.outs - 1) {
    return no_header();
  }
  const uint64_t pairs = folder.outs - 1;
  const uint64_t packed = ins - pairs;
  TRY_OK(skip_numbers(in, 2 * pairs + (packed > 1 ? packed : 0)));
  return folder;
}

// Behind kPackInfo.
Result<Packed> read_pack_info(InputReader& in) {
  Packed packed;
  TRY(packed.from, number(in));
  TRY(packed.streams, count_of(in, 1));
  TRY(Id next, id(in));
  if (next == Id::kSizes) {
    for (uint64_t i = 0; i < packed.streams; ++i) {
      TRY(const uint64_t size, number(in));
      packed.first_size = i == 0 ? size : packed.first_size;
    }
    TRY(next, id(in));
  }
  if (next == Id::kDigests) {
    TRY_OK(digests(in, packed.streams));
    TRY(next, id(in));
  }
  return next == Id::kEnd ? Result<Packed>(packed) : Result<Packed>(no_header());
}

struct Folders {
  uint64_t count = 0;
  std::vector<bool> has_digest;
  // Of an encoded header, which has one folder.
  Folder last;
  uint64_t last_size = 0;
};

// Behind kUnpackInfo.
Result<Folders> read_unpack_info(InputReader& in) {
  constexpr uint64_t kLeastFolder = 2;
  Folders folders;
  TRY_OK(expect(in, Id::kFolder));
  TRY(folders.count, count_of(in, kLeastFolder));
  TRY_OK(expect_here(in));
  uint64_t outs = 0;
  for (uint64_t i = 0; i < folders.count; ++i) {
    TRY(folders.last, read_folder(in));
    outs += folders.last.outs;
  }
  TRY_OK(expect(in, Id::kUnpackSizes));
  for (uint64_t i = 0; i < outs; ++i) {
    TRY(folders.last_size, number(in));
  }
  folders.has_digest.assign(folders.count, false);
  TRY(Id next, id(in));
  if (next == Id::kDigests) {
    TRY(folders.has_digest, digests(in, folders.count));
    TRY(next, id(in));
  }
  return next == Id::kEnd ? Result<Folders>(std::move(folders)) : Result<Folders>(no_header());
}

// Behind kSubStreams: how many files each folder makes, their lengths and checksums.
Result<> skip_substreams(InputReader& in, const Folders& folders) {
  std::vector<uint64_t> streams(folders.count, 1);
  uint64_t sizes = 0;
  TRY(Id next, id(in));
  if (next == Id::kStreamsOfFolders) {
    for (uint64_t& count : streams) {
      TRY(count, count_of(in, 1));
      sizes += count > 0 ? count - 1 : 0;
      if (sizes > in.remaining()) {
        return no_header();
      }
    }
    TRY(next, id(in));
  }
  if (next == Id::kSizes) {
    TRY_OK(skip_numbers(in, sizes));
    TRY(next, id(in));
  }
  if (next == Id::kDigests) {
    uint64_t without = 0;
    for (uint64_t i = 0; i < folders.count; ++i) {
      without += streams[i] == 1 && folders.has_digest[i] ? 0 : streams[i];
    }
    TRY_OK(digests(in, without));
    TRY(next, id(in));
  }
  return next == Id::kEnd ? ok() : Result<>(no_header());
}

// Behind kMainStreams.
Result<> skip_streams(InputReader& in) {
  TRY(Id next, id(in));
  if (next == Id::kPackInfo) {
    TRY_OK(read_pack_info(in));
    TRY(next, id(in));
  }
  Folders folders;
  if (next == Id::kUnpackInfo) {
    TRY(folders, read_unpack_info(in));
    TRY(next, id(in));
  }
  if (next == Id::kSubStreams) {
    TRY_OK(skip_substreams(in, folders));
    TRY(next, id(in));
  }
  return next == Id::kEnd ? ok() : Result<>(no_header());
}

// Behind kHeader.
Result<> check_plain(InputReader& in) {
  constexpr uint64_t kLeastFile = 2;  // the end of its name
  TRY(Id next, id(in));
  if (next == Id::kProperties) {
    TRY(next, id(in));
    while (next != Id::kEnd) {
      TRY(const uint64_t length, number(in));
      TRY_OK(in.skip(length));
      TRY(next, id(in));
    }
    TRY(next, id(in));
  }
  if (next == Id::kMainStreams) {
    TRY_OK(skip_streams(in));
    TRY(next, id(in));
  }
  if (next == Id::kEnd) {
    return ok();
  }
  if (next != Id::kFiles) {
    return no_header();
  }
  TRY_OK(count_of(in, kLeastFile));
  return ok();
}

bool is_encrypted(const Folder& folder) {
  constexpr uint64_t kAes = 0x06F10701;
  return std::ranges::any_of(folder.coders, [](const Coder& one) { return one.method == kAes; });
}

// What LZMA made of a header. Writers use no other method for it.
Result<Bytes> unpack(const Folder& folder, ByteView packed, uint64_t size) {
  const Coder& coder = folder.coders.front();
  if (folder.coders.size() != 1 || (coder.method != kLzma && coder.method != kLzma2)) {
    return no_header();
  }
  std::array<lzma_filter, 2> filters = {
      lzma_filter{coder.method == kLzma ? LZMA_FILTER_LZMA1 : LZMA_FILTER_LZMA2, nullptr},
      lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
  const auto* const properties = reinterpret_cast<const uint8_t*>(coder.properties.data());
  if (lzma_properties_decode(filters.data(), nullptr, properties, coder.properties.size()) !=
      LZMA_OK) {
    return no_header();
  }
  Bytes out(size);
  lzma_stream stream = LZMA_STREAM_INIT;
  stream.next_in = reinterpret_cast<const uint8_t*>(packed.data());
  stream.avail_in = packed.size();
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = out.size();
  lzma_ret status = lzma_raw_decoder(&stream, filters.data());
  std::free(filters[0].options);  // as lzma_properties_decode says
  while (status == LZMA_OK && stream.avail_out > 0) {
    status = lzma_code(&stream, LZMA_RUN);
  }
  const bool whole = stream.avail_out == 0;
  lzma_end(&stream);
  return whole ? Result<Bytes>(std::move(out)) : Result<Bytes>(no_header());
}

// Behind kEncoded: where the header stands, and how it was packed.
Result<> check_encoded(const Input& input, InputReader& in, uint64_t start) {
  TRY_OK(expect(in, Id::kPackInfo));
  TRY(const Packed packed, read_pack_info(in));
  TRY_OK(expect(in, Id::kUnpackInfo));
  TRY(const Folders folders, read_unpack_info(in));
  if (packed.streams != 1 || folders.count != 1) {
    return no_header();
  }
  if (folders.last_size > kMostHeader || packed.first_size > kMostHeader) {
    return large_header();
  }
  if (packed.from > input.size() - start ||
      packed.first_size > input.size() - start - packed.from) {
    return no_header();
  }
  if (is_encrypted(folders.last)) {
    return ok();  // which libarchive says, and reads nothing more
  }
  InputReader body(input, start + packed.from);
  TRY(const ByteView octets, body.take(packed.first_size));
  TRY(const auto header, unpack(folders.last, octets, folders.last_size));
  const MemoryInput unpacked{ByteView(header)};
  InputReader inner(unpacked);
  TRY_OK(expect(inner, Id::kHeader));
  return check_plain(inner);
}

}  // namespace

Result<> check_seven_zip_header(const Input& input) {
  constexpr uint64_t kStart = 32;
  constexpr uint64_t kOffset = 12;
  InputReader start(input, kOffset);
  TRY(const auto offset, start.little<uint64_t>());
  TRY(const auto size, start.little<uint64_t>());
  if (size > kMostHeader) {
    return large_header();
  }
  if (size == 0 || input.size() < kStart || offset >= input.size() - kStart) {
    return ok();  // empty, or libarchive says what is wrong
  }
  const PartOfInput header(input, kStart + offset, size);
  InputReader in(header);
  TRY(const Id kind, id(in));
  if (kind == Id::kEncoded) {
    return check_encoded(input, in, kStart);
  }
  return kind == Id::kHeader ? check_plain(in) : Result<>(no_header());
}

}  // namespace sally::formats
