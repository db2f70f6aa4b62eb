// How a recorded request looks to a person: as one line, and explained.
#pragma once

#include <string>

#include "app/console.h"
#include "ledger/event_json.h"

namespace sally::app {

enum class Stamp : uint8_t {
  kTime,  // of day: for what happens now
  kDate,  // and the day
};
// The heading of event_line's columns, with a line end.
std::string event_heading(Stamp stamp, const Console& console);
// One line, with a line end: time, decision, status, what, who, model, how long, id.
std::string event_line(const ledger::AnyEvent& event, Stamp stamp, const Console& console);

// What happened, by which rule, what was seen and expected, what would have let it pass; of a
// change what it was before and after.
std::string explain_event(const ledger::AnyEvent& event, const Console& console);

}  // namespace sally::app
