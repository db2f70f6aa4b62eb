// PromptCache: system prompts as PromptOverlap compares them, made once for many exchanges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "content/outflow/prompt_overlap.h"

namespace sally::content {

// Shared by all threads. What was not asked for longest goes first.
class PromptCache {
 public:
  static constexpr size_t kMostOctets = size_t{16} << 20;  // of all that is kept, about

  // Null where the prompt is too short to be told from any other text, or longer than
  // PromptOverlap::kMaxPrompt. Prompts are told apart by all their octets.
  std::shared_ptr<const PromptOverlap> find_or_make(std::string_view prompt);
  // About: prompts, and what was made of them.
  [[nodiscard]] size_t octets() const;

 private:
  struct Entry {
    std::string prompt;
    std::shared_ptr<const PromptOverlap> made;  // may be null
    size_t octets;
  };
  using Entries = std::list<Entry>;

  mutable std::mutex mutex_;
  Entries entries_;  // what was asked for last comes first
  std::unordered_map<std::string_view, Entries::iterator> by_prompt_;
  size_t octets_ = 0;
};

}  // namespace sally::content
