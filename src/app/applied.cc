#include "app/applied.h"

#include <algorithm>

namespace sally::app {

void Applied::note(size_t worker, uint64_t epoch, WallTime at) {
  const std::lock_guard lock(mutex_);
  workers_.at(worker).try_emplace(epoch, at);
}

std::vector<std::optional<WallTime>> Applied::since(uint64_t epoch) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::optional<WallTime>> out;
  for (const auto& epochs : workers_) {
    const auto first = epochs.lower_bound(epoch);
    out.push_back(first == epochs.end() ? std::nullopt : std::optional(first->second));
  }
  return out;
}

void Applied::forget_before(uint64_t oldest) {
  const std::lock_guard lock(mutex_);
  for (auto& epochs : workers_) {
    epochs.erase(epochs.begin(), epochs.lower_bound(oldest));
  }
}

std::optional<WallTime> everywhere_since(const std::vector<std::optional<WallTime>>& applied) {
  const bool all = std::ranges::all_of(applied, [](const auto& at) { return at.has_value(); });
  return all && !applied.empty() ? *std::ranges::max_element(applied) : std::nullopt;
}

}  // namespace sally::app
