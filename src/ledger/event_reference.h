// docs/events.md, made from the tables of events.
#pragma once

#include <string>

namespace sally::ledger {

std::string events_reference();

}  // namespace sally::ledger
