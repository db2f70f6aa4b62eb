// Shell completion, from the tree of commands that the parser itself knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sally::app {

struct CommandTree {
  struct Option {
    std::string name;  // `--config`
    std::string help;
    bool takes_value = false;
    bool takes_file = false;
    std::vector<std::string> choices = {};
  };
  std::string name;
  std::string help;
  std::vector<Option> options = {};
  std::vector<CommandTree> commands;
};

// A script for `bash`, `zsh` or `fish`. kUsage for another shell.
Result<std::string> completion_script(std::string_view shell, const CommandTree& root);

}  // namespace sally::app
