// Target: one file, what it is, and what was found in it. The one model that every output shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vet/rule.h"

namespace sally::vet {

// What somebody who waives a finding says of it.
enum class Decision : uint8_t {
  kAccepted,       // it is so, and the risk is taken
  kNotAffected,    // it is so, and does no harm here
  kFalsePositive,  // it is not so
};
std::string_view name_of(Decision decision);

// Somebody's word that a finding is not to fail.
struct Waived {
  std::string owner;
  std::string reason;
  std::string expires;  // the last day: `2027-03-31`
  Decision decision = Decision::kAccepted;
};

// A package that something here asks for or has installed: a line of a bill of materials.
struct Package {
  std::string ecosystem;  // as OSV writes it: `PyPI`, `npm`, `crates.io`, `Go`, `Debian:12`
  std::string name;
  std::string version;  // empty: any
};

struct Finding {
  RuleId rule;
  Severity severity;
  // Where in the file, or in `member`, it begins, in octets.
  uint64_t offset = 0;
  // From 1, where what was read is a text of lines; 0: it is none.
  uint32_t line = 0;
  // What within the target: `archive/data.pkl`, `a.zip!/b.pkl`; empty: the target itself.
  std::string member = {};
  std::string message;
  // What was seen: a call as Python writes it, a line. Never a secret. Valid UTF-8, bounded.
  std::string evidence = {};
  // What the rule does not name: CVE and GHSA ids.
  std::vector<std::string> references = {};
  // The package it is about, one of the target's.
  std::optional<Package> package = {};
  std::optional<Waived> waived = {};
  // It stood in the baseline.
  bool known = false;
};

// The ids of its rule, then its own.
std::vector<std::string> references_of(const Finding& finding);

// Something known of a model: `architecture`: `llama`.
struct Fact {
  std::string name;
  std::string value;
};

enum class Verdict : uint8_t { kClean, kReview, kMalicious, kUnreadable };
std::string_view name_of(Verdict verdict);

struct Target {
  std::string path;
  std::string sha256 = {};  // in lower-case hexadecimal; empty: not computed
  uint64_t size = 0;
  // What loaders would take it for, with `+` between: `torch-zip+pickle`; `other`: nothing we know.
  std::string format = {};
  std::vector<Finding> findings = {};
  uint64_t unlisted = 0;  // findings above the most that are listed
  std::optional<Severity> worst_unlisted = {};
  std::vector<Package> packages = {};
  std::vector<Fact> facts = {};

  // Malicious with an attack at high or above; else unreadable where something was not read; else
  // for review with a finding above info; else clean. What is waived asks for review only.
  [[nodiscard]] Verdict verdict() const;
  // The worst of its findings; nullopt: none.
  [[nodiscard]] std::optional<Severity> worst() const;
};

}  // namespace sally::vet
