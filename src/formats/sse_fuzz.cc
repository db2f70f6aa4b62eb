// Any bytes as an event stream: however it is cut (the first byte says how), the events are the
// same and no byte is lost.
#include <string>
#include <string_view>

#include "base/check.h"
#include "formats/sse.h"

namespace {

struct Seen {
  std::string events;
  std::string raw;
  bool ok = true;
};

void take(Seen& seen, const sally::formats::SseEvent& event) {
  seen.raw.append(event.raw);
  if (event.dispatched) {
    seen.events.append(event.type).append("\x01").append(event.data).append("\x02");
  }
}

Seen parse(std::string_view stream, size_t piece, size_t limit) {
  sally::formats::SseParser parser(limit);
  Seen seen;
  for (size_t at = 0; at < stream.size(); at += piece) {
    const std::string part(stream.substr(at, piece));
    parser.push(part);
    for (;;) {
      const auto event = parser.next();
      if (!event.ok()) {
        seen.ok = false;
        return seen;
      }
      if (!event->has_value()) {
        break;
      }
      take(seen, **event);
    }
  }
  if (const auto last = parser.finish()) {
    take(seen, *last);
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t piece = data[0] % 32U + 1;
  const Seen whole = parse(stream, stream.size() + 1, size_t{1} << 20);
  const Seen cut = parse(stream, piece, size_t{1} << 20);
  SALLY_CHECK(whole.ok && cut.ok);
  SALLY_CHECK(whole.events == cut.events);
  SALLY_CHECK(whole.raw == stream && cut.raw == stream);
  const Seen bounded = parse(stream, piece, 64);
  SALLY_CHECK(stream.starts_with(bounded.raw));
  return 0;
}
