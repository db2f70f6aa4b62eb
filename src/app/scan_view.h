// How a scan looks to somebody who reads it on a terminal.
#pragma once

#include <string>

#include "app/console.h"
#include "vet/report.h"

namespace sally::app {

enum class Shown : uint8_t { kAll, kFailing };

// One part for each file that has something to say, the worst first, what to do with each rule, and
// a summary. kFailing: only what fails or was not read, and nothing where there is no such thing.
std::string scan_text(const vet::Report& report, const Console& console, Shown shown);
// A table of all rules.
std::string rules_text(const Console& console);

// The bar on standard error while a scan runs. Belongs to one thread at a time.
class ScanProgress {
 public:
  // Shows nothing where nobody watches. All outlive it.
  ScanProgress(Console& console, const Clock& clock, size_t files);
  ScanProgress(const ScanProgress&) = delete;
  ScanProgress& operator=(const ScanProgress&) = delete;
  ~ScanProgress();  // takes the bar away
  void done(const vet::Target& target);

 private:
  void draw(const vet::Target& target);

  Console& console_;
  const Clock& clock_;
  size_t files_;
  size_t done_ = 0;
  size_t bad_ = 0;
  uint64_t octets_ = 0;
  MonoTime drawn_;
  bool there_ = false;
};

}  // namespace sally::app
