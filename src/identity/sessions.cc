#include "identity/sessions.h"

#include <algorithm>
#include <utility>

namespace sally::identity {
namespace {

// Adds what is missing.
void add(std::vector<std::string>& sorted, std::string_view one) {
  const auto at = std::ranges::lower_bound(sorted, one);
  if (one.empty() || (at != sorted.end() && *at == one)) {
    return;
  }
  sorted.emplace(at, one);
}

bool has(const std::vector<std::string>& sorted, std::string_view one) {
  return one.empty() || std::ranges::binary_search(sorted, one);
}

bool knows(const SessionFacts& facts, const SessionNote& note) {
  return facts.attack >= note.attack && has(facts.tools, note.tool) &&
         std::ranges::all_of(note.labels,
                             [&](const auto& one) { return has(facts.labels, one); }) &&
         std::ranges::all_of(note.findings,
                             [&](const auto& one) { return has(facts.findings, one); });
}

}  // namespace

std::string session_of(const Principal& principal) {
  if (!principal.session.empty()) {
    return "session " + principal.session;
  }
  std::string out(name_of(principal.kind));
  out += ' ';
  out += principal.id;
  if (principal.acts_for) {
    out += ' ';
    out += principal.acts_for->id;
  }
  return out;
}

std::shared_ptr<const SessionFacts> MemorySessions::facts(const Principal& principal,
                                                          WallTime now) const {
  if (size() == 0) {
    return nullptr;
  }
  const std::string name = session_of(principal);
  Shard& shard = shard_of(name);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.sessions.find(name);
  if (found == shard.sessions.end() || over(found->second, now)) {
    return nullptr;
  }
  found->second.last = std::max(found->second.last, now);
  return found->second.facts;
}

bool MemorySessions::note(const Principal& principal, const SessionNote& note, WallTime now) {
  if (note.labels.empty() && note.tool.empty() && note.findings.empty() && note.attack == 0) {
    return true;
  }
  const std::string name = session_of(principal);
  Shard& shard = shard_of(name);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.sessions.find(name);
  SessionFacts next;
  if (found != shard.sessions.end() && !over(found->second, now)) {
    if (knows(*found->second.facts, note)) {
      found->second.last = now;
      return true;
    }
    next = *found->second.facts;
  } else {
    next.since = now;
  }
  if (found == shard.sessions.end()) {
    if (size_.load(std::memory_order_relaxed) >= rules_.most) {
      return false;
    }
    size_.fetch_add(1, std::memory_order_relaxed);
    found =
        shard.sessions.emplace(name, Session{std::make_shared<const SessionFacts>(), now}).first;
  }
  for (const std::string& label : note.labels) {
    add(next.labels, label);
  }
  add(next.tools, note.tool);
  next.attack = std::max(next.attack, note.attack);
  for (const std::string& finding : note.findings) {
    add(next.findings, finding);
  }
  if (next.labels.size() + next.tools.size() + next.findings.size() > rules_.most_facts) {
    return false;
  }
  found->second = {std::make_shared<const SessionFacts>(std::move(next)), now};
  return true;
}

void MemorySessions::forget(WallTime now) {
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    const size_t gone =
        std::erase_if(shard.sessions, [&](const auto& one) { return over(one.second, now); });
    size_.fetch_sub(gone, std::memory_order_relaxed);
  }
}

}  // namespace sally::identity
