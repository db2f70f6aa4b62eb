// What the files that build the tree of commands share.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "app/commands.h"

namespace sally::app {

// What is to be done by the command that was named.
using Action = std::function<Result<int>(const World&)>;

// The command `name` of `parent`: where it is the one named, `action` becomes `function` of
// `options`. `action` outlives the tree.
template <typename Options>
CLI::App* add_command(Action& action, CLI::App& parent, const std::string& name,
                      const std::string& help, const std::string& example,
                      std::shared_ptr<Options> options,
                      Result<int> (*function)(const World&, const Options&)) {
  CLI::App* out = parent.add_subcommand(name, help);
  out->footer("example:\n" + example);
  out->callback([&action, options = std::move(options), function] {
    action = [options, function](const World& world) { return function(world, *options); };
  });
  return out;
}

inline void config_option(CLI::App* command, std::string& config) {
  command
      ->add_option("--config", config,
                   "the configuration (default: $SALLYPORT_CONFIG, ./sallyport.yaml, "
                   "./.sallyport/sallyport.yaml, /etc/sallyport/sallyport.yaml)")
      ->type_name("FILE");
}

inline void format_option(CLI::App* command, Format& format) {
  command
      ->add_option_function<std::string>(
          "--format",
          [&format](const std::string& text) {
            format = text == "json" ? Format::kJson : Format::kText;
          },
          "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("text|json");
}

// The commands below `access`.
void add_access_commands(Action& action, CLI::App& access);
// The commands below `revoke`.
void add_revoke_commands(Action& action, CLI::App& revoke);
// The commands below `policy`.
void add_policy_commands(Action& action, CLI::App& policy);
void add_policy_store_commands(Action& action, CLI::App& policy);
// `inspect` and `redact`.
void add_content_commands(Action& action, CLI::App& app);
// `scan`.
void add_scan_command(Action& action, CLI::App& app);
// The commands below `tools`.
void add_tools_commands(Action& action, CLI::App& tools);

}  // namespace sally::app
