// `scan`: what is wrong with files before anybody loads them.
#include "app/scan_command.h"

#include <fmt/format.h>

#include "base/text.h"
#include "vet/report_json.h"
#include "vet/scanner.h"

namespace sally::app {
namespace {

constexpr size_t kMostPath = 1024;

std::string place_of(const vet::Finding& finding) {
  std::string place = finding.member.empty() ? std::string() : finding.member + " ";
  return finding.line != 0 ? fmt::format("{}line {}", place, finding.line)
                           : fmt::format("{}at octet {}", place, finding.offset);
}

std::string report_text(std::span<const vet::Target> targets) {
  std::string out;
  size_t clean = 0;
  for (const vet::Target& target : targets) {
    if (target.verdict() == vet::Verdict::kClean) {
      ++clean;
      continue;
    }
    out += fmt::format("{}: {} ({})\n", printable(target.path, kMostPath),
                       name_of(target.verdict()), target.format);
    for (const vet::Finding& finding : target.findings) {
      out += fmt::format("  {:8} {} [{}] {}\n", name_of(finding.severity), finding.message,
                         row_of(finding.rule).id, place_of(finding));
      if (!finding.evidence.empty()) {
        out += fmt::format("           {}\n", finding.evidence);
      }
    }
  }
  out += fmt::format("{} of {} files are clean\n", clean, targets.size());
  return out;
}

// 1 where something is at or above `fail_on`, else 3 where something could not be read, else 0.
int status_of(std::span<const vet::Target> targets, vet::Severity fail_on) {
  int status = kFine;
  for (const vet::Target& target : targets) {
    for (const vet::Finding& finding : target.findings) {
      if (finding.severity >= fail_on) {
        return kNo;
      }
      if (row_of(finding.rule).nature == vet::Nature::kUnread) {
        status = row_of(ErrorKind::kIo).exit_status;
      }
    }
  }
  return status;
}

}  // namespace

Result<int> scan(const World& world, const ScanCommandOptions& options) {
  const auto fail_on = vet::severity_of(options.fail_on);
  if (!fail_on) {
    return Error(ErrorKind::kUsage, "`--fail-on` is no severity");
  }
  vet::Listing listing = vet::list_files(options.paths);
  const vet::Services services{.clock = world.clock};
  std::vector<vet::Target> targets = vet::scan_files(listing.files, {.threads = options.threads},
                                                     services, [](const vet::Target&) {});
  targets.insert(targets.end(), std::make_move_iterator(listing.missing.begin()),
                 std::make_move_iterator(listing.missing.end()));
  world.console.out(options.format == Format::kJson ? vet::report_json(targets) + "\n"
                                                    : report_text(targets));
  return status_of(targets, *fail_on);
}

}  // namespace sally::app
