#include "content/outflow/prompt_cache.h"

#include <utility>

namespace sally::content {
namespace {

// A shingle in a hash table, and the filter of one prompt.
constexpr size_t kShingleOctets = 40;
constexpr size_t kPromptOctets = 9'216;

}  // namespace

std::shared_ptr<const PromptOverlap> PromptCache::find_or_make(std::string_view prompt) {
  if (prompt.size() > PromptOverlap::kMaxPrompt) {
    return nullptr;
  }
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = by_prompt_.find(prompt); known != by_prompt_.end()) {
      entries_.splice(entries_.begin(), entries_, known->second);
      return known->second->made;
    }
  }
  std::shared_ptr<const PromptOverlap> made;
  if (auto overlap = PromptOverlap::create(prompt); overlap.ok() && overlap->shingles() > 0) {
    made = std::make_shared<const PromptOverlap>(*std::move(overlap));
  }
  const size_t octets =
      prompt.size() + kPromptOctets + (made == nullptr ? 0 : made->shingles() * kShingleOctets);
  if (octets > kMostOctets / 4) {
    return made;
  }
  const std::scoped_lock lock(mutex_);
  if (by_prompt_.contains(prompt)) {
    return made;  // another thread was faster
  }
  entries_.push_front({std::string(prompt), made, octets});
  by_prompt_.emplace(entries_.front().prompt, entries_.begin());
  octets_ += octets;
  while (octets_ > kMostOctets) {
    octets_ -= entries_.back().octets;
    by_prompt_.erase(entries_.back().prompt);
    entries_.pop_back();
  }
  return made;
}

size_t PromptCache::octets() const {
  const std::scoped_lock lock(mutex_);
  return octets_;
}

}  // namespace sally::content
