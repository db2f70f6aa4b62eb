// The options of `scan`.
#include "app/command_line_parts.h"
#include "app/scan_command.h"

namespace sally::app {
namespace {

void output_options(CLI::App* command, ScanCommandOptions& options) {
  command->add_option("--format", options.format, "of standard output (default: text)")
      ->check(CLI::IsMember({"text", "json", "sarif", "cyclonedx", "spdx", "junit"}))
      ->type_name("text|json|sarif|cyclonedx|spdx|junit");
  command
      ->add_option(
          "--output", options.outputs,
          "writes a report there; without FORMAT the one of --format, and text to standard "
          "output; may be given several times")
      ->type_name("[FORMAT=]FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--disarm", options.disarm,
                   "writes the tensors of one model (PyTorch, joblib, NumPy in pickle) there as "
                   "safetensors; nothing is loaded")
      ->type_name("FILE");
  command->add_flag("--quiet", options.quiet, "nothing but what fails, and no progress bar");
  command->add_flag("--list-rules", options.list_rules, "tells what is looked for, and ends");
}

void choice_options(CLI::App* command, ScanCommandOptions& options) {
  command
      ->add_option("--fail-on", options.fail_on, "the mildest finding that fails (default: high)")
      ->check(CLI::IsMember({"info", "low", "medium", "high", "critical"}))
      ->type_name("SEVERITY");
  command
      ->add_option("--exclude", options.exclude,
                   "files and folders that are left out: '*.md', 'tests/**'; several times")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  command->add_option("--waivers", options.waivers, "findings that somebody answers for (YAML)")
      ->type_name("FILE");
  command
      ->add_option("--baseline", options.baseline,
                   "an earlier report (JSON): what stands in it does not fail")
      ->type_name("FILE");
  command
      ->add_option("--write-baseline", options.write_baseline,
                   "writes such a report; what is found does not fail this time")
      ->type_name("FILE");
}

void advisory_options(CLI::App* command, AdvisoryOptions& advisories) {
  command
      ->add_option("--advisories", advisories.folders,
                   "a database of OSV records (default: $OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY)")
      ->type_name("DIR");
  command
      ->add_option("--max-advisory-age", advisories.most_days,
                   "days that its newest record may be old (default: 7)")
      ->type_name("DAYS");
  command->add_option("--stale", advisories.stale, "what an older one does (default: warn)")
      ->check(CLI::IsMember({"warn", "fail"}))
      ->type_name("WHAT");
}

void limit_options(CLI::App* command, vet::ScanOptions& scan, std::string& time) {
  const CLI::AsSizeValue size(false);
  command->add_option("--threads", scan.threads, "how many work (default: one per core)")
      ->type_name("N");
  command->add_option("--max-time", time, "for one file (default: 5m)")->type_name("DURATION");
  command
      ->add_option("--max-unpacked", scan.limits.unpacked,
                   "what may come out of the archives of one file (default: 16GB)")
      ->transform(size)
      ->type_name("SIZE");
  command
      ->add_option("--max-ratio", scan.limits.ratio,
                   "of what comes out to what went in (default: 2000)")
      ->type_name("N");
  command->add_option("--max-depth", scan.limits.depth, "archives within archives (default: 12)")
      ->type_name("N");
  command
      ->add_option("--max-members", scan.limits.members,
                   "of the archives of one file "
                   "(default: 200000)")
      ->type_name("N");
  command
      ->add_option("--max-findings", scan.limits.findings,
                   "that are listed of one file (default: 200)")
      ->check(CLI::Range(1U, 1'000'000U))
      ->type_name("N");
  command
      ->add_option("--max-hashed", scan.hashed,
                   "larger files get no digest, which costs reading all of it (default: 4GB)")
      ->transform(size)
      ->type_name("SIZE");
}

}  // namespace

void add_scan_command(Action& action, CLI::App& app) {
  auto options = std::make_shared<ScanCommandOptions>();
  CLI::App* command = add_command(
      action, app, "scan", "find what is wrong with models and code before they are loaded",
      "  sallyport scan ./model\n"
      "  sallyport scan . --output sarif=scan.sarif --exclude 'tests/**'\n"
      "  sallyport scan . --waivers waivers.yaml --fail-on medium\n"
      "  sallyport scan model.pt --disarm model.safetensors\n\n"
      "Exit status: 0 nothing at or above --fail-on; 1 there is; 2 wrong usage; 3 something could\n"
      "not be read.",
      options, scan);
  command->add_option("path", options->paths, "files and folders")->type_name("PATH");
  output_options(command, *options);
  choice_options(command, *options);
  advisory_options(command, options->advisories);
  limit_options(command, options->scan, options->time);
}

}  // namespace sally::app
