// `scan`: what is wrong with files before anybody loads them.
#include "app/scan_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "app/line_reader.h"
#include "app/scan_view.h"
#include "app/secret_search.h"
#include "base/new_file.h"
#include "base/text.h"
#include "formats/json/writer.h"
#include "vet/baseline.h"
#include "vet/file_input.h"
#include "vet/pickle/disarm.h"
#include "vet/report_cyclonedx.h"
#include "vet/report_json.h"
#include "vet/report_junit.h"
#include "vet/report_sarif.h"
#include "vet/report_spdx.h"
#include "vet/waivers.h"

namespace sally::app {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMostWaivers = size_t{1} << 20;
constexpr size_t kMostBaseline = size_t{1} << 30;

// A report that is written to a file.
struct Output {
  std::string format;
  std::string file;
};

Result<std::vector<Output>> outputs_of(const ScanCommandOptions& options) {
  std::vector<Output> outputs;
  for (const std::string& text : options.outputs) {
    const size_t equals = text.find('=');
    const std::string_view before = std::string_view(text).substr(0, equals);
    const bool named = equals != std::string::npos &&
                       std::ranges::find(kScanFormats, before) != std::end(kScanFormats);
    Output output{.format = named ? std::string(before) : options.format,
                  .file = named ? text.substr(equals + 1) : text};
    if (output.file.empty()) {
      return Error(ErrorKind::kUsage, fmt::format("`--output {}` names no file", printable(text)),
                   "--output report.sarif, or --output sarif=report.sarif");
    }
    outputs.push_back(std::move(output));
  }
  return outputs;
}

std::string written(const vet::Report& report, std::string_view format, const Console& plain) {
  if (format == "json") {
    return vet::report_json(report) + "\n";
  }
  if (format == "sarif") {
    return vet::report_sarif(report) + "\n";
  }
  if (format == "cyclonedx") {
    return vet::report_cyclonedx(report) + "\n";
  }
  if (format == "spdx") {
    return vet::report_spdx(report) + "\n";
  }
  if (format == "junit") {
    return vet::report_junit(report);
  }
  return scan_text(report, plain, Shown::kAll);
}

// What is no plain file (/dev/stdout) is written as it is.
Result<> write_file(const std::string& file, std::string_view text) {
  std::error_code error;
  if (fs::exists(file, error) && !fs::is_regular_file(file, error)) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    return out ? ok()
               : Result<>(Error(ErrorKind::kIo, fmt::format("cannot write `{}`", printable(file))));
  }
  TRY(NewFile out, NewFile::create(file));
  TRY_OK(out.write(text));
  return out.put_in_place();
}

// Gives what is wrong with the waivers to their file, which is a target like any other.
void add_to(std::vector<vet::Target>& targets, const std::string& file,
            std::vector<vet::Finding> findings) {
  if (findings.empty()) {
    return;
  }
  const std::string path = vet::plain_path(file);
  auto target = std::ranges::find(targets, path, &vet::Target::path);
  if (target == targets.end()) {
    targets.push_back({.path = path, .format = "waivers"});
    target = targets.end() - 1;
  }
  target->findings.insert(target->findings.end(), std::make_move_iterator(findings.begin()),
                          std::make_move_iterator(findings.end()));
}

std::string rules_json() {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object().key("rules").begin_array();
  for (const vet::Rule& rule : vet::rules()) {
    json.begin_object();
    json.member("id", rule.id);
    json.member("severity", name_of(rule.severity));
    json.member("title", rule.title);
    json.member("help", rule.help);
    json.member("references", rule.references);
    json.end_object();
  }
  json.end_array().end_object();
  json.finish();
  return out + "\n";
}

// 1 where something fails, else 3 where something could not be read, else 0.
int status_of(const vet::Report& report) {
  const vet::Counts counts = vet::counts_of(report);
  if (counts.failing != 0) {
    return kNo;
  }
  return counts.unread != 0 ? row_of(ErrorKind::kIo).exit_status : kFine;
}

// All that a scan needs, read before it begins: who typed a wrong name learns it at once.
struct Prepared {
  vet::Severity fail_on = vet::Severity::kHigh;
  vet::ScanOptions scan;
  std::vector<Output> outputs;
  std::vector<vet::Waiver> waivers;
  std::optional<vet::Baseline> baseline;
};

// What a file that was named holds, as `parse` reads it. What is wrong with it is wrong usage.
template <typename Parse>
auto read_named(const std::string& file, size_t most, const Parse& parse)
    -> decltype(parse(std::string_view())) {
  const Result<std::string> text = read_text(file, most);
  if (!text.ok()) {
    return Error(ErrorKind::kUsage, text.error().message());
  }
  auto parsed = parse(std::string_view(*text));
  if (!parsed.ok()) {
    return parsed.error().in(printable(file));
  }
  return parsed;
}

