// The options of the commands that look into texts.
#include "app/command_line_parts.h"
#include "app/content_commands.h"

namespace sally::app {
namespace {

void recognizers_option(CLI::App* command, std::string& config) {
  command
      ->add_option("--config", config,
                   "use the recognizers of this configuration too (default: what is built in)")
      ->type_name("FILE");
}

}  // namespace

void add_content_commands(Action& action, CLI::App& app) {
  auto inspect_options = std::make_shared<InspectOptions>();
  CLI::App* inspect_command = add_command(
      action, app, "inspect", "find personal data, secrets and attacks on models in texts",
      "  sallyport inspect --input texts.jsonl --output spans.jsonl\n"
      "  echo '{\"id\":1,\"text\":\"mail ann@example.com\"}' | sallyport inspect --explain",
      inspect_options, inspect);
  inspect_command
      ->add_option("--input", inspect_options->input,
                   "lines of JSON, each with `id`, `text` and perhaps `provenance`, such as `tool` "
                   "(default: -, standard input)")
      ->type_name("FILE");
  inspect_command
      ->add_option("--output", inspect_options->output,
                   "where a line for each goes: `id`, `spans` and `attack` (default: -)")
      ->type_name("FILE");
  inspect_command
      ->add_option("--threads", inspect_options->threads, "how many work (default: one per core)")
      ->type_name("N");
  recognizers_option(inspect_command, inspect_options->config);
  inspect_command->add_flag(
      "--explain", inspect_options->explain,
      "with what was found, how it was hidden, and the words that made it an attack");

  auto calibrate_options = std::make_shared<CalibrateOptions>();
  CLI::App* calibrate_command =
      add_command(action, *inspect_command, "calibrate",
                  "tell from which scores on your own harmless texts would be attacks",
                  "  sallyport inspect calibrate --input benign.jsonl --rate 0.001",
                  calibrate_options, calibrate);
  calibrate_command
      ->add_option("--input", calibrate_options->input,
                   "lines of JSON, each with `text` and perhaps `provenance` (default: -, standard "
                   "input)")
      ->type_name("FILE");
  calibrate_command
      ->add_option("--rate", calibrate_options->rate,
                   "the share of them that may be taken for attacks (default: 0.01)")
      ->check(CLI::Range(0.000001, 0.5))
      ->type_name("SHARE");
  // Where `calibrate` is named, it is what is done.
  inspect_command->callback([&action, inspect_options, inspect_command] {
    if (inspect_command->get_subcommands().empty()) {
      action = [inspect_options](const World& world) { return inspect(world, *inspect_options); };
    }
  });

  auto redact_options = std::make_shared<RedactOptions>();
  CLI::App* redact_command = add_command(
      action, app, "redact", "copy texts without the personal data and secrets in them",
      "  sallyport redact letter.txt\n  sallyport redact --type EMAIL_ADDRESS --with mask < log",
      redact_options, redact);
  redact_command
      ->add_option("file", redact_options->files, "what to read (default: standard input)")
      ->type_name("FILE");
  redact_command->add_option("--type", redact_options->types, "this type only; may be repeated")
      ->type_name("TYPE")
      ->allow_extra_args(false);  // what follows is a file
  redact_command
      ->add_option("--with", redact_options->with,
                   "what stands in its place: its type, asterisks, or nothing")
      ->check(CLI::IsMember({"type", "mask", "remove"}))
      ->type_name("type|mask|remove");
  redact_command
      ->add_option("--score", redact_options->score, "leave what is less sure (default: 0.5)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("0..1");
  recognizers_option(redact_command, redact_options->config);
}

}  // namespace sally::app
