// Sessions: what callers have seen and done so far, for policies that must know it: who has read
// private data and untrusted text may then not call what leads outside. A port.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/principal.h"

namespace sally {

// All of it sorted, each once.
struct SessionFacts {
  WallTime since{};                   // of the first thing that is remembered
  std::vector<std::string> labels;    // of what was called: `untrusted`, `private`
  std::vector<std::string> tools;     // that were called: `ROUTE/TOOL`
  std::vector<std::string> findings;  // rules and their families, of requests and answers
  uint8_t attack = 0;                 // the worst in the texts of strangers, in percent; 0: none

  friend bool operator==(const SessionFacts&, const SessionFacts&) = default;
};

// What a decision adds.
struct SessionNote {
  std::span<const std::string> labels;
  std::string_view tool;  // `ROUTE/TOOL`; empty: none
  std::span<const std::string> findings;
  uint8_t attack = 0;
};

// A session is what the caller's token says (`sid`); of a caller whose credential says none,
// everything it does. It is never the caller's to choose: whoever could begin another would be rid
// of what it has seen. Safe from every thread; never waits.
class Sessions {
 public:
  Sessions() = default;
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;
  virtual ~Sessions() = default;

  // Null where nothing is known of the session.
  [[nodiscard]] virtual std::shared_ptr<const SessionFacts> facts(const Principal& principal,
                                                                  WallTime now) const = 0;
  // From the next `facts` on. False where there is no room to remember it: what would follow must
  // not be allowed then.
  [[nodiscard]] virtual bool note(const Principal& principal, const SessionNote& note,
                                  WallTime now) = 0;
};

}  // namespace sally
