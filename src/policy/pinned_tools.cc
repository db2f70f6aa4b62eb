#include "policy/pinned_tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"

namespace sally::policy {

ToolStanding PinnedTools::see(std::string_view route, std::string_view tool,
                              std::string_view description) {
  const Digest digest = crypto::sha256(as_bytes(description));
  const std::lock_guard lock(mutex_);
  auto& tools = pins_[std::string(route)];
  auto found = tools.find(tool);
  const bool is_new = found == tools.end();
  if (is_new) {
    if (tools.size() >= kMostTools) {
      return ToolStanding::kChanged;
    }
    found = tools.emplace(std::string(tool), Pin{digest, digest}).first;
  }
  Pin& pin = found->second;
  if (is_new || pin.listed != digest) {
    const bool was_changed = pin.listed != pin.approved;
    const bool is_changed = digest != pin.approved;
    changed_ += static_cast<size_t>(is_changed) - static_cast<size_t>(was_changed);
    pin.listed = digest;
    seen_[{std::string(route), std::string(tool)}] = {
        digest, std::string(description.substr(0, kLongestText))};
  }
  return pin.listed == pin.approved ? ToolStanding::kApproved : ToolStanding::kChanged;
}

bool PinnedTools::is_changed(std::string_view route, std::string_view tool) const {
  if (changed_ == 0) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  const auto tools = pins_.find(route);
  if (tools == pins_.end()) {
    return false;
  }
  const auto found = tools->second.find(tool);
  return found != tools->second.end() && found->second.listed != found->second.approved;
}

// By what the state has: another process may have been first.
Result<> PinnedTools::bring(store::Transaction& transaction, const Name& name,
                            const store::ToolDescription& seen, WallTime now, News& news) {
  const auto& [route, tool] = name;
  TRY(auto stored, transaction.tool_pins().find(route, tool));
  if (!stored) {
    news.pinned.push_back(tool);
    return transaction.tool_pins().put({.route = route,
                                        .tool = tool,
                                        .approved = seen,
                                        .since = now,
                                        .who = {},
                                        .reason = {},
                                        .listed = {},
                                        .changed = {}});
  }
  if (stored->approved.digest == seen.digest) {
    if (!stored->listed) {
      return ok();
    }
    stored->listed.reset();
    stored->changed.reset();
    return transaction.tool_pins().put(*stored);
  }
  if (stored->listed && stored->listed->digest == seen.digest) {
    return ok();
  }
  news.changed.push_back(tool);
  stored->listed = seen;
  stored->changed = now;
  return transaction.tool_pins().put(*stored);
}

Result<std::vector<PinnedTools::News>> PinnedTools::keep_house(store::State& state, WallTime now) {
  std::map<Name, store::ToolDescription> seen;
  {
    const std::lock_guard lock(mutex_);
    seen.swap(seen_);
  }
  std::vector<News> news;
  if (!seen.empty()) {
    const Result<> written = state.write([&](store::Transaction& transaction) -> Result<> {
      news.clear();
      for (const auto& [name, description] : seen) {
        if (news.empty() || news.back().route != name.first) {
          news.push_back({.route = name.first, .pinned = {}, .changed = {}});
        }
        TRY_OK(bring(transaction, name, description, now, news.back()));
      }
      return ok();
    });
    if (!written) {
      const std::lock_guard lock(mutex_);
      seen_.merge(seen);  // what was seen meanwhile is newer
      return written.error();
    }
  }
  TRY(const uint64_t generation, state.generation());
  if (generation != generation_) {
    std::vector<store::ToolPinRecord> all;
    TRY_OK(state.read([&](store::Transaction& transaction) -> Result<> {
      TRY(all, transaction.tool_pins().list());
      return ok();
    }));
    take(all);
    generation_ = generation;
  }
  return news;
}

// What was approved is the state's to say; what was listed last this process knows best.
void PinnedTools::take(const std::vector<store::ToolPinRecord>& all) {
  const std::lock_guard lock(mutex_);
  for (const store::ToolPinRecord& record : all) {
    const Digest listed = record.listed ? record.listed->digest : record.approved.digest;
    const auto [pin, is_new] =
        pins_[record.route].emplace(record.tool, Pin{record.approved.digest, listed});
    pin->second.approved = record.approved.digest;
  }
  size_t changed = 0;
  for (const auto& [route, tools] : pins_) {
    changed += static_cast<size_t>(std::ranges::count_if(
        tools, [](const auto& one) { return one.second.listed != one.second.approved; }));
  }
  changed_ = changed;
}

Result<bool> PinnedTools::approve(store::Transaction& transaction, store::ToolPinRecord& pin,
                                  std::string_view expected, WallTime now) {
  const store::ToolDescription& listed = pin.listed ? *pin.listed : pin.approved;
  if (!to_hex(listed.digest).starts_with(expected)) {
    return Error(ErrorKind::kConflict,
                 fmt::format("tool `{}` describes itself by now as `{}`", printable(pin.tool),
                             to_hex(listed.digest).substr(0, 12)),
                 "`sallyport tools list` shows what it says");
  }
  if (!pin.listed) {
    return false;
  }
  pin.approved = *std::move(pin.listed);
  pin.listed.reset();
  pin.changed.reset();
  pin.since = now;
  TRY_OK(transaction.tool_pins().put(pin));
  return true;
}

}  // namespace sally::policy
