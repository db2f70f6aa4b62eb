#include "app/scan_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace sally::app {
namespace {

constexpr size_t kMostPath = 1024;
constexpr size_t kMostFiles = 200;    // that are shown in full
constexpr size_t kMostFindings = 50;  // of one file
constexpr size_t kIndent = 12;        // of what stands below a finding
constexpr int kOldAdvisories = 7;     // days
constexpr Nanos kBetweenDraws = std::chrono::milliseconds(100);

// Octets of a character that turns the direction of what follows, or ends a line, at the beginning
// of `text`; 0: it begins with none. (Unicode 15.1, table 9-2 of UAX #9; U+2028, U+2029)
size_t turning(std::string_view text) {
  const auto at = [text](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  if (at(0) == 0xD8) {
    return at(1) == 0x9C ? 2 : 0;
  }
  const bool low =
      at(1) == 0x80 && (at(2) == 0x8E || at(2) == 0x8F || (at(2) >= 0xA8 && at(2) <= 0xAE));
  const bool high = at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9;
  return at(0) == 0xE2 && (low || high) ? 3 : 0;
}

// What a stranger wrote, fit for a terminal: printable, and read in the direction it was written.
std::string calm(std::string_view text) {
  const std::string safe = printable(text, kMostPath);
  std::string out;
  for (size_t i = 0; i < safe.size(); ++i) {
    const size_t octets = turning(std::string_view(safe).substr(i));
    out += octets == 0 ? safe[i] : '?';
    i += octets == 0 ? 0 : octets - 1;
  }
  return out;
}

Colour colour_of(vet::Severity severity) {
  switch (severity) {
    case vet::Severity::kCritical:
    case vet::Severity::kHigh:
      return Colour::kRed;
    case vet::Severity::kMedium:
      return Colour::kYellow;
    case vet::Severity::kLow:
      return Colour::kNone;
    case vet::Severity::kInfo:
      return Colour::kGrey;
  }
  return Colour::kNone;
}

Colour colour_of(vet::Verdict verdict) {
  switch (verdict) {
    case vet::Verdict::kMalicious:
    case vet::Verdict::kUnreadable:
      return Colour::kRed;
    case vet::Verdict::kReview:
      return Colour::kYellow;
    case vet::Verdict::kClean:
      return Colour::kGreen;
  }
  return Colour::kNone;
}

std::string size_text(uint64_t octets) {
  constexpr std::array<std::string_view, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(octets);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", octets) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string counted(uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::string place_of(const vet::Finding& finding) {
  std::string place = finding.member.empty() ? std::string() : calm(finding.member) + ", ";
  return finding.line != 0 ? fmt::format("{}line {}", place, finding.line)
                           : fmt::format("{}octet {}", place, finding.offset);
}

// Whether somebody has to look at it.
bool matters(const vet::Finding& finding, const vet::Report& report) {
  return vet::fails(finding, report.fail_on) || vet::is_unread(finding);
}

bool is_shown(const vet::Finding& finding, const vet::Report& report, Shown shown) {
  return matters(finding, report) ||
         (shown == Shown::kAll && finding.severity > vet::Severity::kInfo && !finding.known);
}

std::string finding_text(const vet::Finding& finding, const Console& console) {
  const std::string_view severity = name_of(finding.severity);
  std::string out = fmt::format(
      "  {}{} {} {}\n", console.paint(colour_of(finding.severity), severity),
      std::string(severity.size() < kIndent - 3 ? kIndent - 3 - severity.size() : 0, ' '),
      calm(finding.message),
      console.paint(Colour::kGrey, fmt::format("[{}]", row_of(finding.rule).id)));
  const std::string indent(kIndent, ' ');
  if (finding.rule != vet::RuleId::kNoFile) {
    out += fmt::format("{}{}\n", indent, console.paint(Colour::kGrey, "at " + place_of(finding)));
  }
  if (!finding.evidence.empty()) {
    out += fmt::format("{}{}\n", indent, calm(finding.evidence));
  }
  if (!finding.references.empty()) {
    out += fmt::format("{}{}\n", indent, fmt::join(finding.references, " "));
  }
  if (finding.waived) {
    out += fmt::format("{}waived by {} until {}: {}\n", indent, finding.waived->owner,
                       finding.waived->expires, finding.waived->reason);
  }
  return out;
}

std::string target_text(const vet::Target& target, const vet::Report& report,
                        const Console& console, Shown shown) {
  const vet::Verdict verdict = target.verdict();
  std::string out = fmt::format(
      "{}: {} ({}, {})\n", console.paint(Colour::kBold, calm(target.path)),
      console.paint(colour_of(verdict), name_of(verdict)), target.format, size_text(target.size));
  std::vector<vet::RuleId> told;
  size_t count = 0;
  for (const vet::Finding& finding : target.findings) {
    if (!is_shown(finding, report, shown)) {
      continue;
    }
    if (++count > kMostFindings) {
      continue;
    }
    out += finding_text(finding, console);
    if (std::ranges::find(told, finding.rule) == told.end()) {
      told.push_back(finding.rule);
    }
  }
  if (count > kMostFindings || target.unlisted != 0) {
    out += fmt::format("  and {} more\n",
                       (count > kMostFindings ? count - kMostFindings : 0) + target.unlisted);
  }
  for (const vet::RuleId rule : told) {
    out += fmt::format("  to do     {}\n", row_of(rule).help);
  }
  return out + "\n";
}

// The worst first; those that are as bad in the order of their paths.
std::vector<const vet::Target*> by_severity(const vet::Report& report, Shown shown) {
  std::vector<std::pair<int, const vet::Target*>> ranked;
  for (const vet::Target& target : report.targets) {
    int worst = -1;
    for (const vet::Finding& finding : target.findings) {
      if (is_shown(finding, report, shown)) {
        const int one = static_cast<int>(finding.severity) + (matters(finding, report) ? 10 : 0);
        worst = std::max(worst, finding.waived ? 0 : one);
      }
    }
    if (worst >= 0) {
      ranked.emplace_back(-worst, &target);
    }
  }
  std::ranges::sort(ranked, {}, [](const auto& one) {
    return std::tuple<int, std::string_view>(one.first, one.second->path);
  });
  std::vector<const vet::Target*> out;
  for (const auto& [rank, target] : ranked) {
    out.push_back(target);
  }
  return out;
}

std::string summary_text(const vet::Report& report, const Console& console) {
  const vet::Counts counts = vet::counts_of(report);
  std::string out =
      fmt::format("{}, {}, in {:.1f} s:", counted(counts.targets, "file"), size_text(counts.octets),
                  static_cast<double>(report.took.count()) / 1000);
  const char* before = " ";
  for (const vet::Verdict verdict : {vet::Verdict::kMalicious, vet::Verdict::kUnreadable,
                                     vet::Verdict::kReview, vet::Verdict::kClean}) {
    const uint64_t count = counts.verdicts[static_cast<size_t>(verdict)];
    if (count != 0 || verdict == vet::Verdict::kClean) {
      const std::string text = fmt::format(
          "{} {}", count, verdict == vet::Verdict::kReview ? "to review" : name_of(verdict));
      out += before + console.paint(count == 0 ? Colour::kNone : colour_of(verdict), text);
      before = ", ";
    }
  }
  out += "\n";
  std::vector<std::string> severities;
  for (size_t i = counts.severities.size(); i-- > 0;) {
    if (counts.severities[i] != 0) {
      severities.push_back(
          fmt::format("{} {}", counts.severities[i], name_of(static_cast<vet::Severity>(i))));
    }
  }
  if (!severities.empty()) {
    out += fmt::format("findings: {}", fmt::join(severities, ", "));
    out += counts.waived == 0 ? "" : fmt::format("; {} waived", counts.waived);
    out += counts.known == 0 ? "" : fmt::format("; {} known before", counts.known);
    out += counts.unlisted == 0 ? "" : fmt::format("; {} more not listed", counts.unlisted);
    out += "\n";
  }
  if (report.advisories) {
    const auto days =
        std::chrono::duration_cast<std::chrono::days>(report.at - *report.advisories).count();
    out += fmt::format("advisories: the youngest is of {}, {} days ago{}\n",
                       format_time(*report.advisories).substr(0, 10), days,
                       days > kOldAdvisories ? "; newer ones are not looked for" : "");
  }
  if (counts.failing != 0) {
    out += console.paint(Colour::kRed,
                         fmt::format("fails: {} at or above {}", counted(counts.failing, "finding"),
                                     name_of(report.fail_on)));
    out += "\n";
  } else if (counts.unread != 0) {
    out += console.paint(Colour::kRed, "not all of it was read") + "\n";
  }
  return out;
}

}  // namespace

std::string scan_text(const vet::Report& report, const Console& console, Shown shown) {
  std::string out;
  const std::vector<const vet::Target*> targets = by_severity(report, shown);
  for (size_t i = 0; i < targets.size() && i < kMostFiles; ++i) {
    out += target_text(*targets[i], report, console, shown);
  }
  if (targets.size() > kMostFiles) {
    out += fmt::format("and {} more files; `--format json` has them all\n\n",
                       targets.size() - kMostFiles);
  }
  return shown == Shown::kFailing && targets.empty() ? "" : out + summary_text(report, console);
}

std::string rules_text(const Console& console) {
  Table table({"rule", "severity", "what is wrong"});
  for (const vet::Rule& rule : vet::rules()) {
    table.add({std::string(rule.id),
               console.paint(colour_of(rule.severity), name_of(rule.severity)),
               std::string(rule.title)});
  }
  return table.to_string();
}

ScanProgress::ScanProgress(Console& console, const Clock& clock, size_t files)
    : console_(console), clock_(clock), files_(files), drawn_(clock.monotonic()) {}

ScanProgress::~ScanProgress() {
  if (there_) {
    console_.err("\r\x1b[K");
  }
}

void ScanProgress::done(const vet::Target& target) {
  ++done_;
  octets_ += target.size;
  bad_ += target.worst().value_or(vet::Severity::kInfo) >= vet::Severity::kHigh ? 1 : 0;
  const MonoTime now = clock_.monotonic();
  if (console_.is_watched() && now - drawn_ >= kBetweenDraws) {
    drawn_ = now;
    draw(target);
  }
}

void ScanProgress::draw(const vet::Target& target) {
  constexpr size_t kBar = 24;
  constexpr size_t kName = 32;
  const size_t full = files_ == 0 ? kBar : std::min(kBar, kBar * done_ / files_);
  const std::string path = calm(target.path);
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  console_.err(fmt::format("\r\x1b[K[{}{}] {}/{} files, {}, {} bad  {}", std::string(full, '#'),
                           std::string(kBar - full, '.'), done_, files_, size_text(octets_), bad_,
                           printable(name, kName)));
  there_ = true;
}

}  // namespace sally::app
