// The options of the commands below `tools`.
#include "app/command_line_parts.h"
#include "app/tools_commands.h"

namespace sally::app {

void add_tools_commands(Action& action, CLI::App& tools) {
  auto list = std::make_shared<ToolsListOptions>();
  CLI::App* list_command =
      add_command(action, tools, "list", "the tools that were listed, and which of them changed",
                  "  sallyport tools list --changed", list, tools_list);
  list_command->add_option("--route", list->route, "of this route only")->type_name("NAME");
  list_command->add_flag("--changed", list->changed, "those alone that wait to be approved");
  config_option(list_command, list->config);
  format_option(list_command, list->format);

  auto approve = std::make_shared<ToolsApproveOptions>();
  CLI::App* approve_command =
      add_command(action, tools, "approve", "accept what a tool says of itself by now",
                  "  sallyport tools approve files read_file --reason 'read the new description'\n"
                  "  sallyport tools approve files --all --reason 'version 2 of the server'",
                  approve, tools_approve);
  approve_command->add_option("route", approve->route, "the route it is behind")
      ->required()
      ->type_name("ROUTE");
  approve_command->add_option("tool", approve->tool, "its name")->type_name("TOOL");
  approve_command->add_flag("--all", approve->all, "every one of the route that changed");
  approve_command
      ->add_option("--digest", approve->digest,
                   "only where this is how its digest begins, as `tools list` showed it")
      ->type_name("HEX");
  approve_command->add_option("--reason", approve->reason, "what it is for; it stays in the record")
      ->required()
      ->type_name("TEXT");
  config_option(approve_command, approve->config);

  auto schema = std::make_shared<ToolsSchemaOptions>();
  CLI::App* schema_command =
      add_command(action, tools, "schema", "a Cedar schema with the arguments of a route's tools",
                  "  sallyport tools schema --route files >> policies/schema.cedarschema\n"
                  "  sallyport tools schema --route files --from tools.json",
                  schema, tools_schema);
  schema_command->add_option("--route", schema->route, "the route they are behind")
      ->required()
      ->type_name("NAME");
  schema_command
      ->add_option("--from", schema->from,
                   "the result of `tools/list` (default: the tools as they "
                   "were approved)")
      ->type_name("FILE");
  config_option(schema_command, schema->config);
}

}  // namespace sally::app
