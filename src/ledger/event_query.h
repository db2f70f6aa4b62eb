// What can be asked of the log, and what of an event answers it: one meaning for the index and for
// a search without one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "ledger/event_json.h"

namespace sally::ledger {

// What is asked for; what is empty or absent asks for nothing. All of it must hold.
struct EventQuery {
  std::optional<WallTime> since{};  // events at or after
  std::optional<WallTime> until{};  // events before
  std::string principal{};          // the key's id or its name; of a change who made it
  std::string model{};
  std::string route{};
  std::string action{};
  std::optional<Outcome> outcome{};
  std::optional<uint16_t> status{};
  std::string finding{};  // a rule that saw something, or the name of a notice
  std::string change{};   // `key.revoke`, or `key` for every change of keys; `all`
  std::string text{};     // words that all stand in the texts of the event
};

enum class EventKind : uint8_t { kAccess, kChange, kNotice, kOther };

// The parts of an event that are asked for. Views into the event.
struct EventFacts {
  EventKind kind = EventKind::kOther;
  WallTime time{};
  std::string_view principal{};
  std::string_view principal_name{};
  std::string_view model{};
  std::string_view route{};
  std::string_view action{};  // of a change what was done
  std::optional<Outcome> outcome{};
  uint16_t status = 0;
  std::vector<std::string_view> findings{};  // each once
};
[[nodiscard]] EventFacts facts_of(const AnyEvent& event);

// The words of all texts of an event, each once, sorted.
[[nodiscard]] std::vector<std::string> words_of(const AnyEvent& event);
// The words of a text: what stands between characters of ASCII that are neither letters nor digits,
// in lower case (ASCII), cut at kWordBytes. What this gives holds nothing else, whatever went in.
inline constexpr size_t kWordBytes = 64;
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

// Whether a change or notice of this name is among what `asked` names.
[[nodiscard]] bool names_change(std::string_view asked, std::string_view what);

[[nodiscard]] bool matches(const EventQuery& query, const AnyEvent& event);

}  // namespace sally::ledger
