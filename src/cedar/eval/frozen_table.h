// FrozenTable: finds by the name of an entity, or of a type, in what never changes. A bucket is a
// sorted run, so that names chosen for equal hashes cost a binary search and no more.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "cedar/eval/cell.h"

namespace sally::cedar {

// Entry has a member `name`, an EntityName; a table of types leaves its id empty and has the hash
// of the type as its hash.
template <typename Entry>
class FrozenTable {
 public:
  FrozenTable() = default;
  // Names are unique. At most 2^31 entries.
  explicit FrozenTable(std::vector<Entry> entries) : entries_(std::move(entries)) {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return compare(a.name, b.name) < 0; });
    const auto bits = static_cast<unsigned>(std::bit_width(entries_.size()));
    shift_ = 64 - bits;
    starts_.assign((size_t{1} << bits) + 1, 0);
    for (const Entry& entry : entries_) {
      ++starts_[bucket(entry.name.hash) + 1];
    }
    for (size_t i = 1; i < starts_.size(); ++i) {
      starts_[i] += starts_[i - 1];
    }
  }

  // Null where there is none.
  [[nodiscard]] const Entry* find(const EntityName& name) const {
    if (entries_.empty()) {
      return nullptr;
    }
    const size_t at = bucket(name.hash);
    const Entry* first = entries_.data() + starts_[at];
    const Entry* last = entries_.data() + starts_[at + 1];
    if (last - first > kFew) {
      first = std::lower_bound(first, last, name, [](const Entry& entry, const EntityName& n) {
        return compare(entry.name, n) < 0;
      });
      return first != last && same_entity(first->name, name) ? first : nullptr;
    }
    for (; first != last; ++first) {
      if (same_entity(first->name, name)) {
        return first;
      }
    }
    return nullptr;
  }
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] std::span<Entry> entries() { return entries_; }

 private:
  static constexpr ptrdiff_t kFew = 8;

  [[nodiscard]] size_t bucket(uint64_t hash) const { return hash >> shift_; }

  std::vector<Entry> entries_;    // sorted, so the buckets (the upper bits of the hash) are runs
  std::vector<uint32_t> starts_;  // of each bucket, and the end of the last
  unsigned shift_ = 63;
};

}  // namespace sally::cedar
