// The commands below `policy`.
#include "app/command_line_parts.h"

namespace sally::app {
namespace {

void source_options(CLI::App* command, PolicySource& source) {
  command
      ->add_option("path", source.paths,
                   "policies, in JSON where the name ends with .json, or a folder of them "
                   "(default: the configured `policy.folder`)")
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
                  "  sallyport policy check policies --analyze\n"
                  "  sallyport policy check policies.cedar --schema app.cedarschema --level 1",
                  options, policy_check);
  source_options(out, options->source);
  schema_option(out, options->source, "what the policies must fit");
  out->add_flag("--permissive", options->permissive,
                "tell only what could fail when it is evaluated");
  out->add_option("--level", options->level, "how many entities deep they may look")
      ->type_name("N");
  out->add_flag("--analyze", options->analyze,
                "tell too which policies can have no effect, and which actions nobody may do");
  out->add_flag("--deny-warnings", options->deny_warnings,
                "exit status 1 where there is a warning");
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

void request_options(CLI::App* command, PolicyRequestOptions& options) {
  source_options(command, options.source);
  schema_option(command, options.source,
                "the schema, `.json` or Cedar's own syntax: entities and context are read by it");
  entities_option(command, options.source);
  RequestOptions& request = options.request;
  command
      ->add_option("--request", request.file, "JSON with principal, action, resource and context")
      ->type_name("FILE");
  command->add_option("--principal", request.principal, "who asks")->type_name("UID");
  command->add_option("--action", request.action, "for what")->type_name("UID");
  command->add_option("--resource", request.resource, "with what")->type_name("UID");
  command->add_option("--context", request.context, "the circumstances, as JSON")
      ->type_name("FILE");
  format_option(command, options.format);
}

void authorize_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyRequestOptions>();
  request_options(
      add_command(action, policy, "authorize", "decide one request; exit status 0: allow, 1: deny",
                  "  sallyport policy authorize policies.cedar --entities entities.json \\\n"
                  "    --principal 'User::\"alice\"' --action 'Action::\"view\"' --resource "
                  "'Photo::\"trip\"'\n"
                  "  sallyport policy authorize policies --request request.json --format json",
                  options, policy_authorize),
      *options);
}

void explain_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyRequestOptions>();
  request_options(
      add_command(action, policy, "explain",
                  "why a request is decided so, and which permit came nearest; status as authorize",
                  "  sallyport policy explain --request request.json\n"
                  "  sallyport policy explain policies --principal 'User::\"alice\"' \\\n"
                  "    --action 'Action::\"view\"' --resource 'Photo::\"trip\"' --context "
                  "context.json",
                  options, policy_explain),
      *options);
}

void test_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyTestOptions>();
  CLI::App* out = add_command(action, policy, "test",
                              "run the cases you wrote of your policies; exit status 1: one failed",
                              "  sallyport policy test\n"
                              "  sallyport policy test policies --filter night\n"
                              "  sallyport policy test own.cedar own.case --format json",
                              options, policy_test);
  source_options(out, options->source);
  schema_option(out, options->source, "what requests and entities must fit");
  entities_option(out, options->source);
  out->add_option("--filter", options->filter, "only cases with this in their name or their file's")
      ->type_name("TEXT");
  format_option(out, options->format);
}

void diff_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyDiffOptions>();
  CLI::App* out = add_command(
      action, policy, "diff",
      "which requests other policies decide otherwise; exit status 1: there are some",
      "  sallyport policy diff policies candidate\n"
      "  sallyport policy diff old.cedar new.cedar --schema app.cedarschema --format json",
      options, policy_diff);
  out->add_option("before", options->before, "the policies in force")
      ->required()
      ->type_name("FILE|FOLDER");
  out->add_option("after", options->after, "those that would take their place")
      ->required()
      ->type_name("FILE|FOLDER");
  out->add_option("--schema", options->schema, "what requests look like (default: a folder's)")
      ->type_name("FILE");
  out->add_option("--entities", options->entities,
                  "entities to ask about beside those made up, as JSON (default: a folder's)")
      ->type_name("FILE");
  out->add_option("--limit", options->limit,
                  "how many requests are tried at most (default: 1000000)")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}));
  format_option(out, options->format);
}

void who_can_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyWhoCanOptions>();
  CLI::App* out =
      add_command(action, policy, "who-can",
                  "who may do something, or on what; exit status 1: nobody, or on nothing",
                  "  sallyport policy who-can policies --action 'Action::\"call\"' --resource "
                  "'Model::\"large\"'\n"
                  "  sallyport policy who-can policies --principal 'User::\"alice\"'\n"
                  "  sallyport policy who-can policies --principal 'User::\"alice\"' --context "
                  "known.json --format json",
                  options, policy_who_can);
  source_options(out, options->source);
  schema_option(out, options->source, "the schema, which is needed");
  entities_option(out, options->source);
  out->add_option("--action", options->action, "what is done (default: every action)")
      ->type_name("UID");
  out->add_option("--resource", options->resource, "with what: asks who can")->type_name("UID");
  out->add_option("--principal", options->principal, "who: asks on what")->type_name("UID");
  out->add_option("--context", options->context,
                  "what is known of the circumstances, as JSON; what is missing is unknown")
      ->type_name("FILE");
  out->add_flag("--context-whole", options->context_whole,
                "the context is what --context says, and nothing else");
  format_option(out, options->format);
}

void replay_options(Action& action, CLI::App& policy) {
  auto options = std::make_shared<PolicyReplayOptions>();
  CLI::App* out = add_command(action, policy, "replay",
                              "what a candidate would have decided differently of the recorded "
                              "calls; exit status 1: some",
                              "  sallyport policy replay\n"
                              "  sallyport policy replay candidate --since 7d",
                              options, policy_replay);
  out->add_option("folder", options->folder, "of the candidate (default: the configured one)")
      ->type_name("FOLDER");
  out->add_option("--since", options->since, "only calls since then: a time, or how long ago")
      ->type_name("WHEN");
  out->add_option("--until", options->until, "only calls before then")->type_name("WHEN");
  config_option(out, options->config);
  format_option(out, options->format);
}

}  // namespace

void add_policy_commands(Action& action, CLI::App& policy) {
  check_options(action, policy);
  format_options(action, policy);
  authorize_options(action, policy);
  explain_options(action, policy);
  test_options(action, policy);
  diff_options(action, policy);
  replay_options(action, policy);
  add_policy_store_commands(action, policy);
  who_can_options(action, policy);
}

}  // namespace sally::app
