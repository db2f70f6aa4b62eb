// EventSource: the ledger as other rooms read it. Detection, the console, exports and compliance
// read this and nothing else.
//
//   uint64_t position = last stored position, or source.first();
//   TRY(position, source.read(position, 1'000, [&](const SourcedEvent& event) { ... }));
//   store `position` together with what the events led to, in one transaction: then each event
//   counts exactly once, live and in replay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"

namespace sally {

// One event at its place. `json` is valid during the call that shows it.
struct SourcedEvent {
  uint64_t seq;  // its index in the log, from 0: the leaf that a proof speaks of
  std::string_view json;
};

class EventSource {
 public:
  EventSource() = default;
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;
  virtual ~EventSource() = default;

  using Visitor = std::function<void(const SourcedEvent& event)>;

  // The oldest event that is still kept: greater than 0 when the log was pruned.
  [[nodiscard]] virtual uint64_t first() const = 0;
  // Shows the events from `position` on in their order, at most `most` of them, and gives the
  // position behind the last one shown: `position` itself when there is nothing new. Does not wait.
  // kNotFound where events from `position` on were pruned; kCorrupt, kIo.
  [[nodiscard]] virtual Result<uint64_t> read(uint64_t position, size_t most,
                                              const Visitor& visitor) = 0;
};

}  // namespace sally
