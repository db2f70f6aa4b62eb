// What the tools of MCP servers said of themselves when they were approved, and what they say now.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sally::store {

// A description: the whole tool as its server lists it.
struct ToolDescription {
  std::array<std::byte, 32> digest{};  // SHA-256 of the canonical JSON
  std::string text;                    // the same JSON, as far as it is kept
  friend bool operator==(const ToolDescription&, const ToolDescription&) = default;
};

struct ToolPinRecord {
  std::string route;
  std::string tool;
  ToolDescription approved;
  WallTime since;                         // when it was approved, or first seen
  std::string who;                        // approved it; empty: nobody, it was seen first
  std::string reason;                     // the same
  std::optional<ToolDescription> listed;  // what it says now, where that is not what was approved
  std::optional<WallTime> changed;        // since when
  friend bool operator==(const ToolPinRecord&, const ToolPinRecord&) = default;
};

class ToolPinRepository {
 public:
  // In the place of the one of the same route and tool, where there is one.
  [[nodiscard]] virtual Result<> put(const ToolPinRecord& record) = 0;
  // Nothing where the tool was never seen.
  [[nodiscard]] virtual Result<std::optional<ToolPinRecord>> find(std::string_view route,
                                                                  std::string_view tool) = 0;
  // All of them, by route and tool.
  [[nodiscard]] virtual Result<std::vector<ToolPinRecord>> list() = 0;

 protected:
  ~ToolPinRepository() = default;
};

}  // namespace sally::store
