// The commands below `policy`.
#include "app/command_line_parts.h"

namespace sally::app {
namespace {

void source_options(CLI::App* command, PolicySource& source) {
  command
      ->add_option("path", source.paths,
                   "policies, in JSON where the name ends with .json, or a folder of them "
                   "(default: `policies` beside the configuration)")
      ->type_name("FILE|FOLDER");
  config_option(command, source.config);
}

void schema_option(CLI::App* command, PolicySource& source, const std::string& help) {
  command->add_option("--schema", source.schema, help + " (default: the folder's)")
      ->type_name("FILE");
}

void entities_option(CLI::App* command, PolicySource& source) {
  command
      ->add_option("--entities", source.entities, "the entities, as JSON (default: the folder's)")
      ->type_name("FILE");
}

void check_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyCheckOptions>();
  CLI::App* out =
      add_command(action, policy, "check", "tell every problem, with line and column",
                  "  sallyport policy check policies\n"
                  "  sallyport policy check policies.cedar --schema app.cedarschema --level 1",
                  options, policy_check);
  source_options(out, options->source);
  schema_option(out, options->source, "what the policies must fit");
  out->add_flag("--permissive", options->permissive,
                "tell only what could fail when it is evaluated");
  out->add_option("--level", options->level, "how many entities deep they may look")
      ->type_name("N");
  format_option(out, options->format);
}

void format_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyFormatOptions>();
  CLI::App* out =
      add_command(action, policy, "format", "the same policies in the usual layout, comments kept",
                  "  sallyport policy format policies.cedar > formatted.cedar\n"
                  "  sallyport policy format policies --write\n"
                  "  sallyport policy format *.cedar --check",
                  options, policy_format);
  source_options(out, options->source);
  out->add_flag("--check", options->check, "tell which files are not formatted");
  out->add_flag("--write", options->write, "change the files");
  out->add_option("--width", options->width, "how long a line may be (default: 80)")
      ->type_name("N")
      ->check(CLI::Range(20, 1000));
  format_option(out, options->format);
}

void authorize_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyAuthorizeOptions>();
  CLI::App* out =
      add_command(action, policy, "authorize", "decide one request; exit status 0: allow, 1: deny",
                  "  sallyport policy authorize policies.cedar --entities entities.json \\\n"
                  "    --principal 'User::\"alice\"' --action 'Action::\"view\"' --resource "
                  "'Photo::\"trip\"'\n"
                  "  sallyport policy authorize policies --request request.json --format json",
                  options, policy_authorize);
  source_options(out, options->source);
  schema_option(out, options->source,
                "the schema, `.json` or Cedar's own syntax: entities and context are read by it");
  entities_option(out, options->source);
  out->add_option("--request", options->request,
                  "JSON with principal, action, resource and context")
      ->type_name("FILE");
  out->add_option("--principal", options->principal, "who asks")->type_name("UID");
  out->add_option("--action", options->action, "for what")->type_name("UID");
  out->add_option("--resource", options->resource, "with what")->type_name("UID");
  out->add_option("--context", options->context, "the circumstances, as JSON")->type_name("FILE");
  format_option(out, options->format);
}

}  // namespace

void add_policy_commands(Action& action, CLI::App& policy) {
  check_options(action, policy);
  format_options(action, policy);
  authorize_options(action, policy);
}

}  // namespace sally::app
