// ExpiringTable: a hash table of bounded size whose entries end by themselves. Not for two threads.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "store/siphash.h"

namespace sally::store {

// Every operation is amortised O(1), at all fill levels. An entry leaves the table only after its
// end: when the table is full of entries that have not ended, a new one is refused.
//
// Ended entries are found by a timing wheel that is read lazily: an entry waits in the slot of the
// tick in which it would have ended when it was put there; if its end has moved since, it is put
// into a later slot when its turn comes.
class ExpiringTable {
 public:
  struct Entry {
    Hash128 key;
    int64_t value = 0;
    MonoTime ends;      // may be moved to later while the entry has not ended
    uint32_t next = 0;  // the table's own
  };

  explicit ExpiringTable(uint32_t max_entries);

  // The entry, if it has not ended. Good until the next call.
  [[nodiscard]] Entry* find(const Hash128& key, MonoTime now);
  // A new entry in place of none or of an ended one. Null when the table is full. `key` names no
  // entry that `find` gives.
  [[nodiscard]] Entry* make(const Hash128& key, int64_t value, MonoTime ends, MonoTime now);
  // Entries held, ended ones not yet cleared away included.
  [[nodiscard]] size_t size() const { return held_; }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kWheel = 256;

  // Clears away ended entries, looking at up to `steps` entries and, after a rest, at every slot.
  void sweep(MonoTime now, size_t steps);
  void schedule(uint32_t number);
  void erase(uint32_t number);
  [[nodiscard]] size_t place_of(
      const Hash128& key) const;  // in index_: its place, or where it would be
  void grow_index();

  const uint32_t max_entries_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> index_;  // numbers of entries by linear probing; at most half full
  uint32_t held_ = 0;
  uint32_t free_ = kNone;  // list of entries not in use
  std::array<uint32_t, kWheel> wheel_;
  uint32_t due_ = kNone;  // list taken from the slot whose tick has come
  int64_t tick_ = 0;      // the last tick whose slot was taken
};

}  // namespace sally::store
