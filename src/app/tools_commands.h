// The commands below `tools`: what the tools of MCP servers say of themselves.
#pragma once

#include <string>

#include "app/commands.h"

namespace sally::app {

struct ToolsListOptions {
  std::string config;
  Format format = Format::kText;
  std::string route;     // empty: of every one
  bool changed = false;  // those alone that wait to be approved
};
Result<int> tools_list(const World& world, const ToolsListOptions& options);

struct ToolsApproveOptions {
  std::string config;
  std::string route;
  std::string tool;  // empty: all
  bool all = false;
  std::string digest;  // how the digest of what is approved has to begin; empty: any
  std::string reason;
};
Result<int> tools_approve(const World& world, const ToolsApproveOptions& options);

struct ToolsSchemaOptions {
  std::string config;
  std::string route;
  std::string from;  // a file; empty: what was approved
};
Result<int> tools_schema(const World& world, const ToolsSchemaOptions& options);

}  // namespace sally::app
