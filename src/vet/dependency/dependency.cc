#include "vet/dependency/dependency.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "vet/dependency/advisories.h"
#include "vet/dependency/pep440.h"

namespace sally::vet::dependency {
namespace {

constexpr size_t kMostIds = 12;  // that a finding names besides its own

// As it is listed.
Package package_of(const Dependency& dependency) {
  return {.ecosystem = dependency.listed_as.empty() ? dependency.ecosystem : dependency.listed_as,
          .name = printable(dependency.name),
          .version = printable(dependency.version)};
}

void report_flaw(const Dependency& dependency, const KnownFlaw& flaw, Examination& examination) {
  const Advisory& advisory = *flaw.advisory;
  const std::string_view fixed = fixed_above(*flaw.affected, dependency.version);
  std::string message =
      advisory.is_malware()
          ? fmt::format("`{}` {} was made to harm: {}", dependency.name, dependency.version,
                        flaw.ids.front())
          : fmt::format("`{}` {} has {}{}", dependency.name, dependency.version, flaw.ids.front(),
                        fixed.empty() ? std::string() : fmt::format("; fixed in {}", fixed));
  std::vector<std::string> references = flaw.ids;
  references.resize(std::min(references.size(), kMostIds));
  examination.add(
      {.rule = advisory.is_malware() ? RuleId::kMaliciousPackage : RuleId::kVulnerablePackage,
       .severity = flaw.severity,
       .offset = dependency.offset,
       .line = dependency.line,
       .message = std::move(message),
       .evidence = advisory.summary,
       .references = std::move(references),
       .package = package_of(dependency)});
}

// A range is no version: what it admits is said once, and milder than what is used.
void report_range(const Dependency& dependency, const Advisories& advisories,
                  Examination& examination) {
  const auto specifiers = Specifiers::parse(dependency.specifiers);
  if (!specifiers || specifiers->empty()) {
    return;
  }
  struct Candidate {
    Pep440 version;
    std::string_view text;
  };
  std::vector<Candidate> admitted;
  const std::vector<Advisories::Listed> all =
      advisories.about(dependency.ecosystem, dependency.name);
  constexpr size_t kMostCandidates = 20'000;
  const auto consider = [&](std::string_view text) {
    auto version = Pep440::parse(text);
    if (version && admitted.size() < kMostCandidates && specifiers->admits(*version, text)) {
      admitted.push_back({.version = *std::move(version), .text = text});
    }
  };
  std::vector<const Advisory*> reached;
  for (const Advisories::Listed& listed : all) {
    const size_t before = admitted.size();
    for (const std::string& version : listed.affected->versions) {
      consider(version);
    }
    for (const AffectedRange& range : listed.affected->ranges) {
      for (const AffectedRange::Event& event : range.events) {
        if (event.kind == AffectedRange::EventKind::kLastAffected ||
            (event.kind == AffectedRange::EventKind::kIntroduced && event.version != "0")) {
          consider(event.version);
        }
      }
    }
    if (admitted.size() > before) {
      reached.push_back(listed.advisory);
    }
    // What repairs it may be admitted too, and then is what an installer takes.
    for (const AffectedRange& range : listed.affected->ranges) {
      for (const AffectedRange::Event& event : range.events) {
        if (event.kind == AffectedRange::EventKind::kFixed) {
          consider(event.version);
        }
      }
    }
  }
  if (reached.empty()) {
    return;
  }
  const Candidate& newest = *std::ranges::max_element(
      admitted, [](const Candidate& a, const Candidate& b) { return a.version < b.version; });
  const std::vector<KnownFlaw> flaws =
      advisories.of(dependency.ecosystem, dependency.name, newest.text);
  const Advisory& first = flaws.empty() ? *reached.front() : *flaws.front().advisory;
  Severity severity = Severity::kInfo;
  if (!flaws.empty()) {
    severity = flaws.front().severity >= Severity::kHigh ? Severity::kMedium : Severity::kLow;
  }
  examination.add({.rule = RuleId::kVulnerableRange,
                   .severity = severity,
                   .offset = dependency.offset,
                   .line = dependency.line,
                   .message = fmt::format(
                       "`{}{}` admits versions with {}, {}", dependency.name, dependency.specifiers,
                       reached.size() == 1 ? std::string("a known flaw")
                                           : fmt::format("{} known flaws", reached.size()),
                       flaws.empty() ? std::string("and ones without")
                                     : fmt::format("the newest known one, {}, too", newest.text)),
                   .evidence = first.summary,
                   .references = {first.id},
                   .package = package_of(dependency)});
}

struct PurlType {
  std::string_view type;
  std::string_view ecosystem;
  std::string_view separator;  // between namespace and name
};
constexpr std::array kPurlTypes = {
    PurlType{"pypi", "PyPI", "/"},
    PurlType{"npm", "npm", "/"},
    PurlType{"cargo", "crates.io", "/"},
    PurlType{"golang", "Go", "/"},
    PurlType{"deb", "Debian", ""},
    PurlType{"maven", "Maven", ":"},
    PurlType{"gem", "RubyGems", "/"},
    PurlType{"nuget", "NuGet", "/"},
    PurlType{"composer", "Packagist", "/"},
    PurlType{"hex", "Hex", "/"},
    PurlType{"pub", "Pub", "/"},
};

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      if (const auto byte = from_hex(text.substr(i + 1, 2))) {
        out += static_cast<char>(byte->front());
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace

void report(const Dependency& dependency, Examination& examination) {
  if (dependency.name.empty()) {
    return;
  }
  examination.add_package(package_of(dependency));
  const Advisories* advisories = examination.services().advisories;
  if (advisories == nullptr) {
    return;
  }
  if (!dependency.version.empty()) {
    for (const KnownFlaw& flaw :
         advisories->of(dependency.ecosystem, dependency.name, dependency.version)) {
      report_flaw(dependency, flaw, examination);
    }
  } else if (dependency.ecosystem == "PyPI") {
    report_range(dependency, *advisories, examination);
  }
}

std::optional<Dependency> dependency_of_purl(std::string_view purl) {
  if (!purl.starts_with("pkg:")) {
    return std::nullopt;
  }
  purl.remove_prefix(4);
  purl = purl.substr(0, purl.find('#'));
  std::string_view qualifiers;
  if (const size_t mark = purl.find('?'); mark != std::string_view::npos) {
    qualifiers = purl.substr(mark + 1);
    purl = purl.substr(0, mark);
  }
  const size_t slash = purl.find('/');
  if (slash == std::string_view::npos) {
    return std::nullopt;
  }
  const auto* const type = std::ranges::find(kPurlTypes, purl.substr(0, slash), &PurlType::type);
  if (type == kPurlTypes.end()) {
    return std::nullopt;
  }
  std::string_view name = purl.substr(slash + 1);
  Dependency out{.ecosystem = std::string(type->ecosystem), .name = {}, .version = {}};
  if (const size_t at = name.rfind('@'); at != std::string_view::npos && at > 0) {
    out.version = percent_decoded(name.substr(at + 1));
    name = name.substr(0, at);
  }
  const size_t last = name.rfind('/');
  if (last == std::string_view::npos) {
    out.name = percent_decoded(name);
  } else if (type->separator.empty()) {
    out.name = percent_decoded(name.substr(last + 1));
    // `pkg:deb/debian/openssl@3.0?distro=debian-12`
    constexpr std::string_view kDistro = "distro=debian-";
    if (const size_t found = qualifiers.find(kDistro); found != std::string_view::npos) {
      std::string_view release = qualifiers.substr(found + kDistro.size());
      out.ecosystem += ":" + std::string(release.substr(0, release.find_first_of("&.")));
    }
  } else {
    out.name = percent_decoded(name.substr(0, last)) + std::string(type->separator) +
               percent_decoded(name.substr(last + 1));
  }
  return out;
}

}  // namespace sally::vet::dependency
