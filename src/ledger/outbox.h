// The outbox: changes that were made in the state, and that the log does not have yet. A change and
// its event are written in one transaction of the state, by whatever process makes the change; the
// process that writes the log brings the event there, exactly once, also when it dies in between.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "core/change_event.h"
#include "ledger/ledger.h"
#include "store/state.h"

namespace sally::ledger {

// Puts `change` into the outbox, as part of the transaction that makes it.
Result<> put_into_outbox(store::Transaction& transaction, const ChangeEvent& change);

// The same of a notice.
Result<> put_into_outbox(store::Transaction& transaction, const NoticeEvent& notice);

// The log, as the outbox needs it.
struct OutboxTarget {
  // Where the next entry would go.
  std::function<Result<uint64_t>()> size;
  // Whether `entry` stands in the log, at `from` or behind.
  std::function<Result<bool>(uint64_t from, std::string_view entry)> has;
  std::function<Result<>(std::string_view entry)> append;
  // Waits until what was appended is durable.
  std::function<Result<>()> flush;
};

// A ledger that this process writes, in `folder`. Both outlive what is given.
OutboxTarget outbox_target(Ledger& ledger, const std::filesystem::path& folder);

// Brings what waits into the log, oldest first; how many entries it was. One caller at a time. What
// could not be brought there stays, and is tried again by the next call.
Result<size_t> deliver_outbox(store::State& state, const OutboxTarget& target);

}  // namespace sally::ledger
