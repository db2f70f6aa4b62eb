// MemorySessions: what sessions have seen, in this process: gone with it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/sessions.h"

namespace sally::identity {

struct SessionRules {
  std::chrono::seconds idle{3'600};  // a session that did nothing for so long is over
  size_t most = 100'000;             // sessions that have seen anything
  // Of one session; beyond these nothing more is remembered, and nothing more allowed that would
  // have to be.
  size_t most_facts = 1'000;
  friend bool operator==(const SessionRules&, const SessionRules&) = default;
};

class MemorySessions final : public Sessions {
 public:
  explicit MemorySessions(SessionRules rules = {}) : rules_(rules) {}

  [[nodiscard]] std::shared_ptr<const SessionFacts> facts(const Principal& principal,
                                                          WallTime now) const override;
  [[nodiscard]] bool note(const Principal& principal, const SessionNote& note,
                          WallTime now) override;
  // Forgets sessions that are over.
  void forget(WallTime now);
  [[nodiscard]] size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kShards = 16;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Session {
    std::shared_ptr<const SessionFacts> facts;
    WallTime last;
  };
  using Table = std::unordered_map<std::string, Session, Hash, std::equal_to<>>;
  struct Shard {
    std::mutex mutex;
    Table sessions;
  };
  Shard& shard_of(std::string_view name) const { return shards_[Hash()(name) % kShards]; }
  [[nodiscard]] bool over(const Session& session, WallTime now) const {
    return now - session.last >= rules_.idle;
  }

  const SessionRules rules_;
  mutable std::array<Shard, kShards> shards_;
  std::atomic<size_t> size_{0};
};

// What a principal's session is called: by its token's session, else by who it is and whom it acts
// for.
[[nodiscard]] std::string session_of(const Principal& principal);

}  // namespace sally::identity
