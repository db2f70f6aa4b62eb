#include "identity/last_use.h"

#include <utility>
#include <vector>

namespace sally::identity {

std::shared_ptr<UseMark> LastUse::mark_of(const KeyId& id, std::optional<WallTime> last) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<UseMark>& mark = marks_[id];
  if (!mark) {
    mark = std::make_shared<UseMark>(last);
  }
  return mark;
}

Result<size_t> LastUse::flush(store::State& state) {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<const KeyId*, int64_t>> due;
  for (const auto& [id, mark] : marks_) {
    const int64_t noted = mark->noted_.load(std::memory_order_relaxed);
    if (noted != mark->written_) {
      due.emplace_back(&id, noted);
    }
  }
  if (due.empty()) {
    return size_t{0};
  }
  TRY_OK(state.write([&](store::Transaction& transaction) -> Result<> {
    for (const auto& [id, time] : due) {
      TRY_OK(transaction.keys().touch_last_used(*id, WallTime(Micros(time))));
    }
    return ok();
  }));
  for (const auto& [id, time] : due) {
    marks_.find(*id)->second->written_ = time;
  }
  return due.size();
}

}  // namespace sally::identity
