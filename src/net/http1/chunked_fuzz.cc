// A chunked body is decoded the same whole and in pieces, and what was decoded, encoded again by
// our own writer, decodes to itself.
//
// Input: one octet that says how it is cut, then the body.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "net/http1/chunked.h"
#include "net/http1/writer.h"

namespace {

using namespace sally;
using namespace sally::net::http1;

struct Decoded {
  ChunkedDecoder::State end;
  size_t used;
  std::string data;

  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded decode(ByteView bytes, size_t piece) {
  ChunkedDecoder decoder;
  Decoded out{ChunkedDecoder::State::kMore, 0, {}};
  while (out.used < bytes.size()) {
    const ByteView input = bytes.subspan(out.used, std::min(piece, bytes.size() - out.used));
    const ChunkedDecoder::Step step = decoder.step(input);
    out.used += step.used;
    out.data += as_text(step.data);
    if (step.state == ChunkedDecoder::State::kEnd || step.state == ChunkedDecoder::State::kBroken) {
      out.end = step.state;
      return out;
    }
  }
  // The end is told when it is asked for, with nothing left to use.
  const ChunkedDecoder::State last = decoder.step({}).state;
  out.end = last == ChunkedDecoder::State::kData ? ChunkedDecoder::State::kMore : last;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const ByteView bytes = std::as_bytes(std::span(data + 1, size - 1));
  const Decoded whole = decode(bytes, bytes.size() + 1);
  SALLY_CHECK(decode(bytes, 1 + data[0] % 16) == whole);
  SALLY_CHECK(whole.data.size() <= bytes.size());

  net::Buffer again;
  if (!whole.data.empty()) {
    append_chunk_line(again, whole.data.size());
    again.append(as_bytes(whole.data));
    again.append(as_bytes("\r\n"));
  }
  SALLY_CHECK(append_last_chunk(again, {}).ok());
  const Decoded second = decode(again.bytes(), again.size());
  SALLY_CHECK(second.end == ChunkedDecoder::State::kEnd && second.data == whole.data &&
              second.used == again.size());
  return 0;
}
