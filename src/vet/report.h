// Report: a scan that is done, as every output shows it, and what outputs have in common.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "vet/target.h"

namespace sally::vet {

// What stands in `targets` outlives it.
struct Report {
  std::span<const Target> targets;
  Severity fail_on = Severity::kHigh;
  std::string_view version;  // of the program
  WallTime at = {};          // when it was done
  Millis took = {};
  // The youngest of the advisories that packages were compared with; nullopt: there were none.
  std::optional<WallTime> advisories = {};
};

// Whether it makes the scan fail: at or above `fail_on`, neither waived nor known before. A waiver
// that is over fails always.
[[nodiscard]] bool fails(const Finding& finding, Severity fail_on);
// Whether it says that something was not read, and nobody answers for that.
[[nodiscard]] bool is_unread(const Finding& finding);

struct Counts {
  uint64_t targets = 0;
  uint64_t octets = 0;
  std::array<uint64_t, 4> verdicts = {};    // by Verdict
  std::array<uint64_t, 5> severities = {};  // by Severity, waived and known ones too
  uint64_t failing = 0;                     // findings
  uint64_t waived = 0;
  uint64_t known = 0;
  uint64_t unread = 0;    // findings
  uint64_t unlisted = 0;  // findings above the most that a target lists
};
Counts counts_of(const Report& report);

// How a finding of one scan is known again in the next: one for each finding of `target`, in their
// order. Made of path, member, rule and what was seen, and not of where it stood; those that are
// the same in all of it are told apart by their order.
std::vector<std::string> fingerprints_of(const Target& target);

// The same path, however it was written: `./a//b` is `a/b`.
std::string plain_path(std::string_view path);
// `path` as a URI (RFC 3986): relative where it is, else `file:///...`.
std::string uri_of(std::string_view path);

// Whether what a loader takes this for is a model or a part of one, and not a text or a lock file.
[[nodiscard]] bool is_model(const Target& target);

// The package URL (github.com/package-url/purl-spec) of a package.
std::string purl_of(const Package& package);

// The packages of all targets, each once, with the paths of those that ask for it.
struct UsedPackage {
  const Package* package;
  std::string purl;
  std::vector<const Target*> by;
};
std::vector<UsedPackage> packages_of(std::span<const Target> targets);
// Whether the package that `finding` is about is among those of `target`.
[[nodiscard]] bool is_of_package(const Finding& finding, const Target& target);

// A UUID (RFC 9562, version 8) that is made of what was found, and so is the same again for the
// same scan at the same time.
std::string uuid_of(const Report& report);

}  // namespace sally::vet
