// The conformance checks: tables of a section, a sentence that is true of a sound peer, and the
// frames that prove it. Written from RFC 9113 and RFC 7541.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "support/h2check/probe.h"

namespace sally::h2check {

struct Check {
  const char* section;   // `9113 6.9.1`
  const char* sentence;  // what a sound peer does
  void (*run)(Probe& probe);
};

// Starting, framing, streams, errors: RFC 9113 3 to 5.
std::span<const Check> framing_checks();
// Every frame type, and error codes: RFC 9113 6 and 7.
std::span<const Check> frame_checks();
// Messages: RFC 9113 8.
std::span<const Check> message_checks();
// HPACK: RFC 7541.
std::span<const Check> hpack_checks();
// Abuse: RFC 9113 10.5.
std::span<const Check> abuse_checks();

struct Verdict {
  std::string section;
  std::string sentence;
  bool passed = false;
  std::string why;  // of a failure
};

// Runs every check, each on a connection of its own. `progress` is told each verdict.
std::vector<Verdict> run_checks(const Target& target,
                                const std::function<void(const Verdict&)>& progress);

// One JSON array of {"section","sentence","passed","why"}.
std::string to_json(const std::vector<Verdict>& verdicts);

}  // namespace sally::h2check
