#include "policy/differences.h"

#include <utility>

namespace sally::policy {

void Differences::add(const AccessEvent& event, Side before, Side after) {
  ++compared;
  if (before.allowed == after.allowed) {
    return;
  }
  ++(after.allowed ? newly_allowed : newly_denied);
  Members& members = groups[{.now_allowed = after.allowed,
                             .principal = event.principal,
                             .principal_name = event.principal_name,
                             .before = std::move(before.determining),
                             .after = std::move(after.determining)}];
  ++members.count;
  if (kept < kMostKept) {
    ++kept;
    members.calls.push_back({event.id, event.time, event.action, event.model, event.tool});
  }
}

}  // namespace sally::policy
