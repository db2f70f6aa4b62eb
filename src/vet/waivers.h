// Waivers: findings that somebody answers for, each with an owner, a reason and a last day.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "vet/target.h"

namespace sally::vet {

struct Waiver {
  RuleId rule;
  std::string path;    // a glob, see glob.h
  std::string sha256;  // only for this very content; empty: for any
  std::string member;  // a glob; empty: for any, and the target itself
  Waived word;
  std::chrono::sys_days expires;  // the last day, in UTC
  uint32_t line = 0;              // of the file
};

// A file of YAML: a list `waivers` of maps with `rule`, `path`, `owner`, `reason` and `expires`,
// and perhaps `member`, `sha256` and `decision`. kUsage with the line for anything else.
Result<std::vector<Waiver>> parse_waivers(std::string_view yaml);

// Marks what is waived today. Gives back what is wrong with the waivers themselves: those that are
// over (they waive nothing), and those that match nothing.
std::vector<Finding> apply(const std::vector<Waiver>& waivers, WallTime now,
                           std::vector<Target>& targets);

}  // namespace sally::vet
