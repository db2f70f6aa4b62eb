// Advisory: what is known to be wrong with some versions of a package, as one OSV record tells it
// (ossf.github.io/osv-schema, 1.6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "vet/rule.h"

namespace sally::vet::dependency {

struct AffectedRange {
  enum class EventKind : uint8_t { kIntroduced, kFixed, kLastAffected, kLimit };
  struct Event {
    EventKind kind;
    std::string version;  // of an introduced one `0`: before all others
  };
  bool is_semver = false;  // else ordered as the ecosystem does
  std::vector<Event> events;
};

struct Affected {
  std::string ecosystem;  // `PyPI`, `Debian:12`
  std::string name;
  std::vector<AffectedRange> ranges;
  std::vector<std::string> versions;
};

struct Advisory {
  std::string id;
  std::vector<std::string> aliases;
  std::string summary;   // one line
  std::string modified;  // RFC 3339
  bool withdrawn = false;
  Severity severity = Severity::kMedium;
  bool is_scored = false;  // else the severity is what is assumed where nothing is said
  std::vector<Affected> affected;

  // Not a weakness but a package made to harm.
  [[nodiscard]] bool is_malware() const { return id.starts_with("MAL-"); }
};

// One record. kInvalidInput where it is none; what we do not use in it is passed over.
Result<Advisory> parse_advisory(std::string_view json);

// Whether `version` is among those. A version or a bound that the ecosystem's order cannot read is
// matched by its text alone.
bool affects(const Affected& affected, std::string_view version);

// The first version that is above `version` and fixed; empty: none is named.
std::string_view fixed_above(const Affected& affected, std::string_view version);

// How two packages of an ecosystem are known to be the same one.
std::string canonical_name(std::string_view ecosystem, std::string_view name);
// `Debian:12` is `Debian`.
std::string_view base_ecosystem(std::string_view ecosystem);

}  // namespace sally::vet::dependency
