// How events stand in the log: one OCSF object each, JSON without a line end, at most
// kMaxEntryBytes whatever the event holds. Tables: events/*.def. Docs: docs/events.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "core/change_event.h"
#include "core/event.h"

namespace sally::ledger {

// What a bundle of the log can hold as one entry (C2SP tlog-tiles).
inline constexpr size_t kMaxEntryBytes = 65'535;
// Findings beyond these, or beyond kFindingsBytes of them, are counted (`findings_total`), not
// listed.
inline constexpr size_t kFindingsRecorded = 64;
inline constexpr size_t kFindingsBytes = 7'400;

// Appends `event` as a JSON object. Texts that are too long are cut (the table says where), so that
// every event fits into an entry. Does not allocate where `out` has room. append_event is what a
// request pays for its record on its loop's thread.
void append_event(std::string& out, const AccessEvent& event);
void append_change(std::string& out, const ChangeEvent& event);
void append_notice(std::string& out, const NoticeEvent& event);

// An access event and its place in the record.
struct RecordedEvent {
  uint64_t seq = 0;
  AccessEvent event;
  uint64_t findings_total = 0;  // at least event.findings.size()
};
// An event of a class that this program does not write: a newer one does.
struct OtherEvent {
  uint32_t class_uid;
  Ulid id;
  WallTime time;
};
using AnyEvent = std::variant<RecordedEvent, ChangeEvent, NoticeEvent, OtherEvent>;

// The same backwards. Members it does not know are left aside, so that an older program reads a
// newer log. Without loss, but for texts that had to be cut and microseconds of `time`. kCorrupt
// where `json` is no event. parse_event is for access events alone: kNotFound for any other.
Result<AnyEvent> parse_any(std::string_view json);
Result<RecordedEvent> parse_event(std::string_view json);

// What all kinds of events have.
[[nodiscard]] const Ulid& id_of(const AnyEvent& event);
[[nodiscard]] WallTime time_of(const AnyEvent& event);

// Appends `entry` (what append_event wrote) with `seq` before its members, and the end of a line:
// how commands show it.
void append_line(std::string& out, uint64_t seq, std::string_view entry);

}  // namespace sally::ledger
