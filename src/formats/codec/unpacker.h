// Unpacker: what a compressor made of an input, undone piece by piece.
//
//   TRY(auto unpacker, Unpacker::open(Codec::kGzip, input));
//   TRY(const size_t count, unpacker->read(buffer));   // 0: the end
//
// Holds the window of the format and two buffers, whatever the input says. Parts that stand one
// after another are one stream, as the loaders of each format read them.
// RFC 1950, 1951, 1952 (zlib, deflate, gzip), RFC 8878 (zstd), the .xz and .lzma file formats, the
// LZ4 frame format, APPNOTE 5.8.8 (LZMA in a zip).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "formats/codec/source.h"
#include "formats/input.h"

namespace sally::formats {

enum class Codec : uint8_t {
  kGzip,
  kZlib,
  kDeflate,  // raw: what stands in a zip
  kBzip2,
  kXz,
  kLzma,     // `.lzma`, xz's older format
  kZipLzma,  // LZMA as it stands in a zip
  kLz4,
  kZstd,
};
std::string_view name_of(Codec codec);

// What `head`, the first octets of an input, says it was made with. Total for the formats with a
// signature; zlib and .lzma have none worth the name, and unpack() may find that it is not.
std::optional<Codec> codec_of(ByteView head);

class Unpacker : public Source {
 public:
  // What any format may ask for as its window.
  static constexpr uint64_t kMostWindow = uint64_t{128} << 20;

  // `input` outlives it. kInternal where the library cannot start.
  static Result<std::unique_ptr<Unpacker>> open(Codec codec, const Input& input);
  ~Unpacker() override;

  // kInvalidInput where the input is damaged or ends in the middle; kTooLarge where it asks for
  // more than kMostWindow.
  Result<size_t> read(MutableBytes to) override;
  // Octets of the input that were used; at the end: what follows was not.
  [[nodiscard]] uint64_t taken() const { return taken_; }

 private:
  class Stage;
  class Inflate;
  class Bunzip2;
  class Unlzma;
  class Unlz4;
  class Unzstd;
  Unpacker(Codec codec, const Input& input);
  static std::unique_ptr<Stage> stage_of(Codec codec);
  Result<> refill();
  // After the end of one part: whether another follows, which is made ready.
  Result<bool> another_part();

  const Input& input_;
  Codec codec_;
  std::unique_ptr<Stage> stage_;
  Bytes window_;
  size_t filled_ = 0;
  size_t next_ = 0;
  uint64_t taken_ = 0;
  bool ended_ = false;
  std::optional<Error> damage_;
};

}  // namespace sally::formats
