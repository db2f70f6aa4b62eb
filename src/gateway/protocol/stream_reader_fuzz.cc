// Any bytes as an event stream from an upstream, for each kind of reader: lanes are dense, places
// and texts are readable memory, counts fit.
#include "base/check.h"
#include "formats/sse.h"
#include "gateway/protocol/protocol.h"

namespace {

using namespace sally;
using namespace sally::gateway;

void read(const Operation& operation, std::string_view stream) {
  const auto reader = open_stream(operation, {}, {});
  formats::SseParser parser(size_t{1} << 20);
  parser.push(stream);
  std::vector<Delta> deltas;
  size_t lanes = 0;
  size_t bytes = 0;
  size_t sum = 0;
  for (;;) {
    const auto event = parser.next();
    if (!event.ok() || !event->has_value()) {
      break;
    }
    deltas.clear();
    if (!reader->feed((*event)->type, (*event)->data, deltas).ok()) {
      break;
    }
    for (const Delta& delta : deltas) {
      SALLY_CHECK(delta.text.empty() == (delta.closes || delta.rests));
      for (const char c : delta.place) {
        sum += static_cast<unsigned char>(c);
      }
      for (const char c : delta.text) {
        sum += static_cast<unsigned char>(c);
      }
      if (delta.whole) {
        SALLY_CHECK(delta.lane == Delta::kNoLane);
        continue;
      }
      SALLY_CHECK(delta.lane <= lanes);
      lanes = std::max<size_t>(lanes, delta.lane + size_t{1});
      bytes += delta.text.size();
    }
    SALLY_CHECK(reader->text_bytes() == bytes);
  }
  SALLY_CHECK(sum < size_t{1} << 40);
  SALLY_CHECK(reader->usage().input.value_or(0) >= 0 && reader->usage().output.value_or(0) >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  for (const Protocol protocol :
       {Protocol::kOpenAi, Protocol::kAnthropic, Protocol::kMcp, Protocol::kHttp}) {
    for (const Operation& operation : operations_of(protocol)) {
      if (operation.may_stream && operation.method == net::Method::kPost) {
        read(operation, stream);
      }
    }
  }
  return 0;
}
