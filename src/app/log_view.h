// LogView: the ledger as the commands look at it: events instead of entries, found by the index
// where there is one, and what could not be looked at.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event_index.h"
#include "ledger/log_source.h"
#include "ledger/visit.h"

namespace sally::app {

class LogView {
 public:
  // Errors as LogReader::open.
  static Result<LogView> open(const std::filesystem::path& folder);

  // The first entry that is kept, and the number behind the last one.
  [[nodiscard]] uint64_t first() const { return source_->first(); }
  [[nodiscard]] Result<uint64_t> size() { return source_->reader().size(); }

  // `entry` is the event as it stands in the log. Both are valid during the call.
  using Visitor = std::function<Result<ledger::Visit>(uint64_t seq, const ledger::AnyEvent& event,
                                                      std::string_view entry)>;
  // Shows the events from `from` on, at most `most` entries, and gives the number behind the last
  // one. Entries that are no events are counted and passed over.
  Result<uint64_t> read(uint64_t from, uint64_t most, const Visitor& visitor);

  // Shows the events that match: the newest `count`, oldest of them first; all of them for 0.
  // Brings the index up to date before; without one the whole log is read.
  Result<> search(const ledger::EventQuery& query, uint64_t count, const Visitor& visitor);
  // The event of this id. kNotFound.
  Result<> find(const Ulid& id, const Visitor& visitor);

  // What stands at the end of the journal and cannot be read: a sentence; empty where all can be.
  [[nodiscard]] Result<std::string> unread_end();

  // What the last search left out, or took for granted: one sentence each.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  // How many events the last search took into the index.
  [[nodiscard]] uint64_t indexed() const { return indexed_; }
  [[nodiscard]] uint64_t unreadable() const { return unreadable_; }

 private:
  LogView(std::filesystem::path folder, std::unique_ptr<ledger::LogSource> source)
      : folder_(std::move(folder)), source_(std::move(source)) {}
  // The index, up to date as far as that is possible; nullopt, with a note, where there is none.
  Result<std::optional<ledger::EventIndex>> index();
  // Shows these, which are in their order.
  Result<> show(std::span<const uint64_t> seqs, const Visitor& visitor);
  Result<> search_all(const ledger::EventQuery& query, uint64_t count, const Visitor& visitor);

  std::filesystem::path folder_;
  std::unique_ptr<ledger::LogSource> source_;
  std::vector<std::string> notes_;
  uint64_t indexed_ = 0;
  uint64_t unreadable_ = 0;
};

}  // namespace sally::app
