// ChunkedDecoder: the chunked transfer coding, strict and bounded. RFC 9112, 7.1.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace sally::net::http1 {

// Takes bytes as they come, however they are cut. Extensions and trailer fields are checked against
// the grammar, counted against a bound, and dropped.
class ChunkedDecoder {
 public:
  static constexpr size_t kMostExtensionBytes = size_t{16} * 1024;  // over a whole body
  static constexpr size_t kMostLineBytes = 1024;                    // of one chunk's line
  static constexpr size_t kMostTrailerBytes = size_t{8} * 1024;

  enum class State : uint8_t { kMore, kData, kEnd, kBroken };
  struct Step {
    State state;
    size_t used;    // bytes of the input that are done with, data included
    ByteView data;  // with kData: a piece of the body, within the input
  };
  // Uses the input up to the end of the first piece of data, or as far as it goes (kMore: all of
  // it).
  Step step(ByteView input);
  // What is wrong, with kBroken.
  [[nodiscard]] const char* problem() const { return problem_; }

 private:
  enum class At : uint8_t {
    kSizeFirst,
    kSize,
    kExtensionStart,  // after the size: white space that must lead to `;`
    kExtensionName,
    kExtensionNameEnd,
    kExtensionValue,
    kExtensionToken,
    kExtensionQuoted,
    kExtensionEscape,
    kExtensionEnd,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerFirst,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kLastLf,
    kEnd,
    kBroken,
  };
  size_t take_plain_line(std::string_view input);
  // The state after `c`; kBroken with problem_ set.
  At advance(char c);
  At after_extension_part(char c);
  At broken(const char* problem);

  At at_ = At::kSizeFirst;
  bool last_ = false;      // the chunk at hand is the last one
  uint64_t left_ = 0;      // of the chunk's data
  size_t line_ = 0;        // bytes of the chunk's line so far
  size_t extensions_ = 0;  // bytes of extensions so far
  size_t trailers_ = 0;
  const char* problem_ = nullptr;
};

}  // namespace sally::net::http1
