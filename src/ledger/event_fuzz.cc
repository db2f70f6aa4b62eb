// What reads as an event is written as an entry that reads as the same event.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ledger/event_json.h"

namespace {

using namespace sally::ledger;

// What is written of an event; empty for a class that is only read.
std::string written(const AnyEvent& event) {
  std::string out;
  if (const auto* access = std::get_if<RecordedEvent>(&event)) {
    append_event(out, access->event);
  } else if (const auto* change = std::get_if<sally::ChangeEvent>(&event)) {
    append_change(out, *change);
  } else if (const auto* notice = std::get_if<sally::NoticeEvent>(&event)) {
    append_notice(out, *notice);
  }
  return out;
}

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = parse_any(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!read || std::holds_alternative<OtherEvent>(*read)) {
    return 0;
  }
  // The first writing cuts what is too long; from then on nothing is lost.
  const std::string first = written(*read);
  check(first.size() <= kMaxEntryBytes && first.find('\n') == std::string::npos);
  const auto again = parse_any(first);
  check(again.ok() && again->index() == read->index());
  const std::string second = written(*again);
  const auto third = parse_any(second);
  check(third.ok() && written(*third) == second);
  return 0;
}
