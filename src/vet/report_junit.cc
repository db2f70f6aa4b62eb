#include "vet/report_junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace sally::vet {
namespace {

constexpr size_t kMostPath = 8192;

// `text` between tags or in quotes. What XML 1.0 cannot hold at all (controls, U+FFFE, U+FFFF,
// invalid UTF-8) becomes `?`.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : printable(text, kMostPath)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        out += c;
    }
  }
  for (const std::string_view none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at = out.find(none); at != std::string::npos; at = out.find(none, at)) {
      out.replace(at, none.size(), "?");
    }
  }
  return out;
}

std::string line_of(const Finding& finding) {
  std::string place = finding.member.empty() ? std::string() : finding.member + ", ";
  place += finding.line != 0 ? fmt::format("line {}", finding.line)
                             : fmt::format("octet {}", finding.offset);
  const Rule& rule = row_of(finding.rule);
  return fmt::format("{} {}: {} ({}){}{}\n  to do: {}\n", xml(name_of(finding.severity)),
                     xml(rule.id), xml(finding.message), xml(place),
                     finding.evidence.empty() ? "" : "\n  ", xml(finding.evidence), xml(rule.help));
}

// What of a file is a failure, an error or neither.
struct Case {
  std::string failing;
  std::string unread;
  std::string other;
  const Finding* worst = nullptr;
  const Finding* first_unread = nullptr;
};

Case case_of(const Target& target, Severity fail_on) {
  Case out;
  for (const Finding& finding : target.findings) {
    if (fails(finding, fail_on)) {
      out.failing += line_of(finding);
      if (out.worst == nullptr || finding.severity > out.worst->severity) {
        out.worst = &finding;
      }
    } else if (is_unread(finding)) {
      out.unread += line_of(finding);
      out.first_unread = out.first_unread == nullptr ? &finding : out.first_unread;
    } else {
      out.other += (finding.waived  ? "waived: "
                    : finding.known ? "known: "
                                    : "") +
                   line_of(finding);
    }
  }
  return out;
}

std::string element(std::string_view tag, const Finding& finding, std::string_view body) {
  return fmt::format("      <{} type=\"{}\" message=\"{}\">{}</{}>\n", tag,
                     xml(row_of(finding.rule).id), xml(finding.message), body, tag);
}

}  // namespace

std::string report_junit(const Report& report) {
  std::string cases;
  uint64_t failures = 0;
  uint64_t errors = 0;
  for (const Target& target : report.targets) {
    const Case one = case_of(target, report.fail_on);
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\"",
                         xml(target.format), xml(target.path), xml(plain_path(target.path)));
    if (one.worst == nullptr && one.first_unread == nullptr && one.other.empty()) {
      cases += "/>\n";
      continue;
    }
    cases += ">\n";
    if (one.worst != nullptr) {
      ++failures;
      cases += element("failure", *one.worst, one.failing);
    }
    if (one.first_unread != nullptr) {
      ++errors;
      cases += element("error", *one.first_unread, one.unread);
    }
    if (!one.other.empty()) {
      cases += fmt::format("      <system-out>{}</system-out>\n", one.other);
    }
    cases += "    </testcase>\n";
  }
  const std::string counts = fmt::format(
      "tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{}.{:03}\"", report.targets.size(),
      failures, errors, report.took.count() / 1000, report.took.count() % 1000);
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"sallyport\" {0}>\n"
      "  <testsuite name=\"sallyport scan\" {0} timestamp=\"{1}\">\n"
      "{2}"
      "  </testsuite>\n"
      "</testsuites>\n",
      counts, format_time(report.at), cases);
}

}  // namespace sally::vet
