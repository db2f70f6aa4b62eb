// The commands below `policy` that put policies in force.
#include "app/command_line_parts.h"
#include "app/policy_store_commands.h"

namespace sally::app {
namespace {

void trusted_options(CLI::App* command, PolicyStoreOptions& store) {
  command
      ->add_option("--bundles", store.bundles,
                   "where signed policies are kept (default: the configured `policy.bundles`)")
      ->type_name("FOLDER");
  command
      ->add_option("--key", store.key,
                   "the private key that signs (default: the configured `policy.key`)")
      ->type_name("FILE");
  command
      ->add_option("--trusted", store.trusted,
                   "a public key whose signature counts (default: the configured `policy.trusted`)")
      ->type_name("KEY");
  config_option(command, store.config);
}

void reason_option(CLI::App* command, std::string& reason) {
  command->add_option("--reason", reason, "what it is for; it stays in the history")
      ->type_name("TEXT");
}

void activate_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyActivateOptions>();
  CLI::App* out =
      add_command(action, policy, "activate", "sign the policies of a folder and put them in force",
                  "  sallyport policy activate policies --reason 'research may use tools'\n"
                  "  sallyport policy activate candidate --shadow",
                  options, policy_activate);
  out->add_option("folder", options->folder, "default: the configured `policy.folder`")
      ->type_name("FOLDER");
  out->add_flag("--shadow", options->shadow,
                "evaluate them beside those that are enforced, and only compare");
  out->add_flag("--despite-failing-cases", options->despite_failing_cases,
                "also where a case of the folder fails");
  reason_option(out, options->reason);
  trusted_options(out, options->store);
  format_option(out, options->format);
}

void rollback_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyRollbackOptions>();
  CLI::App* out = add_command(action, policy, "rollback", "enforce earlier policies again",
                              "  sallyport policy rollback\n"
                              "  sallyport policy rollback 4 --reason 'tools were not ready'",
                              options, policy_rollback);
  out->add_option("activation", options->sequence,
                  "what was enforced then (default: the policies before those of now)")
      ->type_name("NUMBER")
      ->check(CLI::PositiveNumber);
  reason_option(out, options->reason);
  trusted_options(out, options->store);
  format_option(out, options->format);
}

void shadow_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyShadowOptions>();
  CLI::App* out = add_command(action, policy, "shadow", "which policies are only compared",
                              "  sallyport policy shadow\n"
                              "  sallyport policy shadow --off",
                              options, policy_shadow);
  out->add_flag("--off", options->off, "compare with none");
  reason_option(out, options->reason);
  trusted_options(out, options->store);
  format_option(out, options->format);
}

void history_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyHistoryOptions>();
  CLI::App* out = add_command(action, policy, "history", "who put which policies in force, and why",
                              "  sallyport policy history", options, policy_history);
  trusted_options(out, options->store);
  format_option(out, options->format);
}

void export_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyExportOptions>();
  CLI::App* out =
      add_command(action, policy, "export", "write the policies of an activation into a folder",
                  "  sallyport policy export 4 policies-of-then", options, policy_export);
  out->add_option("activation", options->sequence, "its number")
      ->required()
      ->type_name("NUMBER")
      ->check(CLI::PositiveNumber);
  out->add_option("folder", options->folder, "not there yet, or empty")
      ->required()
      ->type_name("FOLDER");
  trusted_options(out, options->store);
}

void key_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyKeyOptions>();
  CLI::App* out = add_command(action, policy, "key",
                              "the public key of a private one, which is made if need be",
                              "  sallyport policy key policy.key", options, policy_key);
  out->add_option("file", options->file, "the private key")->required()->type_name("FILE");
}

}  // namespace

void add_policy_store_commands(Action& action, CLI::App& policy) {
  activate_options(action, policy);
  rollback_options(action, policy);
  shadow_options(action, policy);
  history_options(action, policy);
  export_options(action, policy);
  key_options(action, policy);
}

}  // namespace sally::app