Result<Prepared> prepare(const ScanCommandOptions& options) {
  Prepared out{.scan = options.scan};
  const auto fail_on = vet::severity_of(options.fail_on);
  if (!fail_on) {
    return Error(ErrorKind::kUsage, "`--fail-on` is no severity");
  }
  out.fail_on = *fail_on;
  if (!options.time.empty()) {
    auto time = parse_duration(options.time);
    if (!time.ok()) {
      return Error(ErrorKind::kUsage, "`--max-time` " + time.error().message(), "--max-time 5m");
    }
    out.scan.limits.time = *time;
  }
  TRY(out.outputs, outputs_of(options));
  if (!options.waivers.empty()) {
    TRY(out.waivers, read_named(options.waivers, kMostWaivers, vet::parse_waivers));
  }
  if (!options.baseline.empty()) {
    TRY(out.baseline, read_named(options.baseline, kMostBaseline, vet::Baseline::parse));
  }
  return out;
}

std::vector<vet::Target> scan_all(const World& world, const ScanCommandOptions& options,
                                  const Prepared& prepared,
                                  const vet::dependency::Advisories* advisories) {
  vet::Listing listing = vet::list_files(options.paths, options.exclude);
  const ContentSecretSearch secrets;
  const vet::Services services{.clock = world.clock, .advisories = advisories, .secrets = &secrets};
  std::optional<ScanProgress> progress;
  if (!options.quiet) {
    progress.emplace(world.console, world.clock, listing.files.size());
  }
  std::vector<vet::Target> targets =
      vet::scan_files(listing.files, prepared.scan, services, [&](const vet::Target& target) {
        if (progress) {
          progress->done(target);
        }
      });
  targets.insert(targets.end(), std::make_move_iterator(listing.missing.begin()),
                 std::make_move_iterator(listing.missing.end()));
  return targets;
}

// Copies the tensors of `model` to `file`, which is there whole or not at all.
Result<> disarm(const World& world, const std::string& model, const std::string& file) {
  TRY(const auto input, vet::FileInput::open(model));
  TRY(NewFile out, NewFile::create(file));
  const auto done =
      vet::pickle::disarm(*input, [&](ByteView octets) { return out.write(as_text(octets)); });
  if (!done.ok()) {
    return done.error().in("cannot disarm " + printable(model));
  }
  TRY_OK(out.put_in_place());
  world.console.err(fmt::format("{} tensors, {} octets in `{}`; {} left out\n", done->tensors,
                                done->octets, printable(file), done->left_out));
  return ok();
}

}  // namespace

Result<int> scan(const World& world, const ScanCommandOptions& options) {
  if (options.list_rules) {
    world.console.out(options.format == "json" ? rules_json() : rules_text(world.console));
    return kFine;
  }
  if (options.paths.empty()) {
    return Error(ErrorKind::kUsage, "nothing to scan was named", "sallyport scan PATH");
  }
  if (!options.disarm.empty() && options.paths.size() != 1) {
    return Error(ErrorKind::kUsage, "`--disarm` takes one file",
                 "sallyport scan model.pt --disarm model.safetensors");
  }
  TRY(const Prepared prepared, prepare(options));
  TRY(const auto advisories, open_advisories(world, options.advisories));
  const MonoTime began = world.clock.monotonic();
  std::vector<vet::Target> targets = scan_all(world, options, prepared, advisories.get());
  add_to(targets, options.waivers, vet::apply(prepared.waivers, world.clock.now(), targets));
  if (prepared.baseline) {
    for (vet::Target& target : targets) {
      prepared.baseline->mark(target);
    }
  }
  const vet::Report report{
      .targets = targets,
      .fail_on = prepared.fail_on,
      .version = SALLY_VERSION,
      .at = world.clock.now(),
      .took = std::chrono::duration_cast<Millis>(world.clock.monotonic() - began),
      .advisories = advisories == nullptr ? std::nullopt : newest_of(*advisories)};
  const Console plain({.out = stdout, .err = stderr});
  for (const Output& output : prepared.outputs) {
    TRY_OK(write_file(output.file, written(report, output.format, plain)));
  }
  if (!options.write_baseline.empty()) {
    TRY_OK(write_file(options.write_baseline, vet::report_json(report) + "\n"));
  }
  // What went to a file as it was asked for is told of here as text.
  const bool elsewhere = std::ranges::any_of(
      prepared.outputs, [&](const Output& output) { return output.format == options.format; });
  if (options.format == "text" || elsewhere) {
    world.console.out(
        scan_text(report, world.console, options.quiet ? Shown::kFailing : Shown::kAll));
  } else {
    world.console.out(written(report, options.format, plain));
  }
  if (advisories != nullptr) {
    TRY_OK(tell_age(world, options.advisories, *advisories));
  }
  if (!options.disarm.empty()) {
    TRY_OK(disarm(world, options.paths[0], options.disarm));
  }
  // What a baseline holds is known from now on.
  const int status = status_of(report);
  return status == kNo && !options.write_baseline.empty() ? kFine : status;
}

}  // namespace sally::app
