// A line that reads as an event is written as a line that reads as the same event.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ledger/event_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto line_of = [](const sally::ledger::RecordedEvent& recorded) {
    std::string object;
    sally::ledger::append_event(object, recorded.event);
    std::string line;
    sally::ledger::append_line(line, recorded.seq, object);
    return line;
  };
  const auto read =
      sally::ledger::parse_line(std::string_view(reinterpret_cast<const char*>(data), size));
  if (read) {
    const std::string line = line_of(*read);
    const auto again = sally::ledger::parse_line(line);
    if (!again || line_of(*again) != line || line.find('\n') != line.size() - 1) {
      std::abort();
    }
  }
  return 0;
}
