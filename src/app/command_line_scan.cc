// The options of `scan`.
#include "app/command_line_parts.h"
#include "app/scan_command.h"

namespace sally::app {

void add_scan_command(Action& action, CLI::App& app) {
  auto options = std::make_shared<ScanCommandOptions>();
  CLI::App* command = add_command(
      action, app, "scan", "find what is wrong with models and code before they are loaded",
      "  sallyport scan ./model\n  sallyport scan --format json --fail-on medium .", options, scan);
  command->add_option("path", options->paths, "files and folders")->required()->type_name("PATH");
  command
      ->add_option("--fail-on", options->fail_on, "the mildest finding that fails (default: high)")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}))
      ->type_name("SEVERITY");
  command->add_option("--threads", options->threads, "how many work (default: one per core)")
      ->type_name("N");
  format_option(command, options->format);
}

}  // namespace sally::app
