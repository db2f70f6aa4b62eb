// PinnedTools: which descriptions of tools were approved. Answers from memory; what was seen goes
// to the state, and what was approved there comes back, when somebody keeps house.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "core/tool_pins.h"
#include "store/state.h"

namespace sally::policy {

class PinnedTools final : public ToolPins {
 public:
  // What a route may pin. A tool beyond it counts as changed.
  static constexpr size_t kMostTools = 1'024;
  // Of a description so much is kept to be shown; its digest is of the whole.
  static constexpr size_t kLongestText = 64 * 1024;

  ToolStanding see(std::string_view route, std::string_view tool,
                   std::string_view description) override;
  [[nodiscard]] bool is_changed(std::string_view route, std::string_view tool) const override;

  // What was news to the state.
  struct News {
    std::string route;
    std::vector<std::string> pinned;   // never seen before
    std::vector<std::string> changed;  // to something that was not seen before either
  };
  // Brings what was seen to the state, and what is there into memory. Waits for the disk; one
  // thread at a time. What could not be written is tried again with the next call.
  Result<std::vector<News>> keep_house(store::State& state, WallTime now);

  // Approves what the tool of `pin` was last listed as, and says so in `pin`, whose `who` and
  // `reason` are the approver's. False where that is what was approved. kConflict where `expected`
  // is not how the digest of it begins, in hexadecimal.
  static Result<bool> approve(store::Transaction& transaction, store::ToolPinRecord& pin,
                              std::string_view expected, WallTime now);

 private:
  using Digest = std::array<std::byte, 32>;
  using Name = std::pair<std::string, std::string>;  // route and tool
  struct Pin {
    Digest approved{};
    Digest listed{};
  };
  static Result<> bring(store::Transaction& transaction, const Name& name,
                        const store::ToolDescription& seen, WallTime now, News& news);
  void take(const std::vector<store::ToolPinRecord>& all);

  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Pin, std::less<>>, std::less<>> pins_;
  std::map<Name, store::ToolDescription> seen_;  // the last of each that the state has not got
  std::atomic<size_t> changed_{0};               // pins whose tool was listed otherwise
  std::optional<uint64_t> generation_;           // the housekeeper's: of what was read last
};

}  // namespace sally::policy
