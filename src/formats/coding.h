// Content codings: gzip, deflate and br decoded as they arrive, with a bound on what may come out.
// RFC 9110, 8.4; RFC 1950, 1951, 1952, 7932.
//
//   TRY(auto decoder, Decoder::open("gzip", {.ratio = 100, .bytes = 1 << 20}));
//   TRY_OK(decoder.decode(piece, out));   // for each piece
//   TRY_OK(decoder.finish());             // at the end of the body
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sally::formats {

struct DecodeLimits {
  size_t ratio = 100;               // bytes out per byte in, beyond the first kFreeBytes
  size_t bytes = 64 * 1024 * 1024;  // bytes out altogether
};

class Decoder {
 public:
  // Any coding may expand its first bytes this far: small bodies compress well.
  static constexpr size_t kFreeBytes = 64 * 1024;

  // `coding` is the value of Content-Encoding: empty or `identity`, `gzip`, `x-gzip`, `deflate`,
  // `br`, or a list of at most two in the order they were applied. kUpstream for any other.
  static Result<Decoder> open(std::string_view coding, const DecodeLimits& limits);
  Decoder(Decoder&& other) noexcept;
  Decoder& operator=(Decoder&& other) noexcept;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder();

  // Whether bytes come out as they go in.
  [[nodiscard]] bool identity() const { return stages_.empty(); }
  // Appends what `piece` decodes to. kUpstream when it is malformed, when something follows the
  // end, or when more comes out than may.
  Result<> decode(ByteView piece, std::string& out);
  // kUpstream when the body ended before its coding did.
  Result<> finish();

 private:
  class Stage;
  class Zlib;
  class Brotli;
  explicit Decoder(const DecodeLimits& limits);
  // Adds to `total`, which the limits bound.
  Result<> count(size_t& total, size_t bytes) const;
  DecodeLimits limits_;
  std::vector<std::unique_ptr<Stage>> stages_;  // in the order of decoding
  size_t in_ = 0;
  size_t between_ = 0;  // from the first of two stages to the second
  size_t out_ = 0;
};

}  // namespace sally::formats
