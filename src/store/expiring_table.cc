#include "store/expiring_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace sally::store {
namespace {

constexpr int kTickBits = 30;  // a tick is 2^30 ns: a little over a second
constexpr size_t kFirstIndex = 16;
// Two entries looked at for one that is made keep up with any load.
constexpr size_t kStepsPerCall = 2;

int64_t tick_of(MonoTime time) {
  return time.time_since_epoch().count() >> kTickBits;
}

}  // namespace

ExpiringTable::ExpiringTable(uint32_t max_entries)
    : max_entries_(max_entries), index_(kFirstIndex, kNone) {
  SALLY_CHECK(max_entries > 0 && max_entries < kNone / 4);
  wheel_.fill(kNone);
}

ExpiringTable::Entry* ExpiringTable::find(const Hash128& key, MonoTime now) {
  sweep(now, kStepsPerCall);
  const uint32_t number = index_[place_of(key)];
  if (number == kNone || entries_[number].ends <= now) {
    return nullptr;
  }
  return &entries_[number];
}

ExpiringTable::Entry* ExpiringTable::make(const Hash128& key, int64_t value, MonoTime ends,
                                          MonoTime now) {
  const uint32_t present = index_[place_of(key)];
  if (present != kNone) {  // ended; it stays where it waits in the wheel
    entries_[present].value = value;
    entries_[present].ends = ends;
    return &entries_[present];
  }
  if (held_ == max_entries_) {
    sweep(now, std::numeric_limits<size_t>::max());
    if (held_ == max_entries_) {
      return nullptr;
    }
  }
  if ((held_ + 1) * size_t{2} > index_.size()) {
    grow_index();
  }
  uint32_t number = free_;
  if (number != kNone) {
    free_ = entries_[number].next;
  } else {
    number = static_cast<uint32_t>(entries_.size());
    entries_.emplace_back();
  }
  entries_[number] = {.key = key, .value = value, .ends = ends, .next = kNone};
  index_[place_of(key)] = number;
  ++held_;
  schedule(number);
  return &entries_[number];
}

void ExpiringTable::sweep(MonoTime now, size_t steps) {
  const int64_t present = tick_of(now);
  // After a long rest one turn of the wheel takes every slot.
  tick_ = std::max(tick_, present - static_cast<int64_t>(kWheel));
  while (due_ != kNone || tick_ < present) {
    if (due_ == kNone) {
      ++tick_;
      due_ = std::exchange(wheel_[static_cast<size_t>(tick_) % kWheel], kNone);
      continue;
    }
    if (steps-- == 0) {
      return;
    }
    const uint32_t number = due_;
    due_ = entries_[number].next;
    if (entries_[number].ends <= now) {
      erase(number);
    } else {
      schedule(number);
    }
  }
}

// Into the slot of the first tick at which the entry has ended for sure; one that ends later than a
// turn of the wheel, into the last slot of the turn.
void ExpiringTable::schedule(uint32_t number) {
  Entry& entry = entries_[number];
  const int64_t tick =
      std::clamp(tick_of(entry.ends) + 1, tick_ + 1, tick_ + static_cast<int64_t>(kWheel) - 1);
  uint32_t& slot = wheel_[static_cast<size_t>(tick) % kWheel];
  entry.next = std::exchange(slot, number);
}

void ExpiringTable::erase(uint32_t number) {
  // Closes the gap in the run of probes: an entry that stands behind its own place moves up.
  const size_t mask = index_.size() - 1;
  size_t gap = place_of(entries_[number].key);
  for (size_t at = (gap + 1) & mask; index_[at] != kNone; at = (at + 1) & mask) {
    const size_t home = entries_[index_[at]].key.low & mask;
    if (((at - home) & mask) >= ((at - gap) & mask)) {
      index_[gap] = index_[at];
      gap = at;
    }
  }
  index_[gap] = kNone;
  entries_[number].next = std::exchange(free_, number);
  --held_;
}

size_t ExpiringTable::place_of(const Hash128& key) const {
  const size_t mask = index_.size() - 1;
  size_t at = key.low & mask;
  while (index_[at] != kNone && entries_[index_[at]].key != key) {
    at = (at + 1) & mask;
  }
  return at;
}

void ExpiringTable::grow_index() {
  const std::vector<uint32_t> old = std::exchange(index_, std::vector(index_.size() * 2, kNone));
  for (const uint32_t number : old) {
    if (number != kNone) {
      index_[place_of(entries_[number].key)] = number;
    }
  }
}

}  // namespace sally::store
