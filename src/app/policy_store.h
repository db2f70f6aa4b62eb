// What the commands that put policies in force share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/policy_store_commands.h"
#include "policy/bundle_store.h"

namespace sally::app {

// Where policies come from, are kept, and by whose signature they count.
struct PolicyPlaces {
  std::string folder;                // the source
  std::string bundles;               // the store
  std::string key;                   // the file of the private key
  std::vector<std::string> trusted;  // public keys; empty: that of the private key
  // The gate's state, whose log is to say what was changed; empty: there is no configuration, and
  // the store alone says it.
  std::string state_url;
};
Result<PolicyPlaces> policy_places(const World& world, const PolicyStoreOptions& options);

// kUsage where there is neither a list nor a private key.
Result<std::vector<tlog::VerifierKey>> trusted_keys(const PolicyPlaces& places);

// Makes the change in the store, signed with the private key, by the user of this process, and
// records it under the name `what`: in a transaction of the state that is open before and ends
// behind it. What is in force already is no change.
Result<policy::BundleStore::Changed> change_policies(const World& world, const PolicyPlaces& places,
                                                     std::string_view what,
                                                     policy::BundleStore::Change change);

}  // namespace sally::app
