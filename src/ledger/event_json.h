// How an access event stands in the record: one JSON object on one line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/event.h"

namespace sally::ledger {

// Findings beyond these are counted (`findings_total`), not listed.
inline constexpr size_t kFindingsRecorded = 64;

// An event and its place in the record.
struct RecordedEvent {
  uint64_t seq = 0;
  AccessEvent event;
  uint64_t findings_total = 0;  // at least event.findings.size()
};

// Appends `event` as a JSON object, still without its number.
void append_event(std::string& out, const AccessEvent& event);
// Appends the line of a record: `object` (what append_event wrote) with `seq` before its members,
// and the end of the line.
void append_line(std::string& out, uint64_t seq, std::string_view object);

// The same backwards, of a line with or without its end. Members it does not know are left aside,
// so that an older program reads a newer record. kCorrupt where the line is no event.
Result<RecordedEvent> parse_line(std::string_view line);
// The number alone, without looking at the rest. kCorrupt where the line does not begin as one.
Result<uint64_t> parse_seq(std::string_view line);

// docs/events.md, from the table of fields.
std::string events_reference();

}  // namespace sally::ledger
