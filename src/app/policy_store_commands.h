// The commands that put policies in force, each as a function of its options (see commands.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/commands.h"

namespace sally::app {

// Where signed policies are kept, and by whose signature they count. What is empty is beside the
// configuration.
struct PolicyStoreOptions {
  std::string config;
  std::string bundles;               // the store; empty: `policy-bundles`
  std::string key;                   // the file of the private key; empty: `policy.key`
  std::vector<std::string> trusted;  // public keys; empty: that of the private key
};

struct PolicyActivateOptions {
  PolicyStoreOptions store;
  std::string folder;  // empty: `policies`
  std::string reason;
  bool shadow = false;  // to be compared, not to decide
  bool despite_failing_cases = false;
  Format format = Format::kText;
};
Result<int> policy_activate(const World& world, const PolicyActivateOptions& options);

struct PolicyRollbackOptions {
  PolicyStoreOptions store;
  // What was enforced when this activation was the newest; 0: what was last, other than now.
  uint64_t sequence = 0;
  std::string reason;
  Format format = Format::kText;
};
Result<int> policy_rollback(const World& world, const PolicyRollbackOptions& options);

struct PolicyShadowOptions {
  PolicyStoreOptions store;
  bool off = false;
  std::string reason;
  Format format = Format::kText;
};
Result<int> policy_shadow(const World& world, const PolicyShadowOptions& options);

struct PolicyHistoryOptions {
  PolicyStoreOptions store;
  Format format = Format::kText;
};
Result<int> policy_history(const World& world, const PolicyHistoryOptions& options);

struct PolicyExportOptions {
  PolicyStoreOptions store;
  uint64_t sequence = 0;
  std::string folder;  // not there yet, or empty
};
Result<int> policy_export(const World& world, const PolicyExportOptions& options);

struct PolicyKeyOptions {
  std::string file;  // made where it is not there
};
Result<int> policy_key(const World& world, const PolicyKeyOptions& options);

}  // namespace sally::app
