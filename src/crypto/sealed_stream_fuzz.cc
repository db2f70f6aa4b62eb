// Any octets as a sealed stream: nothing opens but what was sealed.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "crypto/sealed_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::crypto;
  const Secret key(std::string(kAeadKeySize, 'k'));
  SeededRandom random(1);
  std::string sealed;
  auto writer = SealedStreamWriter::begin(key, random, [&](ByteView bytes) {
    sealed += as_text(bytes);
    return ok();
  });
  SALLY_CHECK(writer.ok() && writer->write(as_bytes("text")).ok() && writer->finish().ok());
  // The input stands in place of the stream, or behind its header.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const std::string& stream :
       {std::string(input), sealed.substr(0, kSealedStreamHeader) + std::string(input)}) {
    ByteView rest = as_bytes(stream);
    auto reader = SealedStreamReader::open(key, [&rest](MutableBytes into) -> Result<size_t> {
      const size_t part = std::min(into.size(), rest.size());
      std::copy_n(rest.begin(), part, into.begin());
      rest = rest.subspan(part);
      return part;
    });
    std::array<std::byte, 64> buffer;
    const auto got = reader ? reader->read(buffer) : Result<size_t>(reader.error());
    if (got.ok()) {
      SALLY_CHECK(stream == sealed);
    } else {
      SALLY_CHECK(got.error().kind() == ErrorKind::kCorrupt);
    }
  }
  return 0;
}
