// ToolPins: what the tools of MCP servers said of themselves when they were approved. A description
// is read by a model: whoever changes it later may make the model do something else. A port.
#pragma once

#include <cstdint>
#include <string_view>

namespace sally {

enum class ToolStanding : uint8_t {
  kApproved,  // as it was approved, or when it was first seen
  kChanged,   // another one than the approved one, and not approved since
};

// Safe from every thread; never waits for a disk.
class ToolPins {
 public:
  ToolPins() = default;
  ToolPins(const ToolPins&) = delete;
  ToolPins& operator=(const ToolPins&) = delete;
  virtual ~ToolPins() = default;

  // A server listed the tool: `description` is the whole object in canonical JSON. One that was
  // never seen is approved by that.
  virtual ToolStanding see(std::string_view route, std::string_view tool,
                           std::string_view description) = 0;
  // Whether the tool was last listed as something that was not approved.
  [[nodiscard]] virtual bool is_changed(std::string_view route, std::string_view tool) const = 0;
};

}  // namespace sally
