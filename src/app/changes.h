// Administrative changes as events: who did what, from where, what was and what is. They go through
// the state's outbox, in the transaction that makes the change where the state is what changes.
#pragma once

#include <string>
#include <string_view>

#include "app/commands.h"
#include "app/problem.h"
#include "core/change_event.h"
#include "identity/key_service.h"
#include "identity/revocation_service.h"
#include "store/state.h"

namespace sally::app {

// The user of this process, as events name him: `uid=0 (root)`; and where he is: `local:uid=0`.
std::string local_user();
std::string local_place();

// An event of now, by the user of this process.
ChangeEvent change_by_user(const World& world, std::string_view what, std::string target);
// An event of now, of what the program does by itself.
ChangeEvent change_by_program(const Clock& clock, Random& random, std::string_view what,
                              std::string target);

// Puts `change` into the outbox of `state`, in a transaction of its own.
Result<> record_change(store::State& state, const ChangeEvent& change);

// Who makes changes, and from where, as events name them.
struct Author {
  std::string who;
  std::string from;
};
// What stamps an event. Both outlive whoever keeps it.
struct Stamp {
  const Clock& clock;
  Random& random;
};

// Record every change that a service of keys, or one of revocations, makes for `author`.
identity::OnKeyChange record_key_changes(Stamp stamp, Author author);
identity::OnRevocationChange record_revocations(Stamp stamp, Author author);

// What differs between two configurations, as two JSON objects of path and value: only the paths
// whose values are not the same. Both are what effective_yaml shows, so that secrets are
// references.
struct ConfigDifference {
  std::string before;
  std::string after;
};
ConfigDifference config_difference(const YamlNode& before, const YamlNode& after);

}  // namespace sally::app
