#include "ledger/outbox.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ledger/event_json.h"
#include "ledger/log_reader.h"

namespace sally::ledger {
namespace {

constexpr size_t kAtOnce = 64;

}  // namespace

Result<> put_into_outbox(store::Transaction& transaction, const ChangeEvent& change) {
  std::string entry;
  append_change(entry, change);
  return transaction.outbox().add(change.id.str(), entry);
}

Result<> put_into_outbox(store::Transaction& transaction, const NoticeEvent& notice) {
  std::string entry;
  append_notice(entry, notice);
  return transaction.outbox().add(notice.id.str(), entry);
}

OutboxTarget outbox_target(Ledger& ledger, const std::filesystem::path& folder) {
  return {.size = [&ledger]() -> Result<uint64_t> { return ledger.status().size; },
          .has = [&folder](uint64_t from, std::string_view entry) -> Result<bool> {
            TRY(auto reader, LogReader::open(folder));
            bool found = false;
            TRY_OK(reader.read(std::max(from, reader.first()), UINT64_MAX,
                               [&](uint64_t, std::string_view one) {
                                 found = one == entry;
                                 return found ? Visit::kStop : Visit::kContinue;
                               }));
            return found;
          },
          .append = [&ledger](std::string_view entry) -> Result<> {
            TRY_OK(ledger.append(entry));
            return ok();
          },
          .flush = [&ledger] { return ledger.flush(); }};
}

Result<size_t> deliver_outbox(store::State& state, const OutboxTarget& target) {
  size_t delivered = 0;
  for (;;) {
    std::vector<store::OutboxEntry> waiting;
    TRY_OK(state.read([&](store::Transaction& transaction) -> Result<> {
      TRY(waiting, transaction.outbox().list(kAtOnce));
      return ok();
    }));
    if (waiting.empty()) {
      return delivered;
    }
    // Where the attempt begins is known before it is made: whoever comes after a crash looks from
    // there on whether it came through.
    TRY(const uint64_t size, target.size());
    TRY_OK(state.write([&](store::Transaction& transaction) -> Result<> {
      for (const store::OutboxEntry& one : waiting) {
        if (!one.attempted) {
          TRY_OK(transaction.outbox().note_attempt(one.id, size));
        }
      }
      return ok();
    }));
    for (const store::OutboxEntry& one : waiting) {
      bool there = false;
      if (one.attempted) {
        TRY(there, target.has(*one.attempted, one.entry));
      }
      if (!there) {
        TRY_OK(target.append(one.entry));
      }
    }
    TRY_OK(target.flush());
    TRY_OK(state.write([&](store::Transaction& transaction) -> Result<> {
      for (const store::OutboxEntry& one : waiting) {
        TRY_OK(transaction.outbox().remove(one.id));
      }
      return ok();
    }));
    delivered += waiting.size();
  }
}

}  // namespace sally::ledger
