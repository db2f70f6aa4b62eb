// EventIndex: which events match, without reading them all. A SQLite file that is made from the log
// and can be made again from it at any time; it knows nothing that the log does not hold, and when
// it does not belong to the log it is asked about, it starts again.
//
//   TRY(auto index, EventIndex::open(file));
//   TRY(const CaughtUp news, index.catch_up(source));
//   TRY(auto seqs, index.find(query, Order::kNewestFirst, UINT64_MAX, 100));
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/event_source.h"
#include "ledger/event_query.h"

namespace sally::ledger {

// What catching up did.
struct CaughtUp {
  uint64_t indexed = 0;     // events that are new in the index
  uint64_t unreadable = 0;  // entries of the whole log that are no events: they are never found
  std::string rebuilt{};    // why the index started again; empty: it did not
};

// Where the index of the log in `folder` lies.
[[nodiscard]] std::filesystem::path index_file(const std::filesystem::path& folder);

enum class IndexOrder : uint8_t { kOldestFirst, kNewestFirst };

// Belongs to one thread. Several processes may have the same file open.
class EventIndex {
 public:
  // Makes the file where there is none, readable by its owner alone; one that is broken or of
  // another version is made again. kIo where it cannot be written.
  static Result<EventIndex> open(const std::filesystem::path& file);
  EventIndex(EventIndex&&) noexcept;
  EventIndex& operator=(EventIndex&&) noexcept;
  EventIndex(const EventIndex&) = delete;
  EventIndex& operator=(const EventIndex&) = delete;
  ~EventIndex();

  // Takes in what is new, some thousand events in a transaction together with the position behind
  // them, until there is no more or `stop` says so between two. Starts again where the log is not
  // the one it was made from, is shorter, or was pruned. kUnavailable while another process writes
  // for long.
  [[nodiscard]] Result<CaughtUp> catch_up(EventSource& source,
                                          const std::function<bool()>& stop = {});

  // The position behind the last event that is in the index.
  [[nodiscard]] Result<uint64_t> position();

  // The sequence numbers of at most `most` events that match, from `bound` on: upwards from it,
  // itself included, or downwards below it. kUsage where `query.text` has no word in it.
  [[nodiscard]] Result<std::vector<uint64_t>> find(const EventQuery& query, IndexOrder order,
                                                   uint64_t bound, size_t most);
  // Where the event of this id may stand: those whose time is near the one in the id.
  [[nodiscard]] Result<std::vector<uint64_t>> near(const Ulid& id);

 private:
  class Impl;
  explicit EventIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sally::ledger
