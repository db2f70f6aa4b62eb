#include "vet/dependency/advisory.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "formats/json/document.h"
#include "vet/dependency/any_version.h"
#include "vet/dependency/cvss.h"

namespace sally::vet::dependency {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

constexpr formats::JsonLimits kLimits = {
    .bytes = size_t{16} << 20, .depth = 32, .members = 1'000'000};
constexpr size_t kMostSummary = 160;

std::string text_of(const JsonValue& value, std::string_view name) {
  const auto member = value.find(name);
  const auto text = member ? member->as_string() : Result<std::string_view>(std::string_view());
  return text.ok() ? std::string(*text) : std::string();
}

std::vector<std::string> texts_of(const JsonValue& value, std::string_view name) {
  std::vector<std::string> out;
  if (const auto list = value.find(name); list && list->is_array()) {
    out.reserve(list->size());
    for (const JsonValue item : *list) {
      if (const auto text = item.as_string(); text.ok()) {
        out.emplace_back(*text);
      }
    }
  }
  return out;
}

AffectedRange read_range(const JsonValue& range) {
  AffectedRange out{.is_semver = text_of(range, "type") == "SEMVER", .events = {}};
  const auto events = range.find("events");
  if (!events || !events->is_array()) {
    return out;
  }
  using Kind = AffectedRange::EventKind;
  constexpr std::pair<std::string_view, Kind> kKinds[] = {{"introduced", Kind::kIntroduced},
                                                          {"fixed", Kind::kFixed},
                                                          {"last_affected", Kind::kLastAffected},
                                                          {"limit", Kind::kLimit}};
  for (const JsonValue event : *events) {
    for (const auto& [name, kind] : kKinds) {
      if (std::string version = text_of(event, name); !version.empty()) {
        out.events.push_back({.kind = kind, .version = std::move(version)});
      }
    }
  }
  return out;
}

std::optional<Severity> worst_vector(const JsonValue& value) {
  std::optional<Severity> worst;
  if (const auto list = value.find("severity"); list && list->is_array()) {
    for (const JsonValue one : *list) {
      if (const auto severity = severity_of_vector(text_of(one, "score"))) {
        worst = std::max(worst.value_or(Severity::kInfo), *severity);
      }
    }
  }
  return worst;
}

// What GitHub writes of its advisories.
std::optional<Severity> named_severity(const JsonValue& value) {
  const auto specific = value.find("database_specific");
  if (!specific) {
    return std::nullopt;
  }
  const std::string named = text_of(*specific, "severity");
  if (equal_ignoring_case(named, "moderate")) {
    return Severity::kMedium;
  }
  for (const Severity severity :
       {Severity::kLow, Severity::kMedium, Severity::kHigh, Severity::kCritical}) {
    if (equal_ignoring_case(named, name_of(severity))) {
      return severity;
    }
  }
  return std::nullopt;
}

std::string first_line(std::string text) {
  const size_t end = text.find_first_of("\r\n");
  text.resize(std::min({end, text.size(), kMostSummary}));
  while (!is_utf8(text)) {
    text.pop_back();
  }
  return text;
}

// In the order of their versions, as far as it can be read.
bool in_range(const AffectedRange& range, Order order, std::string_view version) {
  using Kind = AffectedRange::EventKind;
  const Order used = range.is_semver ? Order::kSemver : order;
  const auto asked = AnyVersion::parse(used, version);
  if (!asked) {
    return false;
  }
  struct Bound {
    Kind kind;
    std::optional<AnyVersion> at;  // nullopt: before all others
  };
  std::vector<Bound> bounds;
  bool limited = false;
  bool below_limit = false;
  for (const AffectedRange::Event& event : range.events) {
    if (event.kind == Kind::kIntroduced && event.version == "0") {
      bounds.push_back({.kind = event.kind, .at = std::nullopt});
      continue;
    }
    if (event.kind == Kind::kLimit && event.version == "*") {
      limited = true;
      below_limit = true;
      continue;
    }
    auto at = AnyVersion::parse(used, event.version);
    if (!at) {
      continue;
    }
    if (event.kind == Kind::kLimit) {
      limited = true;
      below_limit = below_limit || *asked < *at;
    } else {
      bounds.push_back({.kind = event.kind, .at = std::move(at)});
    }
  }
  std::ranges::sort(bounds, [](const Bound& a, const Bound& b) {
    if (!a.at || !b.at) {
      return !a.at && b.at;
    }
    const auto order = *a.at <=> *b.at;
    return order != 0 ? order < 0 : a.kind < b.kind;
  });
  bool affected = false;
  for (const Bound& bound : bounds) {
    if (bound.kind == Kind::kIntroduced) {
      affected = affected || !bound.at || *asked >= *bound.at;
    } else if (bound.kind == Kind::kFixed) {
      affected = affected && *asked < *bound.at;
    } else {
      affected = affected && *asked <= *bound.at;
    }
  }
  return affected && (!limited || below_limit);
}

}  // namespace

Result<Advisory> parse_advisory(std::string_view json) {
  TRY(const JsonDocument document, JsonDocument::parse(json, kLimits));
  const JsonValue root = document.root();
  Advisory out;
  TRY(const std::string_view id, root.string("id"));
  out.id = id;
  out.aliases = texts_of(root, "aliases");
  out.modified = text_of(root, "modified");
  out.withdrawn = !text_of(root, "withdrawn").empty();
  std::string summary = text_of(root, "summary");
  out.summary = first_line(summary.empty() ? text_of(root, "details") : std::move(summary));
  std::optional<Severity> severity = worst_vector(root);
  const auto affected = root.find("affected");
  if (affected && affected->is_array()) {
    for (const JsonValue one : *affected) {
      const auto package = one.find("package");
      if (!package || !package->is_object()) {
        continue;
      }
      Affected& added = out.affected.emplace_back();
      added.ecosystem = text_of(*package, "ecosystem");
      added.name = canonical_name(added.ecosystem, text_of(*package, "name"));
      added.versions = texts_of(one, "versions");
      if (const auto ranges = one.find("ranges"); ranges && ranges->is_array()) {
        for (const JsonValue range : *ranges) {
          if (text_of(range, "type") != "GIT") {
            added.ranges.push_back(read_range(range));
          }
        }
      }
      if (!severity) {
        severity = worst_vector(one);
      }
    }
  }
  if (!severity) {
    severity = named_severity(root);
  }
  if (out.is_malware()) {
    severity = Severity::kCritical;
  }
  out.is_scored = severity.has_value();
  out.severity = severity.value_or(Severity::kMedium);
  return out;
}

bool affects(const Affected& affected, std::string_view version) {
  const Order order = order_of(affected.ecosystem);
  if (std::ranges::find(affected.versions, version) != affected.versions.end()) {
    return true;
  }
  if (std::ranges::any_of(affected.ranges, [&](const AffectedRange& range) {
        return in_range(range, order, version);
      })) {
    return true;
  }
  // `1.0` is listed, `1.0.0` is installed.
  const auto asked = AnyVersion::parse(order, version);
  return asked && std::ranges::any_of(affected.versions, [&](const std::string& listed) {
           const auto one = AnyVersion::parse(order, listed);
           return one && *one == *asked;
         });
}

std::string_view fixed_above(const Affected& affected, std::string_view version) {
  const Order order = order_of(affected.ecosystem);
  std::string_view best;
  std::optional<AnyVersion> best_version;
  for (const AffectedRange& range : affected.ranges) {
    const Order used = range.is_semver ? Order::kSemver : order;
    if (used != order) {
      continue;
    }
    const auto asked = AnyVersion::parse(used, version);
    for (const AffectedRange::Event& event : range.events) {
      if (!asked || event.kind != AffectedRange::EventKind::kFixed) {
        continue;
      }
      auto at = AnyVersion::parse(used, event.version);
      if (at && *at > *asked && (!best_version || *at < *best_version)) {
        best = event.version;
        best_version = std::move(at);
      }
    }
  }
  return best;
}

std::string_view base_ecosystem(std::string_view ecosystem) {
  return ecosystem.substr(0, ecosystem.find(':'));
}

std::string canonical_name(std::string_view ecosystem, std::string_view name) {
  if (base_ecosystem(ecosystem) == "PyPI") {
    return folded_name(name);
  }
  return std::string(name);
}

}  // namespace sally::vet::dependency
